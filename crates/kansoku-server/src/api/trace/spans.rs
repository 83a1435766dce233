//! The spans of a trace without payload, page by page.
use axum::{Json, http::Method};
use kansoku_mlflow::page::{check_max_results, digest};
use kansoku_model::{Cost, Scope, TokenUsage};
use kansoku_store::{SpanList, SpanListItem as StoredItem, SpanPosition, WhichSpans};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::TracePath;
use crate::{
    ApiError, App,
    http::extract::{Path, Query},
    route_table::Routes,
};

const SPANS_DEFAULT: usize = 1000;
const SPANS_MAX: usize = 10_000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::GET, "3.0/kansoku/traces/{trace_id}/spans", list_spans);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SpanListQuery {
    /// `root`, or the id of a span whose children are listed; all spans if absent
    parent: Option<String>,
    /// the maximum number of spans, 1 to 10,000
    max_results: Option<i64>,
    page_token: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpanListPage {
    spans: Vec<SpanListItem>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_page_token: Option<String>,
}

/// A span without its payload.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpanListItem {
    span_id: String,
    parent_span_id: Option<String>,
    name: String,
    r#type: Option<String>,
    status: &'static str,
    start_time_unix_nano: i64,
    end_time_unix_nano: Option<i64>,
    first_token_time_unix_nano: Option<i64>,
    model: Option<String>,
    provider: Option<String>,
    service_tier: Option<String>,
    /// Token counts, with MLflow's names.
    #[schema(value_type = Option<Object>)]
    usage: Option<TokenUsage>,
    cost: Option<SpanCost>,
    /// The number of spans that have this one as their parent.
    children: u64,
}

/// In US dollars.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpanCost {
    input_cost: f64,
    output_cost: f64,
    total_cost: f64,
}

/// `GET /api/3.0/kansoku/traces/{trace_id}/spans?parent=…`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/traces/{trace_id}/spans",
    summary = "The spans of a trace without payload, in pages",
    params(TracePath, SpanListQuery),
    responses((status = 200, body = SpanListPage)),
)]
pub(super) async fn list_spans(
    app: App,
    Path(TracePath { trace_id: trace }): Path<TracePath>,
    Query(query): Query<SpanListQuery>,
) -> Result<Json<SpanListPage>, ApiError> {
    let digest = digest(&(&trace, &query.parent));
    let list = SpanList {
        which: parse_parent(query.parent.as_deref())?,
        after: parse_token(query.page_token, digest)?,
        max_results: check_max_results(query.max_results, SPANS_DEFAULT, SPANS_MAX)?,
    };
    let page = app.traces.span_page(&trace, list).await?;
    let token = |SpanPosition { start_ns, span_id }| format!("{start_ns}-{span_id}-{digest:016x}");
    Ok(Json(SpanListPage {
        spans: page.spans.into_iter().map(SpanListItem::from).collect(),
        next_page_token: page.next.map(token),
    }))
}

fn parse_parent(parent: Option<&str>) -> Result<WhichSpans, ApiError> {
    Ok(match parent {
        None => WhichSpans::All,
        Some("" | "root") => WhichSpans::Roots,
        Some(id) => WhichSpans::ChildrenOf(id.parse().map_err(|error| {
            ApiError::invalid(format!("`parent` is neither `root` nor a span id: {error}"))
        })?),
    })
}

/// Parses a token into the position where the previous page ended; fails for a token of another
/// list.
fn parse_token(token: Option<String>, digest: u64) -> Result<Option<SpanPosition>, ApiError> {
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return Ok(None);
    };
    let position = || {
        let (place, of) = token.rsplit_once('-')?;
        let (start_ns, span_id) = place.rsplit_once('-')?;
        if of != format!("{digest:016x}") {
            return None;
        }
        Some(SpanPosition { start_ns: start_ns.parse().ok()?, span_id: span_id.parse().ok()? })
    };
    let invalid = || {
        let message = "Invalid page token: ask for the first page without one, or for the spans it \
                       was given for";
        ApiError::invalid(message)
    };
    position().map(Some).ok_or_else(invalid)
}

impl From<StoredItem> for SpanListItem {
    fn from(StoredItem { row, children }: StoredItem) -> Self {
        Self {
            span_id: row.span_id.to_string(),
            parent_span_id: row.parent_id.map(|id| id.to_string()),
            name: row.name,
            r#type: row.span_type,
            status: row.status.as_str(),
            start_time_unix_nano: row.start_ns,
            end_time_unix_nano: row.end_ns,
            first_token_time_unix_nano: row.first_token_ns,
            model: row.model,
            provider: row.provider,
            service_tier: row.service_tier,
            usage: row.usage,
            cost: row.cost.map(SpanCost::from),
            children,
        }
    }
}

impl From<Cost> for SpanCost {
    fn from(Cost { input, output, total }: Cost) -> Self {
        Self {
            input_cost: input.as_dollars(),
            output_cost: output.as_dollars(),
            total_cost: total.as_dollars(),
        }
    }
}
