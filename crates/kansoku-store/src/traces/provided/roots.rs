//! Reads from root spans, trace by trace.
use std::time::{Duration, Instant};

use kansoku_filter::eval::root_of;
use kansoku_model::{SpanId, TraceId};

use crate::core::{input_hash, root_values};
use crate::{
    InputHashQuery, ROOT_TRACE_BYTES_MAX, RootValues, RootValuesQuery, StoreError, TraceReads,
};

pub(in crate::traces) async fn root_values<S: TraceReads + ?Sized>(
    store: &S,
    query: RootValuesQuery,
) -> Result<Vec<(TraceId, RootValues)>, StoreError> {
    let RootValuesQuery { traces, wanted, deadline } = query;
    let read = |otlp: &[u8], root| root_values::read(otlp, root, &wanted);
    read_roots(store, traces, deadline, RootValues::new(), read).await
}

pub(in crate::traces) async fn input_hashes<S: TraceReads + ?Sized>(
    store: &S,
    query: InputHashQuery,
) -> Result<Vec<(TraceId, u64)>, StoreError> {
    let InputHashQuery { traces, deadline } = query;
    read_roots(store, traces, deadline, input_hash::NONE, input_hash::read).await
}

/// Reads from the OTLP of each root span. A trace without one has the value `without_root`.
async fn read_roots<S: TraceReads + ?Sized, T: Clone + Send>(
    store: &S,
    traces: Vec<TraceId>,
    deadline: Duration,
    without_root: T,
    read: impl Fn(&[u8], SpanId) -> Result<T, StoreError> + Send,
) -> Result<Vec<(TraceId, T)>, StoreError> {
    let began = Instant::now();
    let mut found = Vec::with_capacity(traces.len());
    for trace in traces {
        if deadline <= began.elapsed() {
            break;
        }
        let value = match root_otlp(store, &trace).await {
            Ok(Root::Span(otlp, root)) => read(&otlp, root)?,
            Ok(Root::None) => without_root.clone(),
            Ok(Root::TooLarge) | Err(StoreError::TraceNotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        found.push((trace, value));
    }
    Ok(found)
}

enum Root {
    /// With the OTLP that contains it.
    Span(Vec<u8>, SpanId),
    None,
    /// The trace is too large to be read.
    TooLarge,
}

async fn root_otlp<S: TraceReads + ?Sized>(store: &S, trace: &TraceId) -> Result<Root, StoreError> {
    let rows = store.span_rows(trace).await?;
    if ROOT_TRACE_BYTES_MAX < store.span_bytes(std::slice::from_ref(trace)).await? {
        return Ok(Root::TooLarge);
    }
    let Some(root) = root_of(&rows) else { return Ok(Root::None) };
    Ok(Root::Span(store.some_spans(trace, &[root.span_id]).await?.otlp, root.span_id))
}
