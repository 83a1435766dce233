//! Reads the OTLP of a trace: some spans of it, or all of it in pages.
use std::collections::{BTreeMap, HashSet, VecDeque};

use kansoku_model::{SpanId, TraceId};
use kansoku_otlp::{DecodeError, Signal, only_records, only_spans};
use rusqlite::{Connection, OptionalExtension};

use crate::error::EngineError;
use crate::payload::chunks::{self, Kind};
use crate::reads::infos;
use kansoku_store::StoreError;
use kansoku_store::core::otlp_pages::Progress;
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::{OtlpCursor, OtlpPage, StoredSpan};

pub(crate) fn span(
    db: &Connection,
    codec: &Codec,
    trace: &TraceId,
    span: SpanId,
) -> Result<StoredSpan, EngineError> {
    let found = some_spans(db, codec, trace, &[span])?;
    match found.otlp.is_empty() {
        true => Err(StoreError::SpanNotFound { trace: trace.clone(), span }.into()),
        false => Ok(found),
    }
}

/// Those of the spans that are stored. Each chunk is decompressed once.
pub(crate) fn some_spans(
    db: &Connection,
    codec: &Codec,
    trace: &TraceId,
    spans: &[SpanId],
) -> Result<StoredSpan, EngineError> {
    let id = infos::id_of(db, trace)?;
    let mut wanted: BTreeMap<i64, HashSet<SpanId>> = BTreeMap::new();
    for span in spans {
        if let Some(chunk) = chunk_of(db, id, *span)? {
            wanted.entry(chunk).or_default().insert(*span);
        }
    }
    let mut otlp = Vec::new();
    for (chunk, spans) in &wanted {
        let frame = chunks::frame(db, id, *chunk)?;
        let frame = frame.ok_or_else(|| StoreError::backend("read a span", "its chunk is gone"))?;
        let bytes = chunks::decompress(db, codec, id, &frame)?;
        let kept = only_spans(&bytes, |span, _| spans.contains(&span));
        otlp.extend_from_slice(&kept.map_err(damaged)?);
    }
    let mut logs = Vec::new();
    if !wanted.is_empty() {
        let is_wanted = |span| wanted.values().any(|spans| spans.contains(&span));
        for chunk in chunks::ids_after(db, id, Kind::Logs, 0)? {
            let Some(frame) = chunks::frame(db, id, chunk)? else { continue };
            let bytes = chunks::decompress(db, codec, id, &frame)?;
            let records = only_records(&bytes, |of, _, _| is_wanted(of));
            logs.extend(Some(records.map_err(damaged)?).filter(|records| !records.is_empty()));
        }
    }
    Ok(StoredSpan { otlp, logs })
}

/// The state of a cursor.
#[derive(Default)]
struct Place {
    chunks: VecDeque<i64>,
    last_chunk: i64,
    progress: Progress,
}

/// The next page of spans or records of a trace, of about the size that the cursor requests. Leaves
/// out what the cursor has returned already, and spans that were replaced by a later version. A
/// chunk that does not fit is read again for the next page.
pub(crate) fn page(
    db: &Connection,
    codec: &Codec,
    trace: &TraceId,
    signal: Signal,
    mut cursor: OtlpCursor,
) -> Result<Option<OtlpPage>, EngineError> {
    let bytes_max = cursor.page_bytes_max;
    let mut next: Place = cursor.take_place();
    let trace = infos::id_of(db, trace)?;
    let kind = match signal {
        Signal::Traces => Kind::Spans,
        Signal::Logs => Kind::Logs,
    };
    let mut otlp = Vec::new();
    while otlp.len() < bytes_max {
        let Some(chunk) = next.chunks.pop_front() else {
            // Includes chunks that compaction has created since the last read.
            next.chunks.extend(chunks::ids_after(db, trace, kind, next.last_chunk)?);
            match next.chunks.back() {
                Some(last) => next.last_chunk = *last,
                None => break,
            }
            continue;
        };
        let Some(frame) = chunks::frame(db, trace, chunk)? else { continue };
        let mut room = Some(bytes_max - otlp.len());
        let bytes = chunks::decompress(db, codec, trace, &frame)?;
        let kept = match signal {
            Signal::Traces => {
                let mut failed = None;
                let kept = only_spans(&bytes, |span, bytes| match chunk_of(db, trace, span) {
                    Ok(newest) => {
                        newest == Some(chunk) && next.progress.take(span.0.into(), bytes, &mut room)
                    }
                    Err(error) => {
                        failed = Some(error);
                        false
                    }
                });
                failed.map_or(Ok(kept), Err)?
            }
            Signal::Logs => only_records(&bytes, |_, digest, bytes| {
                next.progress.take(digest, bytes, &mut room)
            }),
        };
        otlp.extend_from_slice(&kept.map_err(damaged)?);
        if room.is_none() {
            next.chunks.push_front(chunk);
            break;
        }
    }
    cursor.set_place(next);
    Ok((!otlp.is_empty()).then_some(OtlpPage { otlp, next: cursor }))
}

/// The chunk with the current version of a span.
fn chunk_of(db: &Connection, trace: i64, span: SpanId) -> Result<Option<i64>, EngineError> {
    let mut select =
        db.prepare_cached("select chunk from spans where trace = ?1 and span_id = ?2")?;
    Ok(select.query_row([trace, span.0.cast_signed()], |row| row.get(0)).optional()?)
}

/// Bytes were valid when they were stored.
fn damaged(error: DecodeError) -> StoreError {
    StoreError::backend("read the spans of a trace", error)
}
