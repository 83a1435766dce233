//! Export of all spans of a list as a file, which is generated while it is sent.
use std::time::Duration;

use axum::{http::Method, response::Response};
use bytes::Bytes;
use kansoku_model::{Scope, TimestampMs};
use kansoku_store::SpanSearch;
use serde::Deserialize;

use super::row::{FoundSpan, span_rows};
use crate::{
    ApiError, App,
    auth::audit::AuditEvent,
    http::{
        extract::Query,
        read_budget::LargeRead,
        streaming::{self, ChunkedBody},
    },
    params::trace_scope::{ExperimentPath, ScopeQuery, TraceScope},
    rendering::{
        csv_table::{table, without_formula},
        value_columns::ValueColumns,
    },
    route_table::Routes,
};

/// The number of spans that are read at once.
const PAGE_SPANS: usize = 500;

pub(crate) fn routes(routes: &mut Routes) {
    let path = "3.0/kansoku/experiments/{experiment_id}/spans/export";
    routes.api(Scope::Read, Method::GET, path, export_spans);
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SpanExportQuery {
    /// `jsonl` or `csv`
    #[param(value_type = String)]
    format: Format,
    /// values of the span, with commas between them: `inputs.city`; 20 at most
    #[serde(default)]
    columns: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[serde(rename = "jsonl")]
    JsonLines,
    Csv,
}

impl Format {
    fn content_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
        }
    }

    /// The part of the file before the first span.
    fn header(self, columns: &ValueColumns) -> Bytes {
        match self {
            Self::JsonLines => Bytes::new(),
            Self::Csv => table([COLUMNS.into_iter().chain(columns.names())]),
        }
    }

    fn rows(self, spans: Vec<FoundSpan>, columns: &ValueColumns) -> Bytes {
        match self {
            Self::Csv => table(spans.into_iter().map(|mut span| {
                let values = span.values.take();
                let cells = cells(span).into_iter().map(without_formula);
                cells.chain(columns.cells(values.as_ref())).collect::<Vec<_>>()
            })),
            Self::JsonLines => {
                let mut lines = Vec::new();
                for span in spans {
                    let line = serde_json::to_vec(&span).expect("a row of texts and numbers");
                    lines.extend(line);
                    lines.push(b'\n');
                }
                lines.into()
            }
        }
    }
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/spans/export?format=…`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/spans/export",
    summary = "Exports the matching spans as CSV or JSON lines",
    params(ExperimentPath, SpanExportQuery, ScopeQuery),
    responses((status = 200, body = String, content_type = "application/x-ndjson")),
)]
pub(super) async fn export_spans(
    app: App,
    Query(SpanExportQuery { format, columns }): Query<SpanExportQuery>,
    scope: TraceScope,
) -> Result<Response, ApiError> {
    let columns = ValueColumns::parse(&columns)?;
    let (search, experiment) = (scope.span_search(&app, PAGE_SPANS), scope.experiment);
    let large = app.reads.begin_large().await?;
    app.access.record(AuditEvent::SpansExported, format!("experiment {experiment}"));
    let begin = Some(format.header(&columns)).filter(|header| !header.is_empty());
    let export = Export { app, format, columns, begin, rest: Some(search), _large: large };
    let name = format!("spans-{experiment}.{}", format.extension());
    streaming::file(&name, format.content_type(), export).await
}

/// The state of an export.
struct Export {
    app: App,
    format: Format,
    columns: ValueColumns,
    /// The header, until it was sent.
    begin: Option<Bytes>,
    /// The search for the remaining spans.
    rest: Option<SpanSearch>,
    _large: LargeRead,
}

impl ChunkedBody for Export {
    /// The next page, as a part of the file.
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        if let Some(begin) = self.begin.take() {
            return Ok(Some(begin));
        }
        let Some(mut search) = self.rest.take() else { return Ok(None) };
        let page = self.app.traces.search_spans(search.clone()).await?;
        if page.next_page_token.is_some() {
            search.page_token = page.next_page_token;
            self.rest = Some(search);
        }
        // Values are read however long it takes, so that none are missing.
        let rows = span_rows(&self.app, &self.columns, page.spans, Duration::MAX).await?;
        Ok(Some(self.format.rows(rows, &self.columns)))
    }
}

const COLUMNS: [&str; 24] = [
    "trace_id",
    "span_id",
    "parent_span_id",
    "start_time",
    "name",
    "type",
    "status",
    "error",
    "duration_ms",
    "first_token_ms",
    "model",
    "provider",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cached_tokens",
    "cost",
    "trace_name",
    "trace_state",
    "request_time",
    "session",
    "user",
    "version",
    "environment",
];

fn cells(span: FoundSpan) -> [String; 24] {
    fn text<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    [
        span.trace_id,
        span.span_id,
        text(span.parent_span_id),
        TimestampMs(span.start_time_ms).to_string(),
        span.name,
        text(span.r#type),
        span.status.to_owned(),
        text(span.error),
        text(span.duration_ms),
        text(span.first_token_ms),
        text(span.model),
        text(span.provider),
        text(span.input_tokens),
        text(span.output_tokens),
        text(span.total_tokens),
        text(span.cached_tokens),
        text(span.cost),
        text(span.trace_name),
        span.trace_state.to_owned(),
        TimestampMs(span.request_time_ms).to_string(),
        text(span.session),
        text(span.user),
        text(span.version),
        text(span.environment),
    ]
}
