//! The payload of a trace, from its chunks.
use std::collections::{HashMap, HashSet};

use kansoku_model::{SpanId, TraceId};
use kansoku_otlp::{DecodeError, Signal, SpanSet, only_records, only_spans};

use crate::core::otlp_pages::Progress;
use crate::{
    ChunkInfo, OtlpCursor, OtlpPage, StoreError, StoredSpan, StoredSpans, TraceChunks, TraceReads,
};

/// The most attempts to read all chunks of a trace. Chunks may be merged meanwhile, but only once
/// the trace no longer changes.
pub(super) const ATTEMPTS_MAX: usize = 20;

pub(in crate::traces) async fn spans<S: TraceReads + ?Sized>(
    store: &S,
    trace: &TraceId,
) -> Result<StoredSpans, StoreError> {
    'attempts: for _ in 0..ATTEMPTS_MAX {
        let TraceChunks { info, spans, logs } = store.chunks(trace).await?;
        let (mut chunks, mut records) = (Vec::new(), Vec::new());
        for (of_kind, read) in [(&spans, &mut chunks), (&logs, &mut records)] {
            for ChunkInfo { id, .. } in of_kind {
                match store.chunk(trace, *id).await? {
                    Some(bytes) => read.push(bytes),
                    None => continue 'attempts,
                }
            }
        }
        return Ok(StoredSpans { info, chunks, logs: records });
    }
    Err(StoreError::backend("read spans", "the chunks of the trace change all the time"))
}

pub(in crate::traces) async fn span_bytes<S: TraceReads + ?Sized>(
    store: &S,
    traces: &[TraceId],
) -> Result<u64, StoreError> {
    let mut bytes = 0;
    for trace in traces {
        match store.chunks(trace).await {
            Ok(chunks) => {
                bytes += chunks.spans.iter().chain(&chunks.logs).map(|it| it.bytes).sum::<u64>();
            }
            Err(StoreError::TraceNotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

pub(in crate::traces) async fn some_spans<S: TraceReads + ?Sized>(
    store: &S,
    trace: &TraceId,
    spans: &[SpanId],
) -> Result<StoredSpan, StoreError> {
    let stored = self::spans(store, trace).await?;
    let mut missing: HashSet<SpanId> = spans.iter().copied().collect();
    let mut messages = Vec::new();
    // The newest chunk that has a span has its latest version.
    for chunk in stored.chunks.iter().rev() {
        let mut found = Vec::new();
        let kept = only_spans(chunk, |span, _| {
            let is_wanted = missing.contains(&span);
            found.extend(is_wanted.then_some(span));
            is_wanted
        });
        messages.push(kept.map_err(unreadable)?);
        found.iter().for_each(|span| {
            missing.remove(span);
        });
    }
    let found: HashSet<SpanId> =
        spans.iter().copied().filter(|span| !missing.contains(span)).collect();
    let mut logs = Vec::new();
    for chunk in stored.logs.iter().filter(|_| !found.is_empty()) {
        let records = only_records(chunk, |of, _, _| found.contains(&of)).map_err(unreadable)?;
        logs.extend(Some(records).filter(|records| !records.is_empty()));
    }
    messages.reverse();
    Ok(StoredSpan { otlp: messages.concat(), logs })
}

pub(in crate::traces) async fn otlp<S: TraceReads + ?Sized>(
    store: &S,
    trace: &TraceId,
    signal: Signal,
    mut cursor: OtlpCursor,
) -> Result<Option<OtlpPage>, StoreError> {
    let bytes_max = cursor.page_bytes_max;
    let mut progress: Progress = cursor.take_place();
    let stored = spans(store, trace).await?;
    let mut otlp = Vec::new();
    let mut room = Some(bytes_max);
    match signal {
        Signal::Traces => {
            let newest = newest_chunks(&stored.chunks)?;
            for (n, chunk) in stored.chunks.iter().enumerate() {
                let kept = only_spans(chunk, |span, bytes| {
                    newest.get(&span.0) == Some(&n)
                        && progress.take(span.0.into(), bytes, &mut room)
                });
                otlp.extend(kept.map_err(unreadable)?);
            }
        }
        Signal::Logs => {
            for chunk in &stored.logs {
                let kept =
                    only_records(chunk, |_, digest, bytes| progress.take(digest, bytes, &mut room));
                otlp.extend(kept.map_err(unreadable)?);
            }
        }
    }
    cursor.set_place(progress);
    Ok((!otlp.is_empty()).then_some(OtlpPage { otlp, next: cursor }))
}

/// For each span, the index of the chunk with its latest version.
fn newest_chunks(chunks: &[Vec<u8>]) -> Result<HashMap<u64, usize>, StoreError> {
    let mut newest = HashMap::new();
    for (n, chunk) in chunks.iter().enumerate() {
        let ids = SpanSet::ids(std::slice::from_ref(chunk)).map_err(unreadable)?;
        newest.extend(ids.into_iter().map(|span| (span, n)));
    }
    Ok(newest)
}

/// The bytes were valid when they were stored, so this is an internal error.
fn unreadable(error: DecodeError) -> StoreError {
    StoreError::backend("read the spans of a trace", error)
}
