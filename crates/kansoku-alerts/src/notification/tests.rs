use kansoku_model::{AlertEnd, AlertSignal, Comparison, ExperimentId, LifecycleStage};
use kansoku_store::NewAlertRule;
use kansoku_store::core::alerts::create;

use super::*;

const NOW: TimestampMs = TimestampMs(10_000_000);

fn settings(filter: &str) -> AlertSettings {
    AlertSettings {
        name: "errors".to_owned(),
        signal: AlertSignal::ErrorRate,
        filter: filter.to_owned(),
        comparison: Comparison::Above,
        threshold: 0.05,
        resolve_threshold: None,
        window_s: 900,
        traces_min: 20,
        for_s: 0,
        resolve_after_s: 60,
        enabled: true,
    }
}

fn notification_data(
    settings: AlertSettings,
    url: Option<&str>,
    end: Option<TimestampMs>,
) -> Value {
    let new = NewAlertRule { settings: settings.clone(), slack_url: None };
    let rule = create(ExperimentId(7), &new, NOW);
    let event = AlertEvent {
        event_id: "e".to_owned(),
        rule_id: rule.rule_id.to_string(),
        settings,
        start: NOW,
        end,
        end_reason: end.map(|_| AlertEnd::Recovered),
        value: 0.12,
        peak: 0.5,
        traces: 200,
        is_notified: true,
    };
    let experiment = Experiment {
        experiment_id: ExperimentId(7),
        name: "shop".to_owned(),
        artifact_location: String::new(),
        lifecycle_stage: LifecycleStage::Active,
        creation_time: NOW,
        last_update_time: NOW,
        tags: Vec::new(),
    };
    let url = PublicUrl(url.map(str::to_owned));
    of_alert(&url, &rule, &event, &experiment, NOW).data
}

#[test]
fn a_notification_has_the_values_and_a_link_to_the_traces() {
    let notification = notification_data(settings(""), Some("https://k.example/"), None);
    assert_eq!(
        notification["summary"],
        "Error rate is 12 % (above 5 %) over 15 minutes, 200 traces"
    );
    assert_eq!(
        notification["traces_url"],
        "https://k.example/e/7/traces?q=status+%3D+%27ERROR%27&from=9100000&to=10000000"
    );
    assert_eq!(
        (notification["status"].as_str(), &notification["end_ms"]),
        (Some("firing"), &Value::Null)
    );
    let over = notification_data(settings(""), None, Some(TimestampMs(NOW.0 + 3_700_000)));
    assert_eq!(over["summary"], "Error rate is back after 1 hour; its worst value was 50 %");
    assert_eq!(
        (over["status"].as_str(), over["end_ms"].as_i64()),
        (Some("resolved"), Some(13_700_000))
    );
    let link = over["traces_url"].as_str().unwrap();
    assert!(link.starts_with("/e/7/traces?") && link.ends_with("to=13700000"), "{link}");
}

#[test]
fn a_link_that_is_too_long_has_no_filter() {
    let filter = |length: usize| format!("name = '{}'", "x".repeat(length));
    let link = |length: usize| {
        notification_data(settings(&filter(length)), None, None)["traces_url"].to_string()
    };
    assert!(link(1_000).contains("q="));
    assert_eq!(link(2_000), "\"/e/7/traces?from=9100000&to=10000000\"");
}
