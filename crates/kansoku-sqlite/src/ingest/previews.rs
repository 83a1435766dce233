//! Previews of a trace's request and response: their packed form, and previews from log records.
//! Log records and spans arrive in any order, so such a preview is kept until its root span
//! arrives.
use std::sync::Arc;

use kansoku_model::SpanPreviews;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, OptionalExtension, params};
use xxhash_rust::xxh3::xxh3_64;

use crate::error::EngineError;
use kansoku_store::StoreError;
use kansoku_store::core::fold::trace_row::TraceRow;
use kansoku_store::core::payload::codec::Codec;

/// Registers `pack_previews(request, response)` for writing, and `request_in(previews)` and
/// `response_in(previews)` for reading.
pub(crate) fn register(db: &Connection, codec: &Arc<Codec>) -> Result<(), Error> {
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let packer = codec.clone();
    db.create_scalar_function("pack_previews", 2, pure, move |ctx| {
        let text = |at| match ctx.get_raw(at) {
            ValueRef::Text(text) => Some(text),
            _ => None,
        };
        pack(&packer, text(0), text(1)).map_err(function_failed)
    })?;
    for (name, request) in [("request_in", true), ("response_in", false)] {
        let codec = codec.clone();
        db.create_scalar_function(name, 1, pure, move |ctx| match ctx.get_raw(0) {
            ValueRef::Blob(packed) => unpack(&codec, packed, request).map_err(function_failed),
            _ => Ok(None),
        })?;
    }
    Ok(())
}

fn function_failed(error: EngineError) -> Error {
    Error::UserFunctionError(Box::new(error))
}

/// Uncompressed, without checksum; written by older versions.
const PLAIN: u8 = 0;
const COMPRESSED: u8 = 1;
/// Uncompressed, after a checksum of four bytes.
const CHECKED: u8 = 2;
/// Shorter texts do not get smaller by compression.
const COMPRESSED_BYTES_MIN: usize = 64;

/// The format: one byte for the form, then each text after its length plus one in four bytes, where
/// zero means none.
fn pack(
    codec: &Codec,
    request: Option<&[u8]>,
    response: Option<&[u8]>,
) -> Result<Option<Vec<u8>>, EngineError> {
    if request.is_none() && response.is_none() {
        return Ok(None);
    }
    let mut texts = Vec::new();
    for text in [request, response] {
        let len = text.map_or(0, |text| text.len() + 1);
        texts.extend_from_slice(&u32::try_from(len).unwrap_or(0).to_le_bytes());
        texts.extend_from_slice(text.unwrap_or_default());
    }
    let (form, body) = match texts.len() {
        COMPRESSED_BYTES_MIN.. => (COMPRESSED, codec.compress(&texts)?),
        _ => (CHECKED, [&checksum(&texts)[..], &texts].concat()),
    };
    let mut packed = vec![form];
    packed.extend_from_slice(&body);
    Ok(Some(packed))
}

fn checksum(texts: &[u8]) -> [u8; 4] {
    (xxh3_64(texts) as u32).to_le_bytes()
}

fn unpack(codec: &Codec, packed: &[u8], request: bool) -> Result<Option<String>, EngineError> {
    let damaged = || StoreError::damaged("its previews are not as they were written");
    let (form, body) = packed.split_first().ok_or_else(damaged)?;
    let texts = match *form {
        COMPRESSED => codec.decompress(body)?,
        PLAIN => body.to_vec(),
        CHECKED => match body.split_first_chunk::<4>() {
            Some((sum, texts)) if checksum(texts) == *sum => texts.to_vec(),
            _ => return Err(damaged().into()),
        },
        _ => return Err(damaged().into()),
    };
    let (first, rest) = take(&texts).ok_or_else(damaged)?;
    let (second, _) = take(rest).ok_or_else(damaged)?;
    let text = if request { first } else { second };
    Ok(text.map(|text| String::from_utf8_lossy(text).into_owned()))
}

/// The compressed frame in packed previews; `None` if they are not compressed.
pub(crate) fn frame_of(packed: &[u8]) -> Option<&[u8]> {
    packed.split_first().filter(|(form, _)| **form == COMPRESSED).map(|(_, frame)| frame)
}

/// Compresses a trace's previews again, with the current dictionary of the connection's codec.
/// Unreadable previews stay unchanged.
pub(crate) fn repack(db: &Connection, trace: i64) -> Result<(), EngineError> {
    let mut update = db.prepare_cached(
        "update traces set previews = pack_previews(request_in(previews), response_in(previews))
         where id = ?1",
    )?;
    if let Err(error) = update.execute([trace]) {
        tracing::warn!(trace.row = trace, %error, "the previews of a trace cannot be read");
    }
    Ok(())
}

/// The first text in `bytes`, and the rest.
fn take(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<4>()?;
    match u32::from_le_bytes(*len).checked_sub(1) {
        None => Some((None, rest)),
        Some(len) => {
            let (text, rest) = rest.split_at_checked(len as usize)?;
            Some((Some(text), rest))
        }
    }
}

pub(crate) fn put(
    db: &Connection,
    trace: i64,
    previews: &[SpanPreviews],
) -> Result<(), EngineError> {
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

/// Sets previews of the trace from log records of its root span, where it has none.
pub(crate) fn fill(db: &Connection, trace: i64, record: &mut TraceRow) -> Result<(), EngineError> {
    let Some(root) = record.root_span() else { return Ok(()) };
    if record.has_previews() {
        return Ok(());
    }
    let mut select = db.prepare_cached(
        "select request, response from span_previews where trace = ?1 and span_id = ?2",
    )?;
    let row = |row: &rusqlite::Row<'_>| {
        Ok(SpanPreviews { span_id: root, request: row.get(0)?, response: row.get(1)? })
    };
    let found = select.query_row([trace, root.0.cast_signed()], row).optional()?;
    if let Some(found) = found {
        record.fill_previews(&found);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews_are_read_as_written() {
        let codec = Codec::new();
        let long = "What is snow? ".repeat(50);
        for (request, response) in [
            (None, None),
            (Some("a"), None),
            (None, Some("")),
            (Some(&*long), Some("ice")),
            (Some(""), Some(&*long)),
        ] {
            let packed =
                pack(&codec, request.map(str::as_bytes), response.map(str::as_bytes)).unwrap();
            let read =
                |first| packed.as_ref().and_then(|packed| unpack(&codec, packed, first).unwrap());
            assert_eq!(read(true).as_deref(), request);
            assert_eq!(read(false).as_deref(), response);
        }
        assert!(unpack(&codec, &[PLAIN, 9, 0, 0, 0], true).is_err());
        let old = [&[PLAIN, 2, 0, 0, 0][..], b"a", &[0; 4]].concat();
        assert_eq!(unpack(&codec, &old, true).unwrap().as_deref(), Some("a"));
    }
}
