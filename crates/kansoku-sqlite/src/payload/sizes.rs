//! Uncompressed sizes of traces, without decompressing them.
use kansoku_model::TraceId;
use rusqlite::{Connection, Row};

use crate::error::EngineError;
use crate::payload::chunks::Kind;
use crate::reads::infos;
use kansoku_store::core::payload::codec;
use kansoku_store::{ChunkId, ChunkInfo};

/// Maximum length of a zstd frame header, including the magic number.
const FRAME_HEADER_BYTES_MAX: i64 = 18;

/// Total uncompressed size of the chunks of these traces, in bytes.
pub(crate) fn bytes(db: &Connection, traces: &[TraceId]) -> Result<u64, EngineError> {
    let mut select = db.prepare_cached(
        "select id, raw_bytes, length(bytes), substr(bytes, 1, ?2) from span_chunks
         where trace = ?1",
    )?;
    let mut sum = 0_u64;
    for trace in traces {
        let Some(id) = infos::find(db, trace.as_str())? else { continue };
        for chunk in select.query_map([id, FRAME_HEADER_BYTES_MAX], from_row)? {
            sum = sum.saturating_add(chunk?.bytes);
        }
    }
    Ok(sum)
}

/// A trace's chunks of one kind with their sizes, oldest first.
pub(crate) fn chunks(
    db: &Connection,
    trace: i64,
    kind: Kind,
) -> Result<Vec<ChunkInfo>, EngineError> {
    let mut select = db.prepare_cached(
        "select id, raw_bytes, length(bytes), substr(bytes, 1, ?2) from span_chunks
         where trace = ?1 and kind = ?3 order by id",
    )?;
    let chunks = select.query_map([trace, FRAME_HEADER_BYTES_MAX, kind.number()], from_row)?;
    Ok(chunks.collect::<Result<_, _>>()?)
}

fn from_row(row: &Row<'_>) -> Result<ChunkInfo, rusqlite::Error> {
    let known: Option<i64> = row.get(1)?;
    // Chunks of older versions have no stored size: use the frame's header, or else the compressed
    // size.
    let header = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
    let size = known.map(i64::cast_unsigned).or_else(|| codec::raw_bytes(header));
    let bytes = size.unwrap_or(row.get::<_, i64>(2)?.cast_unsigned());
    Ok(ChunkInfo { id: ChunkId::new(row.get(0)?), bytes })
}
