//! Extracts some spans or log records from stored bytes, decoding no more than necessary.
//!
//! `TracesData` and `LogsData` have the same structure: resources contain scopes, and scopes
//! contain spans or log records. Extracted items are copied unchanged.
use std::collections::HashMap;

use kansoku_model::SpanId;
use prost::DecodeError as Malformed;
use prost::encoding::{WireType, encode_key, encode_varint};
use xxhash_rust::xxh3::xxh3_128;

use crate::DecodeError;
use crate::id;
use crate::wire::{Field, NESTED};

/// The OTLP signal of a part of a trace: spans, or log records that belong to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    Traces,
    Logs,
}

/// The fields of a `Span` and of a `LogRecord` that contain the span id.
const SPAN_ID_OF_SPAN: u32 = 2;
const SPAN_ID_OF_RECORD: u32 = 10;

/// The chosen spans of a chunk, with their resources and scopes. If the chunk contains a span
/// several times, the last one counts. `is_wanted` chooses by id and by the span's size in bytes.
/// Fails if the chunk is not protobuf.
pub fn only_spans(
    chunk: &[u8],
    mut is_wanted: impl FnMut(SpanId, usize) -> bool,
) -> Result<Vec<u8>, DecodeError> {
    let mut ids = Vec::new();
    filter(chunk, 0, &mut |span| {
        ids.push(span_id_in(span, SPAN_ID_OF_SPAN)?);
        Ok(false)
    })?;
    let mut last: HashMap<SpanId, usize> = HashMap::with_capacity(ids.len());
    last.extend(ids.iter().enumerate().filter_map(|(at, id)| Some(((*id)?, at))));
    let mut ids = ids.into_iter().enumerate();
    let kept = filter(chunk, 0, &mut |span| {
        let (at, id) = ids.next().unwrap_or_default();
        Ok(id.is_some_and(|id| last.get(&id) == Some(&at) && is_wanted(id, span.len())))
    })?;
    Ok(kept.unwrap_or_default())
}

/// The chosen log records of a chunk, with their resources and scopes. `is_wanted` chooses by the
/// id of their span, a digest of the record, and its size in bytes. Fails if the chunk is not
/// protobuf.
pub fn only_records(
    chunk: &[u8],
    mut is_wanted: impl FnMut(SpanId, u128, usize) -> bool,
) -> Result<Vec<u8>, DecodeError> {
    let kept = filter(chunk, 0, &mut |record| {
        let id = span_id_in(record, SPAN_ID_OF_RECORD)?;
        Ok(id.is_some_and(|id| is_wanted(id, xxh3_128(record), record.len())))
    })?;
    Ok(kept.unwrap_or_default())
}

/// Copies a message without the items that `keep` rejects; `None` if no item is left, because its
/// scope and resource are then not needed.
fn filter(
    message: &[u8],
    level: usize,
    keep: &mut dyn FnMut(&[u8]) -> Result<bool, Malformed>,
) -> Result<Option<Vec<u8>>, Malformed> {
    let mut out = Vec::new();
    let mut any = false;
    let mut rest = message;
    while let Some(field) = Field::next(&mut rest)? {
        let nested = field.inner.filter(|_| field.tag == NESTED[level]);
        match nested {
            None => out.extend_from_slice(field.whole),
            Some(item) if level + 1 == NESTED.len() => {
                if keep(item)? {
                    any = true;
                    out.extend_from_slice(field.whole);
                }
            }
            Some(inner) => {
                if let Some(kept) = filter(inner, level + 1, keep)? {
                    any = true;
                    encode_key(field.tag, WireType::LengthDelimited, &mut out);
                    encode_varint(kept.len() as u64, &mut out);
                    out.extend_from_slice(&kept);
                }
            }
        }
    }
    Ok(any.then_some(out))
}

/// Calls `each` with the encoded bytes of every span or log record of a chunk.
pub(crate) fn each_item<'a>(
    chunk: &'a [u8],
    each: &mut dyn FnMut(&'a [u8]) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    each_nested(chunk, 0, each)
}

fn each_nested<'a>(
    message: &'a [u8],
    level: usize,
    each: &mut dyn FnMut(&'a [u8]) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let mut rest = message;
    while let Some(field) = Field::next(&mut rest)? {
        match field.inner.filter(|_| field.tag == NESTED[level]) {
            None => {}
            Some(item) if level + 1 == NESTED.len() => each(item)?,
            Some(inner) => each_nested(inner, level + 1, each)?,
        }
    }
    Ok(())
}

/// The fields of a span that determine its position in the trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SpanKey {
    pub(crate) span_id: Option<SpanId>,
    pub(crate) has_parent: bool,
    pub(crate) start_ns: u64,
}

/// Reads the key of a span without decoding its other fields.
pub(crate) fn span_key(span: &[u8]) -> Result<SpanKey, DecodeError> {
    const PARENT_SPAN_ID: u32 = 4;
    const START_TIME_UNIX_NANO: u32 = 7;
    let mut key = SpanKey::default();
    let mut rest = span;
    while let Some(Field { tag, whole, inner }) = Field::next(&mut rest)? {
        match (tag, inner) {
            (SPAN_ID_OF_SPAN, Some(bytes)) => key.span_id = id::span_id(bytes),
            (PARENT_SPAN_ID, Some(bytes)) => key.has_parent = !bytes.is_empty(),
            // A `fixed64`: the eight bytes after the key.
            (START_TIME_UNIX_NANO, None) => {
                key.start_ns = whole.last_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
            }
            _ => {}
        }
    }
    Ok(key)
}

fn span_id_in(item: &[u8], tag: u32) -> Result<Option<SpanId>, Malformed> {
    let mut found = None;
    let mut rest = item;
    while let Some(field) = Field::next(&mut rest)? {
        if let (Some(bytes), true) = (field.inner, field.tag == tag) {
            found = id::span_id(bytes);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
