//! Reads the hashes of inputs, trace by trace.
use std::time::Instant;

use kansoku_filter::eval::root_of;
use kansoku_model::TraceId;

use crate::core::input_hash;
use crate::{InputHashQuery, StoreError, TraceReads};

pub(in crate::traces) async fn input_hashes<S: TraceReads + ?Sized>(
    store: &S,
    query: InputHashQuery,
) -> Result<Vec<(TraceId, u64)>, StoreError> {
    let began = Instant::now();
    let mut found = Vec::with_capacity(query.traces.len());
    for trace in query.traces {
        if query.deadline <= began.elapsed() {
            break;
        }
        match of_trace(store, &trace).await {
            Ok(Some(hash)) => found.push((trace, hash)),
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
) -> Result<Option<u64>, StoreError> {
    let rows = store.span_rows(trace).await?;
    if InputHashQuery::TRACE_BYTES_MAX < store.span_bytes(std::slice::from_ref(trace)).await? {
        return Ok(None);
    }
    let Some(root) = root_of(&rows) else { return Ok(Some(input_hash::NONE)) };
    let stored = store.some_spans(trace, &[root.span_id]).await?;
    input_hash::read(&stored.otlp, root.span_id).map(Some)
}
