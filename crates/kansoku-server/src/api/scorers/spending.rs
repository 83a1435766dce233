//! The usage and the budgets of scorers.
use axum::Json;
use kansoku_model::{ExperimentId, Money, ScorerUsage, ScoringBudget, UtcDay};
use kansoku_store::{SpendingOfDay, UsageOfDay};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::list::{ScorerList, list_of};
use crate::{
    ApiError, App, ScorerKind,
    http::extract::{JsonBody, Query},
    params::trace_scope::{ExperimentInPath, ExperimentPath},
};

const CALLS_MAX: u64 = 1_000_000_000;
const DOLLARS_MAX: f64 = 1_000_000.0;
const DAYS: u32 = 30;
const DAYS_MAX: u32 = 400;

/// What a scorer, or all scorers of an experiment, used in one day of UTC.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct ScorerSpending {
    /// Requests to models that were answered.
    calls: u64,
    /// Attempts that failed.
    failures: u64,
    input_tokens: u64,
    output_tokens: u64,
    /// Without tokens whose price is not known.
    cost_usd: f64,
    /// Traces and sessions that were not scored, to stay within a budget.
    skipped: u64,
}

/// The most that may be used in one day of UTC.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct SpendingLimit {
    calls_per_day: Option<u64>,
    usd_per_day: Option<f64>,
    /// The share that is used today; 1 or more if nothing is left.
    used: f64,
}

impl From<ScorerUsage> for ScorerSpending {
    fn from(usage: ScorerUsage) -> Self {
        Self {
            calls: usage.calls,
            failures: usage.failures,
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cost_usd: usage.cost.as_dollars(),
            skipped: usage.skipped,
        }
    }
}

impl SpendingLimit {
    /// `None` without a limit.
    pub(super) fn new(budget: ScoringBudget, used: &ScorerUsage) -> Option<Self> {
        if budget.is_unlimited() {
            return None;
        }
        Some(Self {
            calls_per_day: budget.calls,
            usd_per_day: budget.cost.map(Money::as_dollars),
            used: budget.used_share(used),
        })
    }
}

pub(super) async fn spending_today(
    app: &App,
    experiment: ExperimentId,
) -> Result<SpendingOfDay, ApiError> {
    let today = UtcDay::at(app.clock.now());
    let used = UsageOfDay::new(app.meta.scorer_usage(experiment, today).await?);
    Ok(SpendingOfDay { budgets: app.meta.scoring_budgets(experiment).await?, used })
}

/// A budget for one day of UTC. A limit that is `null` or missing is removed.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewBudget {
    /// The name of a scorer. Without it, the budget is that of all scorers of the experiment
    /// together.
    scorer: Option<String>,
    /// Requests to models, up to 1,000,000,000.
    calls_per_day: Option<u64>,
    /// US dollars, up to 1,000,000. The price of the model must be known.
    usd_per_day: Option<f64>,
}

impl NewBudget {
    fn budget(&self) -> Result<ScoringBudget, ApiError> {
        if self.calls_per_day.is_some_and(|calls| CALLS_MAX < calls) {
            return Err(ApiError::invalid(format!("`calls_per_day` is at most {CALLS_MAX}")));
        }
        if self.usd_per_day.is_some_and(|dollars| !(0.0..=DOLLARS_MAX).contains(&dollars)) {
            let message = format!("`usd_per_day` is a number from 0 to {DOLLARS_MAX}");
            return Err(ApiError::invalid(message));
        }
        let cost = self.usd_per_day.map(Money::from_dollars);
        Ok(ScoringBudget { calls: self.calls_per_day, cost })
    }
}

/// `PUT /api/3.0/kansoku/experiments/{experiment_id}/scorers/budget`
#[utoipa::path(
    put,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/budget",
    summary = "Set the budget of a scorer or of all scorers of the experiment",
    params(ExperimentPath),
    request_body = NewBudget,
    responses((status = 200, body = ScorerList)),
)]
pub(super) async fn set_budget(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    JsonBody(new): JsonBody<NewBudget>,
) -> Result<Json<ScorerList>, ApiError> {
    let experiment = experiment.experiment_id;
    let budget = new.budget()?;
    if let (Some(name), Some(_)) = (&new.scorer, budget.cost) {
        require_price(&app, experiment, name).await?;
    }
    app.meta.set_scoring_budget(experiment, new.scorer.as_deref(), budget).await?;
    Ok(Json(list_of(&app, experiment).await?))
}

/// A limit in money that never counts anything would be no limit.
async fn require_price(app: &App, experiment: ExperimentId, name: &str) -> Result<(), ApiError> {
    let version = app.meta.scorer(experiment, name, None).await?;
    let Some(runner) = &app.scorers else { return Ok(()) };
    match runner.kind(&version.serialized) {
        Ok(ScorerKind::Judge { is_price_known: false, .. }) => Err(ApiError::invalid(format!(
            "the price of the model of `{name}` is not known: set `price` of its endpoint in the \
                 settings, or limit `calls_per_day`"
        ))),
        _ => Ok(()),
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageQuery {
    /// the number of days with today, 1 to 400 (30 by default)
    days: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsageList {
    /// By day and scorer; days without usage are left out.
    usage: Vec<UsageOnDay>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsageOnDay {
    /// The start of the day in UTC.
    day_start_ms: i64,
    scorer_id: String,
    /// `null` if the scorer was deleted.
    name: Option<String>,
    #[serde(flatten)]
    usage: ScorerSpending,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/scorers/usage`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/usage",
    summary = "Requests, tokens and cost of the scorers of an experiment by day",
    params(ExperimentPath, UsageQuery),
    responses((status = 200, body = UsageList)),
)]
pub(super) async fn list_usage(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Query(query): Query<UsageQuery>,
) -> Result<Json<UsageList>, ApiError> {
    let experiment = experiment.experiment_id;
    let days = query.days.unwrap_or(DAYS);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(ApiError::invalid(format!("`days` is a number from 1 to {DAYS_MAX}")));
    }
    let from = UtcDay(UtcDay::at(app.clock.now()).0 - i64::from(days) + 1);
    let scorers = app.meta.scorers(Some(vec![experiment])).await?;
    let name = |id: &str| scorers.iter().find(|it| it.scorer_id == id).map(|it| it.name.clone());
    let usage = app.meta.scorer_usage(experiment, from).await?.into_iter().map(|it| UsageOnDay {
        day_start_ms: it.day.start().0,
        name: name(&it.scorer_id),
        scorer_id: it.scorer_id,
        usage: it.usage.into(),
    });
    Ok(Json(UsageList { usage: usage.collect() }))
}
