//! A page of a search for spans: finds traces with such a span, and tests the spans of each.
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use kansoku_filter::Filter;
use kansoku_filter::eval::{Evaluator, NoPayload, SpanPayload, TraceView, root_of};
use kansoku_model::{
    Assessment, RootField, SpanId, SpanRow, TimestampMs, TraceId, TraceInfo, metadata_key,
};
use kansoku_otlp::SpanSet;
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use super::payload::ATTEMPTS_MAX;
use crate::core::chunk_payload::ChunkPayload;
use crate::core::list_bounds::{ListRoom, short_name, span_bytes};
use crate::core::search_token;
use crate::core::span_rows::{self, totals_of_rows};
use crate::{
    FoundSpan, SpanSearch, SpanSearchPage, StoreError, TraceLinks, TraceReads, TraceSearch,
};

/// Traces of one inner search: few at first, since one trace may fill the page.
const TRACES_MIN: usize = 10;
const TRACES_MAX: usize = 100;

pub(in crate::traces) async fn search_spans<S: TraceReads + ?Sized>(
    store: &S,
    search: SpanSearch,
) -> Result<SpanSearchPage, StoreError> {
    let until = Instant::now() + search.deadline;
    let digest = digest(&search);
    let token = search.page_token.as_deref().filter(|token| !token.is_empty());
    let after = token.map(|token| Place::read(token, digest)).transpose()?;
    let (_, of_spans) = search.filter.clone().split_spans();
    let matcher = SpanMatcher::new(&of_spans);
    let to = after.as_ref().map(|place| place.trace_time.0);
    let mut traces = TraceSearch {
        experiments: vec![search.experiment],
        filter: search.filter.with_some_span().and(Filter::between(None, to)),
        order_by: Vec::new(),
        max_results: TRACES_MIN,
        page_token: None,
        deadline: search.deadline,
    };
    let (mut page, mut room) = (SpanSearchPage::default(), ListRoom::default());
    loop {
        traces.deadline = until.saturating_duration_since(Instant::now());
        let found = match store.search(traces.clone()).await {
            Err(StoreError::DeadlineExceeded { .. }) if !page.spans.is_empty() => {
                page.end(digest, true);
                return Ok(page);
            }
            found => found?,
        };
        for info in found.traces {
            let trace = Arc::new(info);
            for span in matcher.spans_of(store, &trace).await? {
                if after.as_ref().is_some_and(|after| Place::new(&trace, &span) <= *after) {
                    continue;
                }
                if page.spans.len() == search.max_results || !room.take(span_bytes(&span)) {
                    page.end(digest, false);
                    return Ok(page);
                }
                let span = SpanRow { name: short_name(&span.name), ..span };
                page.spans.push(FoundSpan { span, trace: trace.clone() });
            }
            if until <= Instant::now() && !page.spans.is_empty() {
                page.end(digest, true);
                return Ok(page);
            }
        }
        if found.next_page_token.is_none() {
            return Ok(page);
        }
        traces.page_token = found.next_page_token;
        traces.max_results = TRACES_MAX;
    }
}

impl SpanSearchPage {
    /// Ends the page after its last span.
    fn end(&mut self, digest: u64, ended_early: bool) {
        let last = self.spans.last().map(|found| Place::new(&found.trace, &found.span));
        self.next_page_token = last.map(|place| place.write(digest));
        self.ended_early = ended_early;
    }
}

/// The position of a span in the order of the search.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    trace_time: Reverse<TimestampMs>,
    trace_id: String,
    start_ns: Reverse<i64>,
    span_id: SpanId,
}

impl Place {
    fn new(trace: &TraceInfo, span: &SpanRow) -> Self {
        Self {
            trace_time: Reverse(trace.request_time),
            trace_id: trace.trace_id.to_string(),
            start_ns: Reverse(span.start_ns),
            span_id: span.span_id,
        }
    }

    /// The trace id comes last, since it may contain any character.
    fn write(&self, digest: u64) -> String {
        let Self { trace_time: Reverse(TimestampMs(trace_ms)), trace_id, start_ns, span_id } = self;
        format!("{trace_ms}.{}.{span_id}.{digest:016x}.{trace_id}", start_ns.0)
    }

    /// Refuses a token of another search.
    fn read(token: &str, digest: u64) -> Result<Self, StoreError> {
        let parsed = || {
            let mut parts = token.splitn(5, '.');
            let trace_time = Reverse(TimestampMs(parts.next()?.parse().ok()?));
            let start_ns = Reverse(parts.next()?.parse().ok()?);
            let span_id = parts.next()?.parse().ok()?;
            if parts.next()? != format!("{digest:016x}") {
                return None;
            }
            let trace_id = parts.next()?.to_owned();
            Some(Self { trace_time, trace_id, start_ns, span_id })
        };
        parsed().ok_or_else(search_token::invalid)
    }
}

/// A digest of the parts of the search that all its pages share.
fn digest(search: &SpanSearch) -> u64 {
    let canonical = format!("{:?}", (search.experiment, &search.filter));
    xxh3_64(canonical.as_bytes())
}

/// The conditions of a filter that single spans are tested with.
struct SpanMatcher<'a> {
    of_spans: &'a Filter,
    evaluator: Evaluator<'a>,
    asks_of_traces: bool,
    asks_for_payload: bool,
}

impl<'a> SpanMatcher<'a> {
    fn new(of_spans: &'a Filter) -> Self {
        Self {
            of_spans,
            evaluator: Evaluator::new(of_spans),
            asks_of_traces: of_spans.asks_of_traces(),
            asks_for_payload: of_spans.asks_for_payload(),
        }
    }

    /// The matching spans of a trace, latest first; none if the trace was deleted meanwhile.
    async fn spans_of<S: TraceReads + ?Sized>(
        &self,
        store: &S,
        info: &TraceInfo,
    ) -> Result<Vec<SpanRow>, StoreError> {
        match self.matching(store, info).await {
            Err(StoreError::TraceNotFound(_)) => Ok(Vec::new()),
            spans => {
                let mut spans = spans?;
                spans.sort_unstable_by_key(|span| (Reverse(span.start_ns), span.span_id));
                Ok(spans)
            }
        }
    }

    async fn matching<S: TraceReads + ?Sized>(
        &self,
        store: &S,
        info: &TraceInfo,
    ) -> Result<Vec<SpanRow>, StoreError> {
        let rows = store.span_rows(&info.trace_id).await?;
        if self.of_spans.is_all() {
            return Ok(rows);
        }
        let context = match self.asks_of_traces {
            true => Context::read(store, &info.trace_id).await?,
            false => Context::default(),
        };
        let trace =
            Trace { info: context.info.as_ref().unwrap_or(info), rows: &rows, context: &context };
        let kept: HashSet<SpanId> = match self.asks_for_payload {
            true => self.kept_by_payload(store, trace).await?,
            false => self.kept(trace, rows.iter(), &NoPayload).into_iter().collect(),
        };
        Ok(rows.into_iter().filter(|row| kept.contains(&row.span_id)).collect())
    }

    /// Tests the spans chunk by chunk, newest first: the newest chunk with a span has its last version.
    async fn kept_by_payload<S: TraceReads + ?Sized>(
        &self,
        store: &S,
        trace: Trace<'_>,
    ) -> Result<HashSet<SpanId>, StoreError> {
        let id = &trace.info.trace_id;
        let root = self.root_payload(store, trace).await?;
        'attempts: for _ in 0..ATTEMPTS_MAX {
            let mut left: Vec<&SpanRow> = trace.rows.iter().collect();
            let mut kept = HashSet::new();
            for chunk in store.chunks(id).await?.spans.iter().rev() {
                let Some(bytes) = store.chunk(id, chunk.id).await? else { continue 'attempts };
                let bytes = [bytes];
                let ids = SpanSet::ids(&bytes).unwrap_or_default();
                let (here, others): (Vec<&SpanRow>, Vec<&SpanRow>) =
                    left.into_iter().partition(|row| ids.contains(&row.span_id.0));
                left = others;
                let [bytes] = bytes;
                let spans = &ChunkPayload::new([bytes]);
                kept.extend(self.kept(trace, here, &PayloadWithRoot { spans, root: &root }));
            }
            let spans = &NoPayload;
            kept.extend(self.kept(trace, left, &PayloadWithRoot { spans, root: &root }));
            return Ok(kept);
        }
        Err(StoreError::backend("search spans", "the chunks of the trace change all the time"))
    }

    /// The root span's content, if conditions ask for its values; its chunk can be another one than
    /// that of the span that is tested.
    async fn root_payload<S: TraceReads + ?Sized>(
        &self,
        store: &S,
        trace: Trace<'_>,
    ) -> Result<ChunkPayload<'static>, StoreError> {
        let root = root_of(trace.rows).filter(|_| self.of_spans.asks_for_root());
        let otlp = match root {
            Some(root) => Some(store.some_spans(&trace.info.trace_id, &[root.span_id]).await?.otlp),
            None => None,
        };
        Ok(ChunkPayload::new(otlp))
    }

    /// The ids of the spans that match.
    fn kept<'s>(
        &self,
        Trace { info, rows, context }: Trace<'_>,
        spans: impl IntoIterator<Item = &'s SpanRow>,
        payload: &dyn SpanPayload,
    ) -> Vec<SpanId> {
        let (usage, cost) = span_rows::shown_totals(info, totals_of_rows(rows));
        let view = TraceView {
            info,
            usage,
            cost,
            run_ids: &context.links.run_ids,
            prompts: &context.prompts,
            spans: rows,
            session_assessments: &context.session_assessments,
            payload,
        };
        let kept = spans.into_iter().filter(|span| self.evaluator.matches_span(&view, span));
        kept.map(|span| span.span_id).collect()
    }
}

/// The content of some spans, and that of the root.
struct PayloadWithRoot<'a> {
    spans: &'a dyn SpanPayload,
    root: &'a dyn SpanPayload,
}

impl SpanPayload for PayloadWithRoot<'_> {
    fn json(&self, span: SpanId) -> Option<Cow<'_, str>> {
        self.spans.json(span)
    }

    fn attribute(&self, span: SpanId, key: &str) -> Option<Cow<'_, str>> {
        self.spans.attribute(span, key)
    }

    fn root_value(&self, root: SpanId, field: &RootField) -> Option<Value> {
        self.root.root_value(root, field)
    }
}

/// A trace whose spans are tested.
#[derive(Clone, Copy)]
struct Trace<'a> {
    info: &'a TraceInfo,
    rows: &'a [SpanRow],
    context: &'a Context,
}

/// The data beside info and spans that conditions on traces need; empty without such conditions.
#[derive(Default)]
struct Context {
    /// With its whole texts.
    info: Option<TraceInfo>,
    links: TraceLinks,
    prompts: Vec<(String, String)>,
    session_assessments: Vec<Assessment>,
}

impl Context {
    async fn read<S: TraceReads + ?Sized>(store: &S, trace: &TraceId) -> Result<Self, StoreError> {
        let info = store.info(trace).await?;
        let links = store.links(std::slice::from_ref(trace)).await?.pop().unwrap_or_default();
        let session_assessments = match info.metadata.get(metadata_key::SESSION) {
            Some(session) => store.session_assessments(info.experiment_id, session).await?,
            None => Vec::new(),
        };
        let prompts =
            links.prompts.iter().map(|of| (of.name.clone(), of.version.clone())).collect();
        Ok(Self { info: Some(info), links, prompts, session_assessments })
    }
}
