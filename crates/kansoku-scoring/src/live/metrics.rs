//! Metrics of scorers, by experiment and name.
use std::collections::HashMap;

use kansoku_model::{ExperimentId, Money, ScorerUsage, ScorerVersion};
use kansoku_store::core::scoring::TRACES_TO_SCORE;
use kansoku_store::{Backlog, StoreError};

use super::LiveScoring;
use super::python_job::PYTHON_JOBS;
use super::scorer_job::JUDGEMENTS;
use crate::Scorer;
use crate::models::ModelError;

/// Attempts of judges, by outcome: `answered`, or the reason of the failure.
const CALLS: &str = "kansoku_judge_calls_total";
const TOKENS: &str = "kansoku_judge_tokens_total";
const COST: &str = "kansoku_judge_cost_microdollars_total";
/// Traces and sessions that wait for a scorer: for a check, all of its experiment that were not looked
/// at yet.
const WAITING: &str = "kansoku_scorer_waiting";
/// The age of the oldest of them.
const LAG: &str = "kansoku_scorer_lag_seconds";

const BACKFILLS: &str = "kansoku_backfills_unfinished";
/// Traces that backfills looked at, of those that they selected.
const BACKFILL_LOOKED_AT: &str = "kansoku_backfill_traces_looked_at";
const BACKFILL_SELECTED: &str = "kansoku_backfill_traces_selected";
/// Traces and sessions that wait for a scorer of a backfill.
const BACKFILL_WAITING: &str = "kansoku_backfill_waiting";

const MICROS_PER_DOLLAR: i64 = 1_000_000;
/// The most scorers whose waiting traces are counted when metrics are read.
const SCORERS_MAX: usize = 1_000;

fn labels(judge: &ScorerVersion) -> [(&'static str, String); 2] {
    [("experiment", judge.experiment_id.to_string()), ("scorer", judge.name.clone())]
}

pub(super) fn count_attempt(
    judge: &ScorerVersion,
    usage: &ScorerUsage,
    failure: Option<&ModelError>,
) {
    let [experiment, scorer] = labels(judge);
    let outcome = failure.map_or("answered", ModelError::reason);
    let of_judge = [experiment.clone(), scorer.clone(), ("outcome", outcome.to_owned())];
    metrics::counter!(CALLS, &of_judge).increment(1);
    for (kind, tokens) in [("input", usage.input_tokens), ("output", usage.output_tokens)] {
        let of_kind = [experiment.clone(), scorer.clone(), ("type", kind.to_owned())];
        metrics::counter!(TOKENS, &of_kind).increment(tokens);
    }
    let micros = usage.cost.0 / (Money::PICOS_PER_DOLLAR / MICROS_PER_DOLLAR);
    metrics::counter!(COST, &[experiment, scorer]).increment(micros.max(0).cast_unsigned());
}

impl LiveScoring {
    /// Sets the gauges of what waits for scorers. It is counted only when somebody reads them.
    pub async fn record_gauges(&self) -> Result<(), StoreError> {
        let scorers = self.meta.scorers(None).await?;
        let now = self.clock.now();
        let mut of_experiments: HashMap<ExperimentId, Backlog> = HashMap::new();
        for version in scorers.iter().take(SCORERS_MAX) {
            let experiment = version.experiment_id;
            let backlog = match self.compiled.get(version).as_deref() {
                Some(Scorer::Judge(_)) => self.jobs.backlog(JUDGEMENTS, &version.scorer_id).await?,
                Some(Scorer::Python { .. }) => {
                    self.jobs.backlog(PYTHON_JOBS, &version.scorer_id).await?
                }
                // Checks have no jobs of their own: they run when a trace is looked at.
                Some(Scorer::Check(_)) => match of_experiments.get(&experiment) {
                    Some(backlog) => *backlog,
                    None => {
                        let subject = experiment.to_string();
                        let backlog = self.jobs.backlog(TRACES_TO_SCORE, &subject).await?;
                        of_experiments.insert(experiment, backlog);
                        backlog
                    }
                },
                None => continue,
            };
            let lag = backlog.lag(now).map_or(0, |lag| lag.0);
            metrics::gauge!(WAITING, &labels(version)).set(backlog.waiting as f64);
            metrics::gauge!(LAG, &labels(version)).set(lag as f64 / 1_000.0);
        }
        self.record_backfills().await
    }

    /// All unfinished backfills together, as each would be a label that stays.
    async fn record_backfills(&self) -> Result<(), StoreError> {
        let backfills = self.meta.unfinished_backfills().await?;
        let (mut selected, mut looked_at, mut waiting) = (0, 0, 0);
        for backfill in &backfills {
            selected += backfill.selected;
            looked_at += backfill.progress.looked_at;
            waiting += self.count_waiting(backfill).await?;
        }
        metrics::gauge!(BACKFILLS).set(backfills.len() as f64);
        metrics::gauge!(BACKFILL_SELECTED).set(selected as f64);
        metrics::gauge!(BACKFILL_LOOKED_AT).set(looked_at as f64);
        metrics::gauge!(BACKFILL_WAITING).set(waiting as f64);
        Ok(())
    }
}
