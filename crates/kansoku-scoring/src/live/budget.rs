//! Keeps judges within their budgets, and counts what they use of models.
use std::collections::HashMap;

use kansoku_model::{ExperimentId, Money, ScorerUsage, ScorerVersion, UtcDay};
use kansoku_store::{NewJob, ScoringBudgets, StoreError, UsageOfDay};

use super::active::{ActiveScorer, ScoredEntity};
use super::judge_job::JUDGEMENTS;
use super::sampling::hash_fraction;
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

/// The budgets of an experiment with what was used of them today.
struct BudgetsToday {
    budgets: ScoringBudgets,
    used: UsageOfDay,
}

impl BudgetsToday {
    /// `None` if no scorer has a limit.
    async fn read(
        live: &LiveScoring,
        experiment: ExperimentId,
    ) -> Result<Option<Self>, StoreError> {
        let budgets = live.meta.scoring_budgets(experiment).await?;
        if budgets.is_unlimited() {
            return Ok(None);
        }
        let used = live.meta.scorer_usage(experiment, UtcDay::of(live.clock.now())).await?;
        Ok(Some(Self { budgets, used: UsageOfDay::new(used) }))
    }
}

/// The share of traces that each judge may still assess today, by scorer id; empty without a budget.
pub(super) async fn open_shares(
    live: &LiveScoring,
    experiment: ExperimentId,
    judges: &[ScorerVersion],
) -> Result<HashMap<String, f64>, StoreError> {
    let Some(today) = BudgetsToday::read(live, experiment).await? else {
        return Ok(HashMap::new());
    };
    let mut waiting = Vec::with_capacity(judges.len());
    for judge in judges {
        waiting.push(live.jobs.backlog(JUDGEMENTS, &judge.scorer_id).await?.waiting);
    }
    let BudgetsToday { budgets, used } = today;
    let of_all = budgets.experiment.open_share(&used.total(), waiting.iter().sum());
    let shares = judges.iter().zip(waiting).map(|(judge, waiting)| {
        let id = &judge.scorer_id;
        let own = budgets.of_scorer(id).open_share(&used.of_scorer(id), waiting);
        (id.clone(), own.min(of_all))
    });
    Ok(shares.collect())
}

/// Whether nothing is left of a budget of the judge.
pub(super) async fn is_used_up(
    live: &LiveScoring,
    judge: &ScorerVersion,
) -> Result<bool, StoreError> {
    let today = BudgetsToday::read(live, judge.experiment_id).await?;
    Ok(today.is_some_and(|BudgetsToday { budgets, used }| {
        let own = budgets.of_scorer(&judge.scorer_id);
        1.0 <= own.used_share(&used.of_scorer(&judge.scorer_id))
            || 1.0 <= budgets.experiment.used_share(&used.total())
    }))
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
pub(super) async fn count_usage(
    live: &LiveScoring,
    judge: &ScorerVersion,
    outcome: &JudgeOutcome,
    cost: Option<Money>,
) {
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
    count(live, judge.experiment_id, vec![(judge.scorer_id.clone(), usage)]).await;
}

async fn count(live: &LiveScoring, experiment: ExperimentId, usage: Vec<(String, ScorerUsage)>) {
    if usage.is_empty() {
        return;
    }
    let day = UtcDay::of(live.clock.now());
    if let Err(error) = live.meta.add_scorer_usage(experiment, day, usage).await {
        report("count what judges use", &error);
    }
}
