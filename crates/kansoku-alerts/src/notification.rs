//! The notification that an alert began or is over.
use kansoku_model::{AlertEvent, AlertRule, AlertSettings, Experiment, TimestampMs, WebhookEvent};
use kansoku_store::AlertNotification;
use kansoku_store::core::alerts::AlertTraces;
use serde_json::{Value, json};

use crate::describe;

/// Links that are longer have no filter, as receivers reject them.
const LINK_LENGTH_MAX: usize = 1_500;

/// The address of the web UI, without `/` at the end. Without one, links are only paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicUrl(pub Option<String>);

impl PublicUrl {
    fn link(&self, experiment: &str, page: &str, query: &[(&str, &str)]) -> String {
        let base = self.0.as_deref().unwrap_or_default().trim_end_matches('/');
        let experiment: String = form_urlencoded::byte_serialize(experiment.as_bytes()).collect();
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let query = if query.is_empty() { query } else { format!("?{query}") };
        format!("{base}/e/{experiment}/{page}{query}")
    }

    /// A link to the traces that an alert is about: those of its first window, or of all windows
    /// until it is over.
    fn traces_link(&self, event: &AlertEvent, experiment: &Experiment, now: TimestampMs) -> String {
        let settings = &event.settings;
        let Some(traces) = AlertTraces::new(settings, experiment.experiment_id) else {
            return self.link(&experiment.experiment_id.to_string(), "scorers", &[]);
        };
        let from = event.start.0.saturating_sub(settings.window().0).to_string();
        let to = event.end.unwrap_or(now).0.to_string();
        let range = [("from", from.as_str()), ("to", to.as_str())];
        let filtered = [("q", traces.bad.as_str()), range[0], range[1]];
        let whole = self.link(&traces.experiment, "traces", &filtered);
        match whole.len() <= LINK_LENGTH_MAX {
            true => whole,
            false => self.link(&traces.experiment, "traces", &range),
        }
    }
}

/// Says that an alert began, or that it is over.
pub(crate) fn of_alert(
    url: &PublicUrl,
    rule: &AlertRule,
    alert: &AlertEvent,
    experiment: &Experiment,
    now: TimestampMs,
) -> AlertNotification {
    let event = match alert.end {
        Some(_) => WebhookEvent::AlertResolved,
        None => WebhookEvent::AlertFiring,
    };
    AlertNotification { event, data: data(url, rule, alert, experiment, now) }
}

/// An example of a firing alert of this rule.
pub(crate) fn example(
    url: &PublicUrl,
    rule: &AlertRule,
    experiment: &Experiment,
    now: TimestampMs,
) -> AlertNotification {
    let settings =
        AlertSettings { name: format!("{} (test)", rule.settings.name), ..rule.settings.clone() };
    let event = AlertEvent {
        event_id: format!("{}-test", rule.rule_id),
        rule_id: rule.rule_id.to_string(),
        value: settings.threshold,
        peak: settings.threshold,
        traces: u64::from(settings.traces_min),
        settings,
        start: now,
        end: None,
        end_reason: None,
        is_notified: true,
    };
    of_alert(url, rule, &event, experiment, now)
}

fn data(
    url: &PublicUrl,
    rule: &AlertRule,
    event: &AlertEvent,
    experiment: &Experiment,
    now: TimestampMs,
) -> Value {
    let AlertEvent { settings, value, peak, traces, start, end, .. } = event;
    let own = experiment.experiment_id.to_string();
    json!({
        "alert_id": event.event_id,
        "rule_id": rule.rule_id,
        "rule": settings.name,
        "experiment_id": own,
        "experiment": experiment.name,
        "status": if end.is_some() { "resolved" } else { "firing" },
        "end_reason": event.end_reason,
        "summary": summary(event),
        "signal": settings.signal,
        "filter": settings.filter,
        "comparison": settings.comparison,
        "threshold": settings.threshold,
        "value": value,
        "peak": peak,
        "window_s": settings.window_s,
        "traces": traces,
        "start_ms": start,
        "end_ms": end,
        "traces_url": url.traces_link(event, experiment, now),
        "rule_url": url.link(&own, "alerts", &[("rule", rule.rule_id.as_str())]),
    })
}

fn summary(event: &AlertEvent) -> String {
    let settings = &event.settings;
    let Some(end) = event.end else {
        let breach = describe::breach(settings, event.value);
        let counted = match settings.signal.has_window() {
            true => format!(", {} traces", event.traces),
            false => format!(", {} waiting", event.traces),
        };
        return format!("{breach}{counted}");
    };
    let seconds = u32::try_from(end.since(event.start).0 / 1_000).unwrap_or(u32::MAX);
    let lasted = match seconds {
        0..60 => describe::duration(seconds),
        60..3_600 => describe::duration(seconds / 60 * 60),
        _ => describe::duration(seconds / 3_600 * 3_600),
    };
    let signal = describe::signal(&settings.signal);
    let worst = describe::value(&settings.signal, event.peak);
    format!("{signal} is back after {lasted}; its worst value was {worst}")
}

#[cfg(test)]
mod tests;
