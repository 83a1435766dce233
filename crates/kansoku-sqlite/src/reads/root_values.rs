//! Reads values of root spans. For each trace, the chunk with its root is decompressed.
use std::time::Instant;

use kansoku_model::{SpanId, TraceId};
use rusqlite::{Connection, OptionalExtension};

use crate::error::EngineError;
use crate::payload::{otlp, sizes};
use crate::reads::infos;
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::core::root_values;
use kansoku_store::{RootValues, RootValuesQuery};

pub(crate) fn read(
    db: &Connection,
    codec: &Codec,
    query: &RootValuesQuery,
) -> Result<Vec<(TraceId, RootValues)>, EngineError> {
    let began = Instant::now();
    let mut found = Vec::with_capacity(query.traces.len());
    for trace in &query.traces {
        if query.deadline <= began.elapsed() {
            break;
        }
        let Some(id) = infos::find(db, trace.as_str())? else { continue };
        if RootValuesQuery::TRACE_BYTES_MAX < sizes::bytes(db, std::slice::from_ref(trace))? {
            continue;
        }
        let values = match root(db, id)? {
            Some(root) => {
                let stored = otlp::some_spans(db, codec, trace, &[root])?;
                root_values::read(&stored.otlp, root, &query.wanted)?
            }
            None => RootValues::new(),
        };
        found.push((trace.clone(), values));
    }
    Ok(found)
}

/// The root span of a trace: of several, the earliest.
pub(super) fn root(db: &Connection, trace: i64) -> Result<Option<SpanId>, EngineError> {
    let mut select = db.prepare_cached(
        "select span_id from spans where trace = ?1 and parent_id is null
         order by start_ns, span_id limit 1",
    )?;
    let root: Option<i64> = select.query_row([trace], |row| row.get(0)).optional()?;
    Ok(root.map(|id| SpanId(id.cast_unsigned())))
}
