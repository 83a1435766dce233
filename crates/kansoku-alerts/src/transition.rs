//! The next state of a rule: a pure function of its last one, the value and the time.
//!
//! Nothing flaps: a rule fires only after its value was beyond the threshold for a while, and an
//! alert is over only after the value was back, behind a threshold of its own, for a while.
use kansoku_model::{
    AlertEnd, AlertEvent, AlertRule, AlertSettings, AlertState, AlertStatus, TimestampMs,
};

use crate::series::Observation;

/// After a pause of so many intervals, what was true before it says nothing about the time between.
const INTERVALS_OF_GAP: i64 = 3;

/// The state after an evaluation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Transition {
    pub(crate) state: AlertState,
    /// The alert that began, changed or ended.
    pub(crate) event: Option<AlertEvent>,
}

/// Begins anew after the rule was changed. The alert of the former rule is over.
pub(crate) fn restart(rule: &AlertRule, now: TimestampMs) -> Transition {
    let state = AlertState { since: now, revision: rule.revision, ..AlertState::default() };
    let event = rule.state.alert.clone().map(|alert| ended(alert, AlertEnd::RuleChanged, now));
    Transition { state, event }
}

pub(crate) fn advance(
    rule: &AlertRule,
    before: &AlertState,
    seen: Observation,
    now: TimestampMs,
) -> Transition {
    let settings = &rule.settings;
    let is_enough = !settings.signal.has_window() || u64::from(settings.traces_min) <= seen.traces;
    let value = seen.value.filter(|_| is_enough);
    let mut state = AlertState {
        evaluated: Some(now),
        value: seen.value,
        traces: seen.traces,
        is_complete: seen.is_complete,
        problem: None,
        ..before.clone()
    };
    let gap = INTERVALS_OF_GAP * settings.interval().0;
    if before.evaluated.is_some_and(|last| gap < now.since(last).0) {
        state.recovering_since = None;
        if state.status == AlertStatus::Pending {
            set_status(&mut state, AlertStatus::Ok, now);
        }
    }
    let event = match state.alert.take() {
        Some(alert) => keep_or_end(settings, &mut state, alert, value, now),
        None => begin(rule, &mut state, value, now),
    };
    Transition { state, event }
}

/// Goes on with an alert; returns it if it changed.
fn keep_or_end(
    settings: &AlertSettings,
    state: &mut AlertState,
    mut alert: AlertEvent,
    value: Option<f64>,
    now: TimestampMs,
) -> Option<AlertEvent> {
    if value.is_none_or(|value| settings.is_recovered(value)) {
        let since = *state.recovering_since.get_or_insert(now);
        if i64::from(settings.resolve_after_s) * 1_000 <= now.since(since).0 {
            state.recovering_since = None;
            let (status, reason) = match value {
                Some(_) => (AlertStatus::Ok, AlertEnd::Recovered),
                None => (AlertStatus::NoData, AlertEnd::NoData),
            };
            set_status(state, status, now);
            return Some(ended(alert, reason, now));
        }
    } else {
        state.recovering_since = None;
    }
    let peak = value.map_or(alert.peak, |value| settings.comparison.worse(alert.peak, value));
    let is_worse = peak != alert.peak;
    alert.peak = peak;
    state.alert = Some(alert.clone());
    is_worse.then_some(alert)
}

/// The alert that begins, if the value has been beyond the threshold for long enough.
fn begin(
    rule: &AlertRule,
    state: &mut AlertState,
    value: Option<f64>,
    now: TimestampMs,
) -> Option<AlertEvent> {
    let settings = &rule.settings;
    let Some(value) = value else {
        set_status(state, AlertStatus::NoData, now);
        return None;
    };
    if !settings.is_breached(value) {
        set_status(state, AlertStatus::Ok, now);
        return None;
    }
    set_status(state, AlertStatus::Pending, now);
    if now.since(state.since).0 < i64::from(settings.for_s) * 1_000 {
        return None;
    }
    set_status(state, AlertStatus::Firing, now);
    let alert = AlertEvent {
        event_id: format!("{}-{}-{}", rule.rule_id, rule.revision, now.0),
        rule_id: rule.rule_id.to_string(),
        settings: settings.clone(),
        start: now,
        end: None,
        end_reason: None,
        value,
        peak: value,
        traces: state.traces,
        is_notified: false,
    };
    state.alert = Some(alert.clone());
    Some(alert)
}

fn set_status(state: &mut AlertState, status: AlertStatus, now: TimestampMs) {
    if state.status != status {
        (state.status, state.since) = (status, now);
    }
}

fn ended(alert: AlertEvent, reason: AlertEnd, now: TimestampMs) -> AlertEvent {
    AlertEvent { end: Some(now), end_reason: Some(reason), ..alert }
}

#[cfg(test)]
mod tests;
