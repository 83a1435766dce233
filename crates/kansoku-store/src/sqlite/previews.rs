//! What log records tell of spans' inputs and outputs, for the trace's row.
//!
//! Records and spans come in any order, so a preview waits here for the root it is of.
use kansoku_model::SpanPreviews;
use rusqlite::{Connection, OptionalExtension, params};

use super::record::TraceRecord;
use crate::StoreError;

pub(super) fn put(
    db: &Connection,
    trace: i64,
    previews: &[SpanPreviews],
) -> Result<(), StoreError> {
    let mut upsert = db.prepare_cached(
        "insert into span_previews (trace, span_id, request, response) values (?1, ?2, ?3, ?4)
         on conflict (trace, span_id) do update set
             request = coalesce(excluded.request, request),
             response = coalesce(excluded.response, response)",
    )?;
    for SpanPreviews { span_id, request, response } in previews {
        upsert.execute(params![trace, span_id.0.cast_signed(), request, response])?;
    }
    Ok(())
}

/// Gives the record the previews of its root, where the root has none of its own.
pub(super) fn fill(
    db: &Connection,
    trace: i64,
    record: &mut TraceRecord,
) -> Result<(), StoreError> {
    let Some(root) = record.root_span() else { return Ok(()) };
    if record.request_preview.is_some() && record.response_preview.is_some() {
        return Ok(());
    }
    let mut select = db.prepare_cached(
        "select request, response from span_previews where trace = ?1 and span_id = ?2",
    )?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found = select.query_row([trace, root.0.cast_signed()], row).optional()?;
    if let Some((request, response)) = found {
        record.request_preview = record.request_preview.take().or(request);
        record.response_preview = record.response_preview.take().or(response);
    }
    Ok(())
}
