//! Hashes of the inputs of root spans. For each trace, the chunk with its root is decompressed.
use std::time::Instant;

use kansoku_model::TraceId;
use rusqlite::Connection;

use crate::error::EngineError;
use crate::payload::{otlp, sizes};
use crate::reads::{infos, root_values};
use kansoku_store::InputHashQuery;
use kansoku_store::core::input_hash;
use kansoku_store::core::payload::codec::Codec;

pub(crate) fn read(
    db: &Connection,
    codec: &Codec,
    query: InputHashQuery,
) -> Result<Vec<(TraceId, u64)>, EngineError> {
    let began = Instant::now();
    let mut found = Vec::with_capacity(query.traces.len());
    for trace in query.traces {
        if query.deadline <= began.elapsed() {
            break;
        }
        let Some(id) = infos::find(db, trace.as_str())? else { continue };
        if InputHashQuery::TRACE_BYTES_MAX < sizes::bytes(db, std::slice::from_ref(&trace))? {
            continue;
        }
        let hash = match root_values::root(db, id)? {
            Some(root) => {
                let stored = otlp::some_spans(db, codec, &trace, &[root])?;
                input_hash::read(&stored.otlp, root)?
            }
            None => input_hash::NONE,
        };
        found.push((trace, hash));
    }
    Ok(found)
}
