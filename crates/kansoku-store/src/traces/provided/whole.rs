//! Whole traces, read one after the other.
use kansoku_model::TraceId;

use crate::core::whole_trace_room::{WholeTraceRoom, WholeTraceStep};
use crate::{StoreError, TraceReads, WholeTrace, WholeTraceLimits, WholeTraces};

pub(in crate::traces) async fn whole_traces<S: TraceReads + ?Sized>(
    store: &S,
    traces: &[TraceId],
    limits: WholeTraceLimits,
) -> Result<WholeTraces, StoreError> {
    let (mut read, mut room) = (WholeTraces::default(), WholeTraceRoom::new(limits));
    for trace in traces {
        let chunks = match store.chunks(trace).await {
            Ok(chunks) => chunks,
            Err(StoreError::TraceNotFound(_)) => {
                read.looked_at += 1;
                continue;
            }
            Err(error) => return Err(error),
        };
        match room.step(chunks.spans.iter().map(|chunk| chunk.bytes).sum()) {
            WholeTraceStep::End => break,
            WholeTraceStep::Omit => {}
            WholeTraceStep::Read => match whole_trace(store, trace).await {
                Ok(whole) => read.traces.extend(
                    whole.map(|whole| WholeTrace { has_logs: !chunks.logs.is_empty(), ..whole }),
                ),
                // It was deleted meanwhile.
                Err(StoreError::TraceNotFound(_)) => {}
                Err(error) => return Err(error),
            },
        }
        read.looked_at += 1;
    }
    Ok(read)
}

async fn whole_trace<S: TraceReads + ?Sized>(
    store: &S,
    trace: &TraceId,
) -> Result<Option<WholeTrace>, StoreError> {
    let Some(listed) = store.list_items(std::slice::from_ref(trace)).await?.pop() else {
        return Ok(None);
    };
    let rows = store.span_rows(trace).await?;
    let stored = store.spans(trace).await?;
    let (usage, cost) = (listed.summary.usage, listed.summary.cost);
    let (info, chunks) = (stored.info, stored.chunks);
    Ok(Some(WholeTrace { info, usage, cost, rows, chunks, has_logs: false }))
}
