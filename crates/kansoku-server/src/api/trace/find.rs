//! A text search in the spans of one trace, one page of its OTLP at a time.
use std::{collections::HashSet, sync::Arc};

use axum::{Json, http::Method};
use kansoku_mlflow::{FieldError, page::check_max_results};
use kansoku_model::{Scope, SpanId, TraceId};
use kansoku_otlp::{DecodeError, FoundText, Signal, SpanSet, Words};
use kansoku_store::{OtlpCursor, OtlpPage};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{
    TracePath,
    span::{damaged, decoded_bytes, spans_in},
};
use crate::{
    ApiError, App,
    http::{
        extract::{Path, Query},
        streaming::off_thread,
    },
    route_table::Routes,
};

const HITS_DEFAULT: usize = 200;
const HITS_MAX: usize = 1000;
const WORDS_CHARS_MAX: usize = 1000;
/// The number of spans that are read together with their log records.
const SPANS_AT_ONCE: usize = 50;
/// The OTLP that is searched at a time, in bytes; each page decompresses its chunk again.
const PAGE_BYTES: usize = 8 << 20;
/// The memory charged for decoding a page, in bytes.
const PAGE_CHARGE: usize = 4 * PAGE_BYTES;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::GET, "3.0/kansoku/traces/{trace_id}/find", find_in_trace);
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindQuery {
    /// the words to find, as one text
    q: String,
    /// the maximum number of hits, 1 to 1,000
    max_results: Option<i64>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FindResult {
    /// Sorted by the start of their spans.
    hits: Vec<FindHit>,
    /// Whether the list contains all hits.
    complete: bool,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FindHit {
    span_id: String,
    /// `name`, `inputs`, `outputs`, `attributes.KEY`, `events.N`, `events.N.KEY`, `status.message`.
    field: String,
    before: String,
    r#match: String,
    after: String,
}

/// `GET /api/3.0/kansoku/traces/{trace_id}/find?q=…`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/traces/{trace_id}/find",
    summary = "Finds text in a trace, ignoring case",
    params(TracePath, FindQuery),
    responses((status = 200, body = FindResult)),
)]
pub(super) async fn find_in_trace(
    app: App,
    Path(TracePath { trace_id: trace }): Path<TracePath>,
    Query(query): Query<FindQuery>,
) -> Result<Json<FindResult>, ApiError> {
    let words = parse_words(&query.q)?;
    let max_results = check_max_results(query.max_results, HITS_DEFAULT, HITS_MAX)?;
    let until = Instant::now() + app.limits.search_deadline;
    // One more than requested shows whether there are more.
    let mut search =
        Search { app, trace, words: Arc::new(words), room: max_results + 1, hits: Vec::new() };
    let in_time = search.run(until).await?;
    let mut hits = search.hits;
    let complete = in_time && hits.len() <= max_results;
    hits.truncate(max_results);
    hits.sort_by_key(|(span, start_ns, _)| (*start_ns, *span));
    let hits = hits.into_iter().map(|(span, _, found)| hit(span, found)).collect();
    Ok(Json(FindResult { hits, complete }))
}

fn parse_words(text: &str) -> Result<Words, ApiError> {
    if WORDS_CHARS_MAX < text.chars().count() {
        let message = format!("`q` is longer than {WORDS_CHARS_MAX} characters");
        return Err(ApiError::invalid(message));
    }
    Words::parse(text).ok_or_else(|| FieldError::Missing("q".to_owned()).into())
}

fn hit(span: SpanId, found: FoundText) -> FindHit {
    let FoundText { field, before, matched, after } = found;
    FindHit { span_id: span.to_string(), field, before, r#match: matched, after }
}

struct Search {
    app: App,
    trace: TraceId,
    words: Arc<Words>,
    /// The most hits to find.
    room: usize,
    hits: Vec<(SpanId, u64, FoundText)>,
}

impl Search {
    /// Runs the search; returns whether it was completed in time.
    async fn run(&mut self, until: Instant) -> Result<bool, ApiError> {
        // Spans whose log records contain the words are searched together with these records.
        let (in_logs, mut in_time) = self.spans_of_logs(until).await?;
        for some in in_logs.chunks(SPANS_AT_ONCE) {
            let mut charge = self.app.reads.charge(PAGE_BYTES).await?;
            let stored = self.app.traces.some_spans(&self.trace, some).await?;
            charge.set(decoded_bytes(&stored));
            self.look(move || spans_in(&stored), |_| true).await?;
        }
        let in_logs: HashSet<SpanId> = in_logs.into_iter().collect();
        let mut cursor = Some(OtlpCursor::with_page_bytes(PAGE_BYTES));
        while let Some(at) = cursor.take().filter(|_| in_time && self.hits.len() < self.room) {
            let _charge = self.app.reads.charge(PAGE_CHARGE).await?;
            let Some(OtlpPage { otlp, next }) = self.page(Signal::Traces, at).await? else {
                break;
            };
            if self.words.may_be_in(&otlp) {
                let in_logs = in_logs.clone();
                self.look(
                    move || SpanSet::from_chunks(&[otlp]),
                    move |span| !in_logs.contains(&span),
                )
                .await?;
            }
            cursor = Some(next);
            in_time = Instant::now() < until;
        }
        Ok(in_time)
    }

    async fn spans_of_logs(&self, until: Instant) -> Result<(Vec<SpanId>, bool), ApiError> {
        let (mut spans, mut in_time) = (HashSet::new(), true);
        let mut cursor = OtlpCursor::with_page_bytes(PAGE_BYTES);
        let _charge = self.app.reads.charge(PAGE_CHARGE).await?;
        while let Some(OtlpPage { otlp, next }) = self.page(Signal::Logs, cursor).await? {
            if self.words.may_be_in(&otlp) {
                let words = self.words.clone();
                let told = off_thread(move || SpanSet::told_of_in_logs(otlp, &words)).await;
                spans.extend(told.map_err(damaged)?);
            }
            in_time = Instant::now() < until;
            if !in_time || self.room <= spans.len() {
                break;
            }
            cursor = next;
        }
        Ok((spans.into_iter().collect(), in_time))
    }

    async fn page(&self, signal: Signal, cursor: OtlpCursor) -> Result<Option<OtlpPage>, ApiError> {
        Ok(self.app.traces.otlp(&self.trace, signal, cursor).await?)
    }

    async fn look(
        &mut self,
        spans: impl FnOnce() -> Result<SpanSet, DecodeError> + Send + 'static,
        wanted: impl Fn(SpanId) -> bool + Send + 'static,
    ) -> Result<(), ApiError> {
        let (words, room) = (self.words.clone(), self.room - self.hits.len());
        let found = off_thread(move || Ok(spans()?.find(&words, room, wanted)));
        self.hits.extend(found.await.map_err(damaged)?);
        Ok(())
    }
}
