use kansoku_model::{AlertSignal, Comparison, ExperimentId};
use kansoku_store::NewAlertRule;
use kansoku_store::core::alerts::create;
use proptest::prelude::*;

use super::*;

const MINUTE: i64 = 60_000;

fn rule(for_s: u32, resolve_after_s: u32, resolve_threshold: Option<f64>) -> AlertRule {
    let settings = AlertSettings {
        name: "errors".to_owned(),
        signal: AlertSignal::ErrorRate,
        filter: String::new(),
        comparison: Comparison::Above,
        threshold: 0.5,
        resolve_threshold,
        window_s: 300,
        traces_min: 10,
        for_s,
        resolve_after_s,
        enabled: true,
    };
    create(ExperimentId(1), &NewAlertRule { settings, slack_url: None }, TimestampMs(0))
}

fn seen(value: f64) -> Observation {
    Observation { value: Some(value), traces: 10, is_complete: true }
}

/// Evaluates a rule once a minute; returns its statuses.
fn statuses(rule: &AlertRule, values: &[Observation]) -> Vec<&'static str> {
    let mut state = rule.state.clone();
    let step = |(minute, seen): (usize, &Observation)| {
        state = advance(rule, &state, *seen, TimestampMs(minute as i64 * MINUTE)).state;
        state.status.as_str()
    };
    values.iter().enumerate().map(step).collect()
}

#[test]
fn a_rule_fires_after_its_value_was_bad_for_long_enough() {
    let values = [0.6, 0.4, 0.6, 0.6, 0.6, 0.4, 0.6, 0.4, 0.4, 0.4].map(seen);
    assert_eq!(
        statuses(&rule(120, 120, None), &values),
        [
            "pending", "ok", "pending", "pending", "firing", "firing", "firing", "firing",
            "firing", "ok"
        ]
    );
    assert_eq!(statuses(&rule(0, 60, None), &values)[..3], ["firing", "firing", "firing"]);
}

#[test]
fn a_value_at_the_threshold_is_not_beyond_it() {
    assert_eq!(statuses(&rule(0, 60, None), &[seen(0.5)]), ["ok"]);
    let below = AlertSettings { comparison: Comparison::Below, ..rule(0, 60, None).settings };
    let below = AlertRule { settings: below, ..rule(0, 60, None) };
    assert_eq!(statuses(&below, &[seen(0.5), seen(0.49)]), ["ok", "firing"]);
}

#[test]
fn an_alert_is_over_only_behind_its_own_threshold() {
    let values = [0.6, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2].map(seen);
    let statuses = statuses(&rule(0, 60, Some(0.3)), &values);
    assert_eq!(statuses, ["firing", "firing", "firing", "firing", "firing", "ok", "ok"]);
}

#[test]
fn too_few_traces_neither_fire_nor_end_an_alert_at_once() {
    let few = Observation { traces: 9, ..seen(0.9) };
    assert_eq!(statuses(&rule(0, 60, None), &[few]), ["no_data"]);
    let values = [seen(0.9), few, seen(0.9), few, few];
    assert_eq!(
        statuses(&rule(0, 60, None), &values),
        ["firing", "firing", "firing", "firing", "no_data"]
    );
}

#[test]
fn an_alert_keeps_its_worst_value() {
    let rule = rule(0, 60, None);
    let begun = advance(&rule, &rule.state, seen(0.6), TimestampMs(0));
    let alert = begun.event.unwrap();
    assert_eq!((alert.value, alert.peak, alert.traces), (0.6, 0.6, 10));
    let worse = advance(&rule, &begun.state, seen(0.8), TimestampMs(MINUTE));
    assert_eq!(worse.event.as_ref().map(|alert| alert.peak), Some(0.8));
    let better = advance(&rule, &worse.state, seen(0.7), TimestampMs(2 * MINUTE));
    assert_eq!(better.event, None);
    let changed = AlertRule { revision: 2, state: better.state, ..rule };
    let restarted = restart(&changed, TimestampMs(3 * MINUTE));
    let over = restarted.event.unwrap();
    assert_eq!((over.peak, over.end_reason), (0.8, Some(AlertEnd::RuleChanged)));
    assert_eq!((restarted.state.status, restarted.state.revision), (AlertStatus::Ok, 2));
}

#[test]
fn the_time_that_a_server_was_down_does_not_count() {
    let pending = rule(120, 120, None);
    let first = advance(&pending, &pending.state, seen(0.9), TimestampMs(0)).state;
    let later = advance(&pending, &first, seen(0.9), TimestampMs(60 * MINUTE)).state;
    assert_eq!((later.status, later.since.0), (AlertStatus::Pending, 60 * MINUTE));
    let firing = rule(0, 120, None);
    let first = advance(&firing, &firing.state, seen(0.9), TimestampMs(0)).state;
    let back = advance(&firing, &first, seen(0.1), TimestampMs(MINUTE)).state;
    let later = advance(&firing, &back, seen(0.1), TimestampMs(60 * MINUTE)).state;
    assert_eq!(later.status, AlertStatus::Firing);
}

proptest! {
    /// However a value wanders around the threshold, at most one alert begins and one ends in any
    /// time as long as an alert must be back to be over.
    #[test]
    fn a_value_that_wanders_around_the_threshold_does_not_flap(
        values in proptest::collection::vec(prop_oneof![Just(None), (0.0..1.0f64).prop_map(Some)], 1..200),
        steps in proptest::collection::vec(1..120_000i64, 200),
        for_s in 0..300u32,
        resolve_after_s in 60..600u32,
        hysteresis in prop_oneof![Just(None), (0.0..0.5f64).prop_map(Some)],
    ) {
        let rule = rule(for_s, resolve_after_s, hysteresis);
        let (mut state, mut now) = (rule.state.clone(), 0);
        let (mut begun, mut ended): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
        for (value, step) in values.iter().zip(&steps) {
            now += step;
            let observation = Observation { value: *value, traces: 10, is_complete: true };
            let after = advance(&rule, &state, observation, TimestampMs(now));
            let event = after.event.as_ref();
            begun.extend(event.filter(|it| it.start.0 == now).map(|_| now));
            ended.extend(event.and_then(|it| it.end).map(|end| end.0));
            prop_assert_eq!(after.state.status == AlertStatus::Firing, after.state.alert.is_some());
            state = after.state;
        }
        let hold_off = i64::from(resolve_after_s) * 1_000;
        for times in [&begun, &ended] {
            for pair in times.windows(2) {
                prop_assert!(hold_off <= pair[1] - pair[0], "{:?}", times);
            }
        }
        prop_assert!(ended.len() <= begun.len() && begun.len() <= ended.len() + 1);
        for (begin, end) in begun.iter().zip(&ended) {
            prop_assert!(begin + hold_off <= *end);
        }
    }
}
