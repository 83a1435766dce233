//! Reviewed traces, from a search for all traces in scope.
use std::time::Instant;

use kansoku_filter::Filter;

use crate::{
    Coverage, ReviewedQuery, ReviewedTrace, ReviewedVisitor, StoreError, TraceReads, TraceSearch,
};

const PAGE: usize = 500;

pub(in crate::traces) async fn reviewed<S: TraceReads + ?Sized>(
    store: &S,
    query: ReviewedQuery,
    mut visitor: ReviewedVisitor,
) -> Result<Coverage, StoreError> {
    let ReviewedQuery { experiment, name, filter, from, to, traces_max, deadline } = query;
    let began = Instant::now();
    let mut search = TraceSearch {
        experiments: vec![experiment],
        filter: filter.and(Filter::between(from, to)),
        order_by: Vec::new(),
        max_results: PAGE,
        page_token: None,
        deadline,
    };
    let mut coverage = Coverage::default();
    loop {
        let page = store.search(search.clone()).await?;
        for info in page.traces {
            let key = (info.trace_id, info.request_time);
            let Some(trace) = ReviewedTrace::new(key, &name, &info.assessments) else { continue };
            if coverage.traces as usize == traces_max {
                return Ok(coverage);
            }
            coverage.traces += 1;
            coverage.covered_from = Some(trace.time);
            visitor(trace);
        }
        search.page_token = page.next_page_token;
        if search.page_token.is_none() {
            return Ok(Coverage { complete: true, covered_from: None, ..coverage });
        }
        search.deadline = deadline.saturating_sub(began.elapsed());
        if search.deadline.is_zero() {
            return Ok(coverage);
        }
    }
}
