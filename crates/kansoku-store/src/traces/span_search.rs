//! Searches for single spans of many traces.
//!
//! The filter is a filter of traces. Its conditions on traces select traces, and its conditions on
//! spans select spans, each tested by itself. The spans are ordered by trace, newest first, and then
//! by start, latest first.
use std::sync::Arc;
use std::time::{Duration, Instant};

use kansoku_filter::Filter;
use kansoku_filter::eval::{Evaluator, SpanValues};
use kansoku_model::{ExperimentId, Money, SpanRow, TimestampMs, TraceInfo};

use crate::{Coverage, NONE, ScanQuery, SpanColumns, SpanProjection, StoreError, TraceStore};

#[derive(Clone, Debug)]
pub struct SpanSearch {
    pub experiment: ExperimentId,
    pub filter: Filter,
    pub max_results: usize,
    /// `next_page_token` of the previous page. The rest of the search must be unchanged.
    pub page_token: Option<String>,
    /// A page that has spans by then ends early; without a span it is an error.
    pub deadline: Duration,
}

#[derive(Clone, Debug, Default)]
pub struct SpanSearchPage {
    pub spans: Vec<FoundSpan>,
    /// Present if there may be more.
    pub next_page_token: Option<String>,
    /// Whether the deadline ended the page.
    pub ended_early: bool,
}

#[derive(Clone, Debug)]
pub struct FoundSpan {
    /// The row, with a long name truncated.
    pub span: SpanRow,
    /// The trace's info as in lists, with long texts truncated.
    pub trace: Arc<TraceInfo>,
}

/// A span that a search finds, with the values that sums over spans need.
#[derive(Clone, Copy, Debug)]
pub struct MatchingSpan<'a> {
    /// The request time of its trace.
    pub trace_time: TimestampMs,
    /// Whether it is the first span of its trace that is given to the visitor.
    pub is_first_of_trace: bool,
    pub values: SpanValues<'a>,
}

/// Spans of a page while pages are summed up.
const PAGE_SPANS: usize = 500;

impl dyn TraceStore {
    /// Adds every span that a search finds to `state`, in any order, and returns it. The coverage
    /// counts the traces that were scanned.
    ///
    /// Reads packed columns if all conditions on spans are about [`SpanValues`], and otherwise the
    /// pages of the search.
    pub async fn fold_matching_spans<T: Send + 'static>(
        &self,
        query: ScanQuery,
        mut state: T,
        mut add: impl FnMut(&mut T, &MatchingSpan<'_>) + Send + 'static,
    ) -> Result<(T, Coverage), StoreError> {
        let (of_traces, of_spans) = query.filter.clone().split_spans();
        if Evaluator::new(&of_spans).asks_for_values_alone() {
            // Packed columns are scanned without a filter only. Rows are read for fewer traces.
            let filter = match of_traces.is_all() {
                true => of_traces,
                false => query.filter.with_some_span(),
            };
            let query = ScanQuery { filter, ..query };
            let add_columns = move |state: &mut T, columns: &SpanColumns| {
                let evaluator = Evaluator::new(&of_spans);
                each_match(columns, &evaluator, &mut |span| add(state, span));
            };
            let columns = SpanProjection { model: true, provider: true, relatives: false };
            return self.fold_span_scan(query, columns, state, add_columns).await;
        }
        let until = Instant::now() + query.deadline;
        let mut search = SpanSearch {
            experiment: query.experiment,
            filter: query.filter.and(Filter::between(query.from, query.to)),
            max_results: PAGE_SPANS,
            page_token: None,
            deadline: query.deadline,
        };
        let mut coverage = Coverage::default();
        let mut last: Option<Arc<TraceInfo>> = None;
        loop {
            search.deadline = until.saturating_duration_since(Instant::now());
            let page = match self.search_spans(search.clone()).await {
                Err(StoreError::DeadlineExceeded { .. }) if last.is_some() => break,
                page => page?,
            };
            for FoundSpan { span, trace } in &page.spans {
                let is_known = |last: &Arc<TraceInfo>| last.trace_id == trace.trace_id;
                let is_first_of_trace = !last.as_ref().is_some_and(is_known);
                coverage.traces += u64::from(is_first_of_trace);
                let trace_time = trace.request_time;
                add(
                    &mut state,
                    &MatchingSpan { trace_time, is_first_of_trace, values: span.into() },
                );
                last = Some(trace.clone());
            }
            search.page_token = page.next_page_token;
            if search.page_token.is_none() {
                coverage.complete = true;
                break;
            }
        }
        let oldest = last.map(|trace| trace.request_time);
        coverage.covered_from = oldest.filter(|_| !coverage.complete);
        Ok((state, coverage))
    }
}

/// Visits the spans of these columns that pass, trace by trace.
fn each_match(
    columns: &SpanColumns,
    evaluator: &Evaluator<'_>,
    each: &mut dyn FnMut(&MatchingSpan<'_>),
) {
    let known = |number: i64| (number != NONE).then_some(number);
    for of_trace in &columns.traces {
        let mut is_first_of_trace = true;
        for n in of_trace.spans.clone() {
            let values = SpanValues {
                name: columns.name.text(n).unwrap_or_default(),
                span_type: columns.span_type.text(n),
                model: columns.model.text(n),
                provider: columns.provider.text(n),
                is_failed: columns.is_failed[n],
                duration_us: known(columns.duration_us[n]),
                total_tokens: known(columns.total_tokens[n]),
                cost: known(columns.cost[n]).map(Money),
            };
            if evaluator.matches_values(&values) {
                let trace_time = of_trace.time;
                each(&MatchingSpan { trace_time, is_first_of_trace, values });
                is_first_of_trace = false;
            }
        }
    }
}
