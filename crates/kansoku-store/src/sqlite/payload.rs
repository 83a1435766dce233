//! The OTLP bytes of a trace, a chunk at a time or only measured.
use kansoku_model::TraceId;
use rusqlite::Connection;
use zstd::zstd_safe::get_frame_content_size;

use super::infos;
use crate::StoreError;

/// No header of a zstd frame is longer.
const FRAME_HEADER_BYTES_MAX: i64 = 18;

/// How many bytes the chunks of these traces have once decompressed: their headers tell.
pub(super) fn bytes(db: &Connection, traces: &[TraceId]) -> Result<u64, StoreError> {
    let mut select = db.prepare_cached(
        "select length(bytes), substr(bytes, 1, ?2) from span_chunks where trace = ?1",
    )?;
    let mut sum = 0_u64;
    for trace in traces {
        let Some(id) = infos::find(db, trace.as_str())? else { continue };
        let mut rows = select.query([id, FRAME_HEADER_BYTES_MAX])?;
        while let Some(row) = rows.next()? {
            let header = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let stored: i64 = row.get(0)?;
            // One without its size in the header counts as it is.
            let size = get_frame_content_size(header).ok().flatten();
            sum = sum.saturating_add(size.unwrap_or(stored.cast_unsigned()));
        }
    }
    Ok(sum)
}
