//! Reads the values of signals: scans of the traces of a time range, and how long scorers are behind.
mod feedback;

use std::time::Duration;

use kansoku_filter::Filter;
use kansoku_model::{
    AlertRule, AlertSettings, AlertSignal, Coded as _, ErrorCode, Experiment, ExperimentId,
    FeedbackSettings, TimestampMs, TraceState,
};
use kansoku_store::core::{alerts::AlertTraces, scoring::TRACES_TO_SCORE};
use kansoku_store::{ScanProjection, ScanQuery, ScannedTrace, StoreError};

use crate::Alerting;
use crate::series::{Aggregate, Observation, Series};
use feedback::FeedbackSeries;

/// The most traces that are read from rows, which is needed for a filter and for feedback. Those
/// without are read from packed columns, all of them.
const TRACES_MAX: usize = 100_000;
const TRACES_WITH_FEEDBACK_MAX: usize = 20_000;
const DEADLINE: Duration = Duration::from_secs(20);

/// Equal slots of time up to an end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slots {
    pub(crate) end: TimestampMs,
    pub(crate) slot_ms: i64,
    pub(crate) count: usize,
}

impl Slots {
    fn start(self) -> TimestampMs {
        let length = self.slot_ms.saturating_mul(self.count as i64);
        TimestampMs(self.end.0.saturating_sub(length))
    }
}

/// The traces of a rule: in which experiment, and which of them.
struct Scope {
    experiment: ExperimentId,
    filter: Filter,
    feedback: FeedbackSettings,
}

impl Alerting {
    /// The value of a rule's signal now.
    pub(crate) async fn observe(
        &self,
        rule: &AlertRule,
        experiment: &Experiment,
        now: TimestampMs,
    ) -> Result<Observation, StoreError> {
        if let AlertSignal::ScorerLag { scorer } = &rule.settings.signal {
            return self.lag(rule.experiment, scorer, now).await;
        }
        let slots = Slots { end: now, slot_ms: rule.settings.window().0, count: 1 };
        let mut windows = self.windows(&rule.settings, experiment, slots, 1).await?;
        Ok(windows.pop().map_or_else(Observation::default, |(_, seen)| seen))
    }

    /// The values of windows of so many slots each, with their ends.
    pub(crate) async fn windows(
        &self,
        settings: &AlertSettings,
        experiment: &Experiment,
        slots: Slots,
        per_window: usize,
    ) -> Result<Vec<(TimestampMs, Observation)>, StoreError> {
        let Some(scope) = self.scope(settings, experiment).await? else { return Ok(Vec::new()) };
        let values = WindowValues::new(&settings.signal, &scope, slots);
        let projection = values.projection();
        let query = ScanQuery {
            experiment: scope.experiment,
            filter: scope.filter,
            from: Some(slots.start()),
            to: Some(slots.end),
            traces_max: match projection.assessments {
                true => TRACES_WITH_FEEDBACK_MAX,
                false => TRACES_MAX,
            },
            projection,
            deadline: DEADLINE,
        };
        let add = |values: &mut WindowValues, trace: &ScannedTrace| values.add(trace);
        let (values, coverage) = self.traces.fold_scan(query, values, add).await?;
        let mut windows = values.finish(per_window);
        for (end, seen) in &mut windows {
            let start = end.0.saturating_sub(settings.window().0);
            seen.is_complete =
                coverage.complete || coverage.covered_from.is_some_and(|from| from.0 <= start);
        }
        Ok(windows)
    }

    /// `None` if the traces are in an experiment that does not exist yet.
    async fn scope(
        &self,
        settings: &AlertSettings,
        experiment: &Experiment,
    ) -> Result<Option<Scope>, StoreError> {
        let feedback = FeedbackSettings::from_tags(&experiment.tags);
        let own = experiment.experiment_id;
        let Some(traces) = AlertTraces::new(settings, own) else { return Ok(None) };
        let (experiment, text) = match &settings.signal {
            AlertSignal::JudgeFailures { .. } => {
                let judges = self.meta.experiment_by_name(&traces.experiment).await;
                match judges {
                    Ok(judges) => (judges.experiment_id, &traces.counted),
                    Err(error) if error.code() == ErrorCode::ResourceDoesNotExist => {
                        return Ok(None);
                    }
                    Err(error) => return Err(error),
                }
            }
            _ => (own, &settings.filter),
        };
        let invalid =
            |error| StoreError::Invalid(format!("the filter of the rule is not valid: {error}"));
        let filter = Filter::parse(text).map_err(invalid)?.with_feedback_settings(&feedback);
        Ok(Some(Scope { experiment, filter, feedback }))
    }

    /// How long the oldest trace has waited for a scorer, or to be looked at for all scorers of its
    /// experiment.
    async fn lag(
        &self,
        experiment: ExperimentId,
        scorer: &str,
        now: TimestampMs,
    ) -> Result<Observation, StoreError> {
        let scorer = self.meta.scorer(experiment, scorer, None).await?;
        let (mut waiting, mut lag_ms) = (0, 0);
        let of_experiment = (TRACES_TO_SCORE, experiment.to_string());
        let own = self.queues.iter().map(|queue| (*queue, scorer.scorer_id.clone()));
        for (queue, subject) in own.chain([of_experiment]) {
            let backlog = self.jobs.backlog(queue, &subject).await?;
            waiting += backlog.waiting;
            lag_ms = lag_ms.max(backlog.lag(now).map_or(0, |lag| lag.0));
        }
        let value = Some(lag_ms as f64 / 1_000.0);
        Ok(Observation { value, traces: waiting, is_complete: true })
    }
}

/// Adds up the value of a signal.
enum WindowValues {
    Numbers { series: Series, number: fn(&ScannedTrace) -> Option<f64> },
    Feedback(FeedbackSeries),
}

impl WindowValues {
    fn new(signal: &AlertSignal, scope: &Scope, slots: Slots) -> Self {
        let series = |aggregate| Series::new(slots.start(), slots.slot_ms, slots.count, aggregate);
        let numbers = |aggregate, number| Self::Numbers { series: series(aggregate), number };
        match signal {
            AlertSignal::ErrorRate | AlertSignal::JudgeFailures { .. } => {
                numbers(Aggregate::Mean, failure)
            }
            AlertSignal::Latency { percentile } => {
                numbers(Aggregate::Percentile(*percentile), duration_ms)
            }
            AlertSignal::Cost => numbers(Aggregate::Sum, cost),
            AlertSignal::Tokens | AlertSignal::ScorerLag { .. } => numbers(Aggregate::Sum, tokens),
            AlertSignal::PassRate { feedback } => {
                let rule = scope.feedback.rule(feedback);
                let make = || series(Aggregate::Mean);
                Self::Feedback(FeedbackSeries::pass_rate(feedback, rule, make))
            }
            AlertSignal::FeedbackMean { feedback } => {
                Self::Feedback(FeedbackSeries::mean(feedback, || series(Aggregate::Mean)))
            }
        }
    }

    fn projection(&self) -> ScanProjection {
        let assessments = matches!(self, Self::Feedback(_));
        ScanProjection { assessments, ..ScanProjection::default() }
    }

    fn add(&mut self, trace: &ScannedTrace) {
        match self {
            Self::Numbers { series, number } => {
                if let Some(value) = number(trace) {
                    series.add(trace.time, value);
                }
            }
            Self::Feedback(series) => series.add(trace),
        }
    }

    fn finish(self, per_window: usize) -> Vec<(TimestampMs, Observation)> {
        match self {
            Self::Numbers { series, .. } => series.windows(per_window),
            Self::Feedback(series) => series.finish().windows(per_window),
        }
    }
}

/// 1 if it failed, 0 if not; `None` if it has not ended.
fn failure(trace: &ScannedTrace) -> Option<f64> {
    match trace.state {
        TraceState::Error => Some(1.0),
        TraceState::Ok => Some(0.0),
        TraceState::InProgress | TraceState::Unspecified => None,
    }
}

fn duration_ms(trace: &ScannedTrace) -> Option<f64> {
    trace.duration_ms.map(|ms| ms as f64)
}

/// Traces without a known cost count as free, as they do in the overview.
fn cost(trace: &ScannedTrace) -> Option<f64> {
    Some(trace.cost.map_or(0.0, |cost| cost.as_dollars()))
}

fn tokens(trace: &ScannedTrace) -> Option<f64> {
    Some(trace.usage.map_or(0.0, |usage| usage.total_tokens as f64))
}
