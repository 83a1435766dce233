//! How much a backfill would take, estimated from what its scorers used so far.
use axum::Json;
use kansoku_model::{ExperimentId, ScorerUsage, UtcDay};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    ApiError, App, ScorerKind,
    http::extract::JsonBody,
    params::backfill::{CheckedScorer, NewBackfill, Selection},
    params::trace_scope::{ExperimentInPath, ExperimentPath},
};

/// The days of usage that an estimate is based on.
const DAYS: i64 = 30;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BackfillForecast {
    /// The number of matching traces.
    traces: u64,
    /// Whether all of them were counted; otherwise there are more.
    complete: bool,
    scorers: Vec<ScorerForecast>,
    /// Of all judges; `null` if that of one is not known.
    cost_usd: Option<f64>,
}

/// Traces that the version of the scorer assessed already count, although they are left out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScorerForecast {
    scorer: String,
    version: i64,
    /// `check`, `judge` or `python`.
    kind: &'static str,
    /// Whether it assesses sessions, of which `assessed` is then the number.
    session_level: bool,
    /// The traces that the sampling rate leaves.
    assessed: u64,
    /// Requests to the model, at least one for each.
    calls: u64,
    /// `null` if the judge was not called yet.
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    /// `null` if the price of the model is not known.
    cost_usd: Option<f64>,
    /// The number of calls in the last 30 days that the estimate is based on.
    based_on_calls: u64,
}

impl ScorerForecast {
    fn new(scorer: &CheckedScorer, matching: u64, used: &ScorerUsage) -> Self {
        let assessed = (matching as f64 * scorer.sample_rate).round() as u64;
        let mut forecast = Self {
            scorer: scorer.version.name.clone(),
            version: scorer.version.version,
            kind: "check",
            session_level: scorer.is_session_level(),
            assessed,
            calls: 0,
            input_tokens: None,
            output_tokens: None,
            cost_usd: None,
            based_on_calls: 0,
        };
        match scorer.kind {
            ScorerKind::Check => forecast.cost_usd = Some(0.0),
            ScorerKind::Python => {
                (forecast.kind, forecast.cost_usd) = ("python", Some(0.0));
            }
            ScorerKind::Judge { is_price_known, .. } => {
                (forecast.kind, forecast.calls) = ("judge", assessed);
                if 0 < used.calls {
                    let scale = assessed as f64 / used.calls as f64;
                    let scaled = |tokens: u64| Some((tokens as f64 * scale).round() as u64);
                    forecast.input_tokens = scaled(used.input_tokens);
                    forecast.output_tokens = scaled(used.output_tokens);
                    forecast.based_on_calls = used.calls;
                    forecast.cost_usd = is_price_known.then(|| used.cost.as_dollars() * scale);
                }
            }
        }
        forecast
    }
}

/// `POST /api/3.0/kansoku/experiments/{experiment_id}/scorers/backfills/forecast`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/backfills/forecast",
    summary = "How many traces a backfill would assess, and what its judges would cost",
    params(ExperimentPath),
    request_body = NewBackfill,
    responses((status = 200, body = BackfillForecast)),
)]
pub(super) async fn forecast_backfill(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    JsonBody(new): JsonBody<NewBackfill>,
) -> Result<Json<BackfillForecast>, ApiError> {
    let id = experiment.experiment_id;
    let checked = new.check(&app, experiment).await?;
    let selection = checked.select(&app).await?;
    let used = usage(&app, id).await?;
    let used_of = |scorer_id: &str| {
        let of_scorer = used.iter().filter(|(id, _)| id == scorer_id);
        of_scorer.fold(ScorerUsage::default(), |sum, (_, usage)| sum.plus(*usage))
    };
    let scorers = checked.scorers.iter().zip(&selection.by_scorer);
    let scorers = scorers.map(|(scorer, matching)| {
        ScorerForecast::new(scorer, *matching, &used_of(&scorer.version.scorer_id))
    });
    let scorers: Vec<_> = scorers.collect();
    let cost_usd = scorers.iter().map(|scorer| scorer.cost_usd).sum();
    let Selection { traces, is_complete, .. } = selection;
    Ok(Json(BackfillForecast { traces, complete: is_complete, scorers, cost_usd }))
}

async fn usage(
    app: &App,
    experiment: ExperimentId,
) -> Result<Vec<(String, ScorerUsage)>, ApiError> {
    let from = UtcDay(UtcDay::at(app.clock.now()).0 - DAYS + 1);
    let usage = app.meta.scorer_usage(experiment, from).await?;
    Ok(usage.into_iter().map(|it| (it.scorer_id, it.usage)).collect())
}
