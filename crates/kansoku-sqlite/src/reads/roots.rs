//! Reads from root spans. For each trace, the chunk with its root is decompressed.
use std::time::{Duration, Instant};

use kansoku_model::{SpanId, TraceId};
use rusqlite::{Connection, OptionalExtension};

use crate::error::EngineError;
use crate::payload::{otlp, sizes};
use crate::reads::infos;
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::core::{input_hash, root_values};
use kansoku_store::{
    InputHashQuery, ROOT_TRACE_BYTES_MAX, RootValues, RootValuesQuery, StoreError,
};

pub(crate) fn values(
    db: &Connection,
    codec: &Codec,
    query: &RootValuesQuery,
) -> Result<Vec<(TraceId, RootValues)>, EngineError> {
    let read = |otlp: &[u8], root| root_values::read(otlp, root, &query.wanted);
    read_roots(db, codec, &query.traces, query.deadline, RootValues::new(), read)
}

pub(crate) fn input_hashes(
    db: &Connection,
    codec: &Codec,
    query: &InputHashQuery,
) -> Result<Vec<(TraceId, u64)>, EngineError> {
    read_roots(db, codec, &query.traces, query.deadline, input_hash::NONE, input_hash::read)
}

/// Reads from the OTLP of each root span. A trace without one has the value `without_root`.
fn read_roots<T: Clone>(
    db: &Connection,
    codec: &Codec,
    traces: &[TraceId],
    deadline: Duration,
    without_root: T,
    read: impl Fn(&[u8], SpanId) -> Result<T, StoreError>,
) -> Result<Vec<(TraceId, T)>, EngineError> {
    let began = Instant::now();
    let mut found = Vec::with_capacity(traces.len());
    for trace in traces {
        if deadline <= began.elapsed() {
            break;
        }
        let Some(id) = infos::find(db, trace.as_str())? else { continue };
        if ROOT_TRACE_BYTES_MAX < sizes::bytes(db, std::slice::from_ref(trace))? {
            continue;
        }
        let value = match root(db, id)? {
            Some(root) => read(&otlp::some_spans(db, codec, trace, &[root])?.otlp, root)?,
            None => without_root.clone(),
        };
        found.push((trace.clone(), value));
    }
    Ok(found)
}

/// The root span of a trace, which is the earliest of several.
fn root(db: &Connection, trace: i64) -> Result<Option<SpanId>, EngineError> {
    let mut select = db.prepare_cached(
        "select span_id from spans where trace = ?1 and parent_id is null
         order by start_ns, span_id limit 1",
    )?;
    let root: Option<i64> = select.query_row([trace], |row| row.get(0)).optional()?;
    Ok(root.map(|id| SpanId(id.cast_unsigned())))
}
