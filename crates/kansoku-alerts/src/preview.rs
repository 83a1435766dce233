//! Evaluates a rule for the last days, before it is saved.
use kansoku_model::{
    AlertRule, AlertSettings, AlertState, AlertStatus, Experiment, ExperimentId, TimestampMs,
};
use kansoku_store::core::alerts::create;
use kansoku_store::{NewAlertRule, StoreError};

use crate::Alerting;
use crate::signals::Slots;
use crate::transition::advance;

/// The most windows of a preview; shorter windows reach less far back.
const POINTS_MAX: i64 = 2_000;
/// The most parts of a window: the windows of a preview overlap.
const PARTS_MAX: i64 = 12;
const DAY_MS: i64 = 86_400_000;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preview {
    /// The value of each window that ends at a time.
    pub points: Vec<PreviewPoint>,
    /// The times that the rule would have fired.
    pub alerts: Vec<PreviewAlert>,
    /// Whether the values are computed from all traces.
    pub is_complete: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PreviewPoint {
    pub end: TimestampMs,
    pub value: Option<f64>,
    pub traces: u64,
    pub status: AlertStatus,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PreviewAlert {
    pub start: TimestampMs,
    /// `None` if it would fire now.
    pub end: Option<TimestampMs>,
    pub peak: f64,
}

impl Alerting {
    /// Evaluates a rule for the past, with the traces and feedback that there are now. Empty if its
    /// signal is not kept.
    pub async fn preview(
        &self,
        settings: &AlertSettings,
        experiment: &Experiment,
        days: u32,
    ) -> Result<Preview, StoreError> {
        if !settings.signal.has_window() {
            return Ok(Preview { is_complete: true, ..Preview::default() });
        }
        let window = settings.window().0.max(1);
        let range = (i64::from(days) * DAY_MS).min(POINTS_MAX * window);
        let parts = (window / 60_000).min(POINTS_MAX * window / range).clamp(1, PARTS_MAX);
        let slot_ms = window / parts;
        let count = usize::try_from(range / slot_ms + parts).unwrap_or(0);
        let slots = Slots { end: self.clock.now(), slot_ms, count };
        let parts = usize::try_from(parts).unwrap_or(1);
        let windows = self.windows(settings, experiment, slots, parts).await?;

        let rule = rule(settings, experiment.experiment_id);
        let mut state = AlertState::default();
        let mut preview = Preview { is_complete: true, ..Preview::default() };
        for (end, seen) in windows {
            // The windows of a preview may be further apart than evaluations are.
            state.evaluated = None;
            let after = advance(&rule, &state, seen, end);
            state = after.state;
            if let Some(alert) = after.event {
                let (start, end) = (alert.start, alert.end);
                preview.alerts.retain(|known| known.start != start);
                preview.alerts.push(PreviewAlert { start, end, peak: alert.peak });
            }
            preview.is_complete &= seen.is_complete;
            let (value, traces, status) = (seen.value, seen.traces, state.status);
            preview.points.push(PreviewPoint { end, value, traces, status });
        }
        Ok(preview)
    }
}

fn rule(settings: &AlertSettings, experiment: ExperimentId) -> AlertRule {
    let new = NewAlertRule { settings: settings.clone(), slack_url: None };
    create(experiment, &new, TimestampMs(0))
}
