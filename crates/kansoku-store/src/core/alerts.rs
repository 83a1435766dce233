//! Changes of alert rules, the traces that an alert is about, and the jobs that tell about it.
use kansoku_filter::print::{both, equals, field_name};
use kansoku_model::{
    AlertRule, AlertRuleId, AlertSettings, AlertSignal, AlertState, Comparison, ExperimentId,
    JUDGE_EXPERIMENT, TimestampMs, WebhookEvent, judge_key,
};

use super::webhooks::{DELIVERIES, DELIVERIES_WAITING_MAX};
use crate::{AlertNotification, JobId, NewAlertRule, NewJob, StoreError};

/// The kind of a delivery to Slack, before the name of its event.
const SLACK_KIND: &str = "slack:";

/// A new rule as it is stored.
pub fn create(experiment: ExperimentId, new: &NewAlertRule, now: TimestampMs) -> AlertRule {
    AlertRule {
        rule_id: AlertRuleId::random(),
        experiment,
        settings: new.settings.clone(),
        muted_until: None,
        has_slack_url: new.slack_url.as_ref().is_some_and(|url| !url.0.is_empty()),
        revision: 1,
        creation_time: now,
        last_update_time: now,
        state: AlertState { since: now, ..AlertState::default() },
    }
}

/// Replaces the settings of a rule.
pub fn update(rule: &mut AlertRule, settings: AlertSettings, now: TimestampMs) {
    if !rule.settings.is_same_but_name(&settings) {
        rule.revision = rule.revision.wrapping_add(1);
    }
    rule.settings = settings;
    rule.last_update_time = now;
}

/// Fails if there are as many rules as there may be.
pub fn check_count(of_experiment: usize, of_server: usize) -> Result<(), StoreError> {
    let (name, max) = match () {
        () if AlertSettings::COUNT_MAX <= of_experiment => {
            ("an experiment", AlertSettings::COUNT_MAX)
        }
        () if AlertSettings::SERVER_COUNT_MAX <= of_server => {
            ("a server", AlertSettings::SERVER_COUNT_MAX)
        }
        () => return Ok(()),
    };
    Err(StoreError::Invalid(format!("{name} has {max} alert rules at most; delete one first")))
}

/// The job that tells the Slack webhook of a rule. Its subject is the id of the rule.
pub fn slack_job(id: &AlertRuleId, told: &AlertNotification, now: TimestampMs) -> NewJob {
    let (kind, payload) = (format!("{SLACK_KIND}{}", told.event), told.data.to_string());
    NewJob {
        id: JobId::from_key(&format!("{id} {kind} {payload}")),
        queue: DELIVERIES.to_owned(),
        subject: id.to_string(),
        kind,
        payload,
        due: now,
        waiting_max: Some(DELIVERIES_WAITING_MAX),
        postpones: false,
    }
}

/// The event of a delivery to Slack; `None` for one to another webhook.
pub fn slack_event(kind: &str) -> Option<WebhookEvent> {
    WebhookEvent::from_text(kind.strip_prefix(SLACK_KIND)?)
}

/// The traces that an alert is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertTraces {
    /// The id or the name of their experiment.
    pub experiment: String,
    /// Those that count.
    pub counted: String,
    /// Those of them that make the value bad, if single traces can.
    pub bad: String,
}

impl AlertTraces {
    /// `None` if the value is not about traces of a window.
    pub fn new(settings: &AlertSettings, experiment: ExperimentId) -> Option<Self> {
        let counted = settings.filter.trim().to_owned();
        let and = |clause: &str| both(&counted, clause);
        let feedback = |name: &str| field_name("feedback", name).unwrap_or_default();
        let above = settings.comparison == Comparison::Above;
        let (counted, bad) = match &settings.signal {
            AlertSignal::ErrorRate if above => (counted.clone(), and("status = 'ERROR'")),
            AlertSignal::ErrorRate | AlertSignal::Cost | AlertSignal::Tokens => {
                (counted.clone(), counted.clone())
            }
            AlertSignal::Latency { .. } => {
                let sign = if above { '>' } else { '<' };
                let ms = settings.threshold.round();
                (counted.clone(), and(&format!("duration {sign} {ms}ms")))
            }
            AlertSignal::PassRate { feedback: name } => {
                let verdict = if above { "GOOD" } else { "BAD" };
                let field = feedback(name);
                let counted = and(&format!("{field} IS NOT NULL"));
                (counted, and(&format!("{field} IS {verdict}")))
            }
            AlertSignal::FeedbackMean { feedback: name } => {
                let (field, threshold) = (feedback(name), settings.threshold);
                let sign = if above { '>' } else { '<' };
                let counted = and(&format!("{field} IS NOT NULL"));
                (counted, and(&format!("{field} {sign} {threshold}")))
            }
            AlertSignal::JudgeFailures { scorer } => {
                let has = |key, value: &str| {
                    equals(&field_name("metadata", key).unwrap_or_default(), value)
                };
                let counted = both(
                    &has(judge_key::SCORER, scorer),
                    &has(judge_key::EXPERIMENT, &experiment.to_string()),
                );
                let bad = if above { both(&counted, "status = 'ERROR'") } else { counted.clone() };
                return Some(Self { experiment: JUDGE_EXPERIMENT.to_owned(), counted, bad });
            }
            AlertSignal::ScorerLag { .. } => return None,
        };
        Some(Self { experiment: experiment.to_string(), counted, bad })
    }
}

#[cfg(test)]
mod tests {
    use kansoku_filter::Filter;

    use super::*;

    fn settings(signal: AlertSignal, filter: &str) -> AlertSettings {
        AlertSettings {
            name: "n".to_owned(),
            signal,
            filter: filter.to_owned(),
            comparison: Comparison::Above,
            threshold: 0.5,
            resolve_threshold: None,
            window_s: 60,
            traces_min: 1,
            for_s: 0,
            resolve_after_s: 60,
            enabled: true,
        }
    }

    #[test]
    fn filters_for_the_traces_of_an_alert_can_be_parsed() {
        let name = || "it's `odd`".to_owned();
        for signal in [
            AlertSignal::ErrorRate,
            AlertSignal::Latency { percentile: 95.0 },
            AlertSignal::Cost,
            AlertSignal::Tokens,
            AlertSignal::PassRate { feedback: name() },
            AlertSignal::FeedbackMean { feedback: name() },
            AlertSignal::JudgeFailures { scorer: name() },
        ] {
            for comparison in [Comparison::Above, Comparison::Below] {
                for filter in ["", "tags.a = 'x' OR name = 'y'"] {
                    let settings = AlertSettings { comparison, ..settings(signal.clone(), filter) };
                    let traces = AlertTraces::new(&settings, ExperimentId(7)).unwrap();
                    for text in [&traces.counted, &traces.bad] {
                        Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
                    }
                }
            }
        }
        let lag = settings(AlertSignal::ScorerLag { scorer: name() }, "");
        assert_eq!(AlertTraces::new(&lag, ExperimentId(7)), None);
    }

    #[test]
    fn only_the_name_of_a_rule_changes_without_a_new_revision() {
        let new = NewAlertRule { settings: settings(AlertSignal::Cost, ""), slack_url: None };
        let mut rule = create(ExperimentId(1), &new, TimestampMs(0));
        let renamed = AlertSettings { name: "other".to_owned(), ..rule.settings.clone() };
        update(&mut rule, renamed.clone(), TimestampMs(1));
        assert_eq!((rule.revision, rule.settings.name.as_str()), (1, "other"));
        update(&mut rule, AlertSettings { enabled: false, ..renamed }, TimestampMs(2));
        assert_eq!((rule.revision, rule.last_update_time), (2, TimestampMs(2)));
    }
}
