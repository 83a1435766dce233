//! How large traces are once unpacked, without unpacking them.
use kansoku_model::TraceId;
use rusqlite::Connection;

use super::{codec, infos};
use crate::StoreError;

/// No header of a zstd frame is longer.
const FRAME_HEADER_BYTES_MAX: i64 = 18;

/// How many bytes the chunks of these traces have once decompressed.
pub(super) fn bytes(db: &Connection, traces: &[TraceId]) -> Result<u64, StoreError> {
    let mut select = db.prepare_cached(
        "select raw_bytes, length(bytes), substr(bytes, 1, ?2) from span_chunks where trace = ?1",
    )?;
    let mut sum = 0_u64;
    for trace in traces {
        let Some(id) = infos::find(db, trace.as_str())? else { continue };
        let mut rows = select.query([id, FRAME_HEADER_BYTES_MAX])?;
        while let Some(row) = rows.next()? {
            let known: Option<i64> = row.get(0)?;
            // Chunks from before sizes were written down: their frames tell, or count as they are.
            let header = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            let size = known.map(i64::cast_unsigned).or_else(|| codec::raw_bytes(header));
            sum = sum.saturating_add(size.unwrap_or(row.get::<_, i64>(1)?.cast_unsigned()));
        }
    }
    Ok(sum)
}
