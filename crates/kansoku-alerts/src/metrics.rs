//! Metrics of alert rules.
use std::time::Duration;

use kansoku_model::{AlertRule, AlertStatus};
use kansoku_store::AlertNotification;
use metrics::{counter, gauge, histogram};

/// Rules that fire now.
const FIRING: &str = "kansoku_alerts_firing";
/// Rules that are evaluated.
const RULES: &str = "kansoku_alert_rules";
/// Evaluations, by outcome.
const EVALUATIONS: &str = "kansoku_alert_evaluations_total";
const DURATION: &str = "kansoku_alert_evaluation_seconds";
/// News of alerts, by event. Each may be sent to several receivers.
const NOTIFICATIONS: &str = "kansoku_alert_notifications_total";

pub(crate) fn set_rules(rules: &[AlertRule]) {
    let firing = rules.iter().filter(|rule| rule.status() == AlertStatus::Firing).count();
    let enabled = rules.iter().filter(|rule| rule.settings.enabled).count();
    gauge!(FIRING).set(firing as f64);
    gauge!(RULES).set(enabled as f64);
}

pub(crate) fn count_evaluation(has_succeeded: bool, duration: Duration) {
    let outcome = if has_succeeded { "succeeded" } else { "failed" };
    counter!(EVALUATIONS, "outcome" => outcome).increment(1);
    histogram!(DURATION).record(duration);
}

pub(crate) fn count_notification(notification: &AlertNotification) {
    counter!(NOTIFICATIONS, "event" => notification.event.action()).increment(1);
}
