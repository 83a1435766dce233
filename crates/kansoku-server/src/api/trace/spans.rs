//! The spans of a trace: narrow rows a page at a time.
use axum::{Json, http::Method};
use kansoku_mlflow::{
    Fields,
    ids::trace_id,
    page::{list_digest, max_results},
};
use kansoku_model::{Cost, Scope};
use kansoku_store::{SpanList, SpanListItem, SpanPosition, WhichSpans};
use serde_json::{Value, json};

use crate::{ApiError, App, route_table::Routes};

const SPANS_DEFAULT: usize = 1000;
const SPANS_MAX: usize = 10_000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::GET, "3.0/kansoku/traces/{trace_id}/spans", list);
}

/// `GET /api/3.0/kansoku/traces/{trace_id}/spans?parent=…`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/traces/{trace_id}/spans",
    operation_id = "list_spans",
    summary = "The spans of a trace without their payload, page by page",
    params(
        ("trace_id" = String, Path, description = "`tr-` and 32 hex digits"),
        ("parent" = Option<String>, Query, description = "`root`, or a span's id; absent: all"),
        ("max_results" = Option<u32>, Query, description = "1 to 10,000"),
        ("page_token" = Option<String>, Query),
    ),
    responses((status = 200, body = Value, description = "`spans`, `next_page_token`")),
)]
pub(super) async fn list(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let list = SpanList {
        which: which(&fields)?,
        after: after(&fields)?,
        max_results: max_results(&fields, SPANS_DEFAULT, SPANS_MAX)?,
    };
    let page = app.traces.span_page(&trace_id(&fields)?, list).await?;
    let mut json = json!({ "spans": page.spans.iter().map(listed).collect::<Vec<_>>() });
    if let Some(SpanPosition { start_ns, span_id }) = page.next {
        json["next_page_token"] =
            json!(format!("{start_ns}-{span_id}-{:016x}", list_digest(&fields)));
    }
    Ok(Json(json))
}

fn which(fields: &Fields) -> Result<WhichSpans, ApiError> {
    Ok(match fields.str("parent")?.as_deref() {
        None => WhichSpans::All,
        Some("" | "root") => WhichSpans::Roots,
        Some(id) => WhichSpans::ChildrenOf(id.parse().map_err(|error| {
            ApiError::invalid(format!("`parent` is neither `root` nor a span id: {error}"))
        })?),
    })
}

fn after(fields: &Fields) -> Result<Option<SpanPosition>, ApiError> {
    let Some(token) = fields.str("page_token")?.filter(|token| !token.is_empty()) else {
        return Ok(None);
    };
    let position = || {
        let (place, of) = token.rsplit_once('-')?;
        let (start_ns, span_id) = place.rsplit_once('-')?;
        if of != format!("{:016x}", list_digest(fields)) {
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

fn listed(SpanListItem { row, children }: &SpanListItem) -> Value {
    json!({
        "span_id": row.span_id.to_string(),
        "parent_span_id": row.parent_id.map(|id| id.to_string()),
        "name": row.name,
        "type": row.span_type,
        "status": row.status.as_str(),
        "start_time_unix_nano": row.start_ns,
        "end_time_unix_nano": row.end_ns,
        "first_token_time_unix_nano": row.first_token_ns,
        "model": row.model,
        "provider": row.provider,
        "service_tier": row.service_tier,
        "usage": row.usage,
        "cost": row.cost.map(in_dollars),
        "children": children,
    })
}

fn in_dollars(Cost { input, output, total }: Cost) -> Value {
    json!({
        "input_cost": input.as_dollars(),
        "output_cost": output.as_dollars(),
        "total_cost": total.as_dollars(),
    })
}
