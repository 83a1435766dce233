//! Reads values of root spans, trace by trace.
use std::time::Instant;

use kansoku_filter::eval::root_of;
use kansoku_model::TraceId;

use crate::core::root_values;
use crate::{RootValues, RootValuesQuery, StoreError, TraceReads};

pub(in crate::traces) async fn root_values<S: TraceReads + ?Sized>(
    store: &S,
    query: RootValuesQuery,
) -> Result<Vec<(TraceId, RootValues)>, StoreError> {
    let began = Instant::now();
    let mut found = Vec::with_capacity(query.traces.len());
    for trace in &query.traces {
        if query.deadline <= began.elapsed() {
            break;
        }
        match of_trace(store, trace, &query).await {
            Ok(Some(values)) => found.push((trace.clone(), values)),
            Ok(None) | Err(StoreError::TraceNotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// `None` if the trace is too large.
async fn of_trace<S: TraceReads + ?Sized>(
    store: &S,
    trace: &TraceId,
    query: &RootValuesQuery,
) -> Result<Option<RootValues>, StoreError> {
    let rows = store.span_rows(trace).await?;
    if RootValuesQuery::TRACE_BYTES_MAX < store.span_bytes(std::slice::from_ref(trace)).await? {
        return Ok(None);
    }
    let Some(root) = root_of(&rows) else { return Ok(Some(RootValues::new())) };
    let stored = store.some_spans(trace, &[root.span_id]).await?;
    root_values::read(&stored.otlp, root.span_id, &query.wanted).map(Some)
}
