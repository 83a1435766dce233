//! The span tree of a trace in columns, without payload, as the trace screen draws it.
//!
//! Columns do not repeat field names, and each name of spans is included once: ten thousand spans
//! take a few hundred kilobytes. Times are µs after the trace's start, which doubles represent
//! exactly.
use std::collections::HashMap;

use axum::{
    http::{HeaderMap, Method},
    response::Response,
};
use kansoku_mlflow::page::check_max_results;
use kansoku_model::{Money, Scope, SpanStatus};
use kansoku_store::{SpanTreeNode, SpanTreePage, SpanTreeRange};
use serde::{Deserialize, Serialize};

use super::TracePath;
use crate::{
    ApiError, App,
    http::{
        extract::{Path, Query},
        json_response,
    },
    rendering::trace_list_item::{TraceListItemJson, conversion::trace_list_item_json},
    route_table::Routes,
};

const SPANS_DEFAULT: usize = 20_000;
const SPANS_MAX: usize = 50_000;
/// The type of spans without one, as in MLflow.
const NO_TYPE: &str = "UNKNOWN";

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::GET, "3.0/kansoku/traces/{trace_id}/spans/tree", get_span_tree);
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SpanTreeQuery {
    /// `next` of the previous part
    after: Option<i64>,
    /// the maximum number of spans, 1 to 50,000
    max_results: Option<i64>,
}

/// Spans in reading order: each one followed by its descendants, siblings sorted by start. All
/// columns have equal length.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SpanTree {
    /// The trace as in lists.
    trace: TraceListItemJson,
    session: Option<SessionPosition>,
    /// Nanoseconds since 1970, as text, because doubles would round the number.
    start_ns: String,
    duration_us: i64,
    spans_total: usize,
    /// The index of the first span of this part in the whole tree.
    first: usize,
    /// The value of `after` for the next part; `null` for the last one.
    next: Option<usize>,
    /// The texts that `name`, `type` and `model` refer to by index.
    strings: Vec<String>,
    id: Vec<String>,
    /// The index of the parent in the whole tree; -1 for roots.
    parent: Vec<i64>,
    /// The indexes in the whole tree of spans whose parent is not stored.
    orphan: Vec<usize>,
    name: Vec<usize>,
    r#type: Vec<usize>,
    /// In µs after the start of the trace.
    start: Vec<i64>,
    /// In µs; `null` while the span is open.
    duration: Vec<Option<i64>>,
    /// 0 for unset, 1 for ok, 2 for error.
    status: Vec<u8>,
    /// The index of the model in `strings`; -1 if there is none.
    model: Vec<i64>,
    tokens: Vec<Option<u64>>,
    input_tokens: Vec<Option<u64>>,
    output_tokens: Vec<Option<u64>>,
    /// In US dollars.
    cost: Vec<Option<f64>>,
    /// In µs after the start of the trace.
    first_token: Vec<Option<i64>>,
    /// The error message, in one line.
    error: Vec<Option<String>>,
}

/// The position of the trace in its session, with the previous and next traces.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionPosition {
    session: String,
    turn: usize,
    turns: usize,
    previous: Option<String>,
    next: Option<String>,
}

/// `GET /api/3.0/kansoku/traces/{trace_id}/spans/tree?after=…`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/traces/{trace_id}/spans/tree",
    summary = "The span tree of a trace, in columns",
    params(TracePath, SpanTreeQuery),
    responses((status = 200, body = SpanTree)),
)]
pub(super) async fn get_span_tree(
    app: App,
    Path(TracePath { trace_id: trace }): Path<TracePath>,
    Query(query): Query<SpanTreeQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let first = match query.after.map(usize::try_from) {
        None => 0,
        Some(Ok(first)) => first,
        Some(Err(_)) => return Err(ApiError::invalid("`after` is a number from 0 on")),
    };
    let max_results = check_max_results(query.max_results, SPANS_DEFAULT, SPANS_MAX)?;
    let page = app.traces.span_tree_page(&trace, SpanTreeRange { first, max_results }).await?;
    Ok(json_response::answer(&headers, move || SpanTree::new(page, first)).await)
}

/// The most bytes of texts in a part.
const TEXT_BYTES_MAX: usize = 8 << 20;

/// The number of spans in a part: as many as fit by their texts, and at least one.
fn spans_that_fit(spans: &[SpanTreeNode]) -> usize {
    let mut bytes = 0;
    let fits = |span: &&SpanTreeNode| {
        let texts =
            [Some(&span.name), span.span_type.as_ref(), span.model.as_ref(), span.error.as_ref()];
        bytes += texts.into_iter().flatten().map(String::len).sum::<usize>();
        bytes <= TEXT_BYTES_MAX
    };
    spans.iter().take_while(fits).count().max(spans.len().min(1))
}

impl SpanTree {
    fn new(page: SpanTreePage, first: usize) -> Self {
        let SpanTreePage { trace, session, tree: stored } = page;
        let trace = trace_list_item_json(trace);
        let session = session.map(SessionPosition::from);
        let began_ns = stored.start_ns.unwrap_or(trace.request_time_ms.saturating_mul(1_000_000));
        let after_start = |ns: i64| ns.saturating_sub(began_ns) / 1000;
        let shown = spans_that_fit(&stored.spans);
        let next = first.saturating_add(shown);
        let mut tree = Self {
            trace,
            session,
            start_ns: began_ns.to_string(),
            duration_us: stored.end_ns.map_or(0, after_start),
            spans_total: stored.spans_total,
            first,
            next: (next < stored.spans_total).then_some(next),
            strings: Vec::new(),
            id: Vec::new(),
            parent: Vec::new(),
            orphan: Vec::new(),
            name: Vec::new(),
            r#type: Vec::new(),
            start: Vec::new(),
            duration: Vec::new(),
            status: Vec::new(),
            model: Vec::new(),
            tokens: Vec::new(),
            input_tokens: Vec::new(),
            output_tokens: Vec::new(),
            cost: Vec::new(),
            first_token: Vec::new(),
            error: Vec::new(),
        };
        let mut strings = Strings::default();
        for (at, span) in stored.spans.into_iter().take(shown).enumerate() {
            if span.is_orphan {
                tree.orphan.push(first + at);
            }
            tree.push(span, &mut strings, after_start);
        }
        tree.strings = strings.texts;
        tree
    }

    fn push(
        &mut self,
        span: SpanTreeNode,
        strings: &mut Strings,
        after_start: impl Fn(i64) -> i64,
    ) {
        let start = after_start(span.start_ns);
        self.id.push(span.span_id.to_string());
        self.parent.push(span.parent.map_or(-1, |at| at as i64));
        self.name.push(strings.place(span.name));
        self.r#type.push(strings.place(span.span_type.unwrap_or_else(|| NO_TYPE.to_owned())));
        self.start.push(start);
        self.duration.push(span.end_ns.map(|end| (after_start(end) - start).max(0)));
        self.status.push(match span.status {
            SpanStatus::Unset => 0,
            SpanStatus::Ok => 1,
            SpanStatus::Error => 2,
        });
        self.model.push(span.model.map_or(-1, |model| strings.place(model) as i64));
        self.tokens.push(span.total_tokens);
        self.input_tokens.push(span.input_tokens);
        self.output_tokens.push(span.output_tokens);
        self.cost.push(span.cost.map(Money::as_dollars));
        self.first_token.push(span.first_token_ns.map(after_start));
        self.error.push(span.error);
    }
}

/// Distinct texts with their indexes.
#[derive(Default)]
struct Strings {
    texts: Vec<String>,
    places: HashMap<String, usize>,
}

impl Strings {
    fn place(&mut self, text: String) -> usize {
        *self.places.entry(text).or_insert_with_key(|text| {
            self.texts.push(text.clone());
            self.texts.len() - 1
        })
    }
}

impl From<kansoku_store::SessionPlace> for SessionPosition {
    fn from(place: kansoku_store::SessionPlace) -> Self {
        Self {
            session: place.session,
            turn: place.turn,
            turns: place.turns,
            previous: place.previous.map(|id| id.to_string()),
            next: place.next.map(|id| id.to_string()),
        }
    }
}
