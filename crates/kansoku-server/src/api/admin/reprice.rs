//! Repricing: recomputes the costs of stored spans, some traces per request.
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Json, http::Method};
use kansoku_model::{ExperimentId, Scope, TimestampMs};
use kansoku_pricing::PriceList;
use kansoku_store::{CostChange as StoredChange, ModelRepriced, Pricer, Reprice, Repriced};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ApiError, App, auth::audit::AuditEvent, http::extract::JsonBody, route_table::Routes};

/// A request stops after about this long, and returns the token of the next page.
const PAGE_TIME: Duration = Duration::from_secs(2);

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Admin, Method::POST, "3.0/kansoku/reprice", reprice_spans);
}

/// The spans to reprice, and the prices to use.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RepriceRequest {
    /// Only traces of this time or later, in RFC 3339.
    since: String,
    /// Only traces before this time, in RFC 3339.
    until: Option<String>,
    /// The experiment to reprice; all experiments if absent.
    experiment_id: Option<String>,
    /// Only reports what would change.
    dry_run: Option<bool>,
    /// A price list in TOML that replaces the server's prices.
    prices: Option<String>,
    /// `next_page_token` of the previous page; the other fields must be unchanged.
    page_token: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RepriceResult {
    /// Traces that were examined.
    traces: u64,
    changed_traces: u64,
    changed_spans: u64,
    /// The costs of the changed traces.
    cost: CostChange,
    models: Vec<ModelCostChange>,
    /// Absent if there are no more traces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_page_token: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelCostChange {
    model: String,
    changed_spans: u64,
    /// Spans that have tokens but no price.
    unpriced_spans: u64,
    #[serde(flatten)]
    cost: CostChange,
}

/// In US dollars.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostChange {
    before: f64,
    after: f64,
    difference: f64,
}

/// `POST /api/3.0/kansoku/reprice`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/reprice",
    summary = "Recomputes costs of stored spans with other prices",
    request_body = RepriceRequest,
    responses((status = 200, body = RepriceResult)),
)]
pub(super) async fn reprice_spans(
    app: App,
    JsonBody(request): JsonBody<RepriceRequest>,
) -> Result<Json<RepriceResult>, ApiError> {
    let mut which = Reprice {
        experiment: None,
        since: parse_time("since", &request.since)?,
        until: request.until.map(|until| parse_time("until", &until)).transpose()?,
        dry_run: request.dry_run.unwrap_or(false),
        page_token: request.page_token,
    };
    if let Some(id) = request.experiment_id {
        let id: ExperimentId = id.parse().map_err(ApiError::invalid)?;
        which.experiment = Some(app.meta.experiment(id).await?.experiment_id);
    }
    let price = pricer(&app, request.prices.as_deref())?;

    let (began, mut repriced) = (Instant::now(), Repriced::default());
    loop {
        let page = app.maintenance.reprice(which.clone(), price.clone()).await?;
        repriced.add(page.repriced);
        which.page_token = page.next_page_token;
        if which.page_token.is_none() || PAGE_TIME < began.elapsed() {
            break;
        }
    }
    if !which.dry_run && 0 < repriced.changed_spans {
        let object = format!("{} traces", repriced.changed_traces);
        app.access.record(AuditEvent::CostsChanged, object);
        let Repriced { changed_spans, changed_traces, .. } = repriced;
        tracing::info!("recomputed the cost of {changed_spans} spans of {changed_traces} traces");
    }
    Ok(Json(RepriceResult {
        traces: repriced.traces,
        changed_traces: repriced.changed_traces,
        changed_spans: repriced.changed_spans,
        cost: repriced.cost.into(),
        models: repriced.models.into_iter().map(ModelCostChange::from).collect(),
        next_page_token: which.page_token,
    }))
}

fn parse_time(name: &str, text: &str) -> Result<TimestampMs, ApiError> {
    let time = TimestampMs::parse(text);
    time.map_err(|error| ApiError::invalid(format!("`{name}`: {error}")))
}

/// The price list in the request, or else the server's.
fn pricer(app: &App, prices: Option<&str>) -> Result<Pricer, ApiError> {
    let prices = match prices {
        None => app.prices.clone(),
        Some(text) => Arc::new(
            PriceList::with_file(text)
                .map_err(|error| ApiError::invalid(format!("`prices`: {error}")))?,
        ),
    };
    Ok(Arc::new(move |row| prices.cost_of(row)))
}

impl From<(String, ModelRepriced)> for ModelCostChange {
    fn from((model, repriced): (String, ModelRepriced)) -> Self {
        let ModelRepriced { changed_spans, unpriced_spans, cost } = repriced;
        Self { model, changed_spans, unpriced_spans, cost: cost.into() }
    }
}

impl From<StoredChange> for CostChange {
    fn from(change: StoredChange) -> Self {
        Self {
            before: change.before.as_dollars(),
            after: change.after.as_dollars(),
            difference: change.difference().as_dollars(),
        }
    }
}
