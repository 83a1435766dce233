//! Keeps judges within their budgets, and counts what they use of models.
use std::collections::HashMap;

use kansoku_model::{ExperimentId, Money, ScorerUsage, ScorerVersion, UtcDay};
use kansoku_store::{JobOutcome, NewJob, SpendingOfDay, StoreError, UsageOfDay};

use super::active::{ActiveScorer, ScoredEntity};
use super::sampling::hash_fraction;
use super::scorer_job::JUDGEMENTS;
use super::{LiveScoring, metrics, report};
use crate::judges::JudgeOutcome;

/// A judge that did not assess a trace or session, to stay within a budget.
pub(super) struct SkippedJudge {
    experiment: ExperimentId,
    scorer_id: String,
}

impl SkippedJudge {
    pub(super) fn new(judge: &ScorerVersion) -> Self {
        Self { experiment: judge.experiment_id, scorer_id: judge.scorer_id.clone() }
    }
}

/// The jobs of the scorers that assess a trace or session, and the judges that would exceed a budget.
#[derive(Default)]
pub(super) struct PlannedJobs {
    pub(super) jobs: Vec<NewJob>,
    pub(super) skipped: Vec<SkippedJudge>,
}

impl PlannedJobs {
    pub(super) fn add(&mut self, other: Self) {
        self.jobs.extend(other.jobs);
        self.skipped.extend(other.skipped);
    }

    /// Skips as many judges as their budgets ask for. The choice is the same whenever it is made.
    pub(super) fn new<'a>(
        entity: ScoredEntity<'_>,
        scorers: impl IntoIterator<Item = &'a ActiveScorer>,
        job: impl Fn(&ActiveScorer) -> NewJob,
    ) -> Self {
        let mut planned = Self::default();
        for scorer in scorers {
            let name = &scorer.version.name;
            let is_open = 1.0 <= scorer.open_share
                || hash_fraction(entity.id(), &format!("budget of {name}")) < scorer.open_share;
            match is_open {
                true => planned.jobs.push(job(scorer)),
                false => planned.skipped.push(SkippedJudge::new(&scorer.version)),
            }
        }
        planned
    }
}

/// The budgets of an experiment with what was used of them today; `None` if no scorer has a limit.
async fn spending_today(
    live: &LiveScoring,
    experiment: ExperimentId,
) -> Result<Option<SpendingOfDay>, StoreError> {
    let budgets = live.meta.scoring_budgets(experiment).await?;
    if budgets.is_unlimited() {
        return Ok(None);
    }
    let used = live.meta.scorer_usage(experiment, UtcDay::at(live.clock.now())).await?;
    Ok(Some(SpendingOfDay { budgets, used: UsageOfDay::new(used) }))
}

/// The share of traces that each judge may still assess today, in the order of the judges; `None`
/// without a budget.
pub(super) async fn open_shares(
    live: &LiveScoring,
    experiment: ExperimentId,
    judge_ids: &[String],
) -> Result<Option<Vec<f64>>, StoreError> {
    let Some(spending) = spending_today(live, experiment).await? else { return Ok(None) };
    let mut waiting = Vec::with_capacity(judge_ids.len());
    for id in judge_ids {
        waiting.push(live.jobs.backlog(JUDGEMENTS, id).await?.waiting);
    }
    let of_all = waiting.iter().sum();
    let shares = judge_ids.iter().zip(waiting);
    Ok(Some(shares.map(|(id, waiting)| spending.open_share(id, waiting, of_all)).collect()))
}

/// Whether an experiment or one of its judges has a budget.
pub(super) async fn is_limited(
    live: &LiveScoring,
    experiment: ExperimentId,
) -> Result<bool, StoreError> {
    Ok(!live.meta.scoring_budgets(experiment).await?.is_unlimited())
}

/// Whether nothing is left of a budget of the judge.
pub(super) async fn is_used_up(
    live: &LiveScoring,
    judge: &ScorerVersion,
) -> Result<bool, StoreError> {
    let spending = spending_today(live, judge.experiment_id).await?;
    Ok(spending.is_some_and(|spending| spending.is_used_up(&judge.scorer_id)))
}

/// The outcome of a job of a backfill without budget: it is done with that of the next day.
pub(super) fn retry_tomorrow(live: &LiveScoring) -> JobOutcome {
    let today = UtcDay::at(live.clock.now());
    let at = UtcDay(today.0.saturating_add(1)).start();
    JobOutcome::Retry { at, result: "the budget of the day is used up".to_owned() }
}

/// Whether a backfill may add jobs of these judges: the last part of a budget is left to live traces.
pub(super) async fn has_room(
    live: &LiveScoring,
    experiment: ExperimentId,
    judge_ids: &[&str],
) -> Result<bool, StoreError> {
    let Some(spending) = spending_today(live, experiment).await? else { return Ok(true) };
    Ok(judge_ids.iter().all(|id| 1.0 <= spending.open_share(id, 0, 0)))
}

pub(super) async fn count_skipped(live: &LiveScoring, judges: Vec<SkippedJudge>) {
    let mut skipped: HashMap<ExperimentId, HashMap<String, ScorerUsage>> = HashMap::new();
    for SkippedJudge { experiment, scorer_id } in judges {
        skipped.entry(experiment).or_default().entry(scorer_id).or_default().skipped += 1;
    }
    for (experiment, usage) in skipped {
        count(live, experiment, usage.into_iter().collect()).await;
    }
}

/// Counts what a judge used of its model.
pub(super) fn count_usage<'a>(
    live: &'a LiveScoring,
    judge: &ScorerVersion,
    outcome: &JudgeOutcome,
    cost: Option<Money>,
) -> impl Future<Output = ()> + use<'a> {
    let new_usage = outcome.new_usage();
    let usage = ScorerUsage {
        calls: outcome.new_calls() as u64,
        failures: u64::from(outcome.model_error.is_some()),
        input_tokens: new_usage.input_tokens,
        output_tokens: new_usage.output_tokens,
        cost: cost.unwrap_or_default(),
        skipped: 0,
    };
    metrics::count_attempt(judge, &usage, outcome.model_error.as_ref());
    count(live, judge.experiment_id, vec![(judge.scorer_id.clone(), usage)])
}

async fn count(live: &LiveScoring, experiment: ExperimentId, usage: Vec<(String, ScorerUsage)>) {
    if usage.is_empty() {
        return;
    }
    let day = UtcDay::at(live.clock.now());
    if let Err(error) = live.meta.add_scorer_usage(experiment, day, usage).await {
        report("count what judges use", &error);
    }
}
