//! Computes, from its encoded bytes, the memory that an OTLP message takes once decoded.
//!
//! An empty message takes two bytes in protobuf and becomes a struct of hundreds of bytes. Because
//! the size is known before anything is decoded, memory can be limited and reserved.
use std::mem::size_of;
use std::ops::Range;

use opentelemetry_proto::tonic::common::v1::{AnyValue, EntityRef, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use prost::DecodeError as Malformed;

use crate::wire::{Field, key_of, only_field};

/// The deepest nesting of messages that protobuf readers accept.
pub(crate) const MESSAGES_DEPTH_MAX: usize = 100;

/// The messages and repeated strings in an OTLP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Resource,
    Scope,
    EntityRef,
    Span,
    Event,
    Link,
    Status,
    LogRecord,
    KeyValue,
    AnyValue,
    ArrayValue,
    KeyValueList,
    Text,
}

/// The type of the messages in a field, with the field's index among the repeated fields of its
/// message; `None` for a field that is not repeated, which is stored inline.
pub(crate) type Child = (Type, Option<usize>);

impl Type {
    pub(crate) fn child(self, tag: u32) -> Option<Child> {
        let list = |place, child| Some((child, Some(place)));
        let one = |child| Some((child, None));
        match (self, tag) {
            (Self::Resource, 1) | (Self::Scope, 3) | (Self::Event, 3) | (Self::Link, 4) => {
                list(0, Self::KeyValue)
            }
            (Self::Resource, 3) => list(1, Self::EntityRef),
            (Self::EntityRef, 3) => list(0, Self::Text),
            (Self::EntityRef, 4) => list(1, Self::Text),
            (Self::Span, 9) | (Self::LogRecord, 6) => list(0, Self::KeyValue),
            (Self::Span, 11) => list(1, Self::Event),
            (Self::Span, 13) => list(2, Self::Link),
            (Self::Span, 15) => one(Self::Status),
            (Self::LogRecord, 5) | (Self::KeyValue, 2) => one(Self::AnyValue),
            (Self::AnyValue, 5) => one(Self::ArrayValue),
            (Self::AnyValue, 6) => one(Self::KeyValueList),
            (Self::ArrayValue, 1) => list(0, Self::AnyValue),
            (Self::KeyValueList, 1) => list(0, Self::KeyValue),
            _ => None,
        }
    }

    /// The size of one element in a list, in bytes.
    fn item_bytes(self) -> usize {
        match self {
            Self::KeyValue => size_of::<KeyValue>(),
            Self::AnyValue => size_of::<AnyValue>(),
            Self::EntityRef => size_of::<EntityRef>(),
            Self::Event => size_of::<Event>(),
            Self::Link => size_of::<Link>(),
            Self::Text => size_of::<String>(),
            Self::Resource
            | Self::Scope
            | Self::Span
            | Self::Status
            | Self::LogRecord
            | Self::ArrayValue
            | Self::KeyValueList => 0,
        }
    }
}

/// The bytes that a message takes on the heap once decoded, without its own struct. Fails if it is
/// not protobuf.
pub(crate) fn decoded_bytes(message: &[u8], of: Type) -> Result<usize, Malformed> {
    heap_bytes(message, of, MESSAGES_DEPTH_MAX, &mut |_, _| {})
}

/// [`decoded_bytes`], and the range of the bytes in field `tag`; the last one, if the field is
/// repeated.
pub(crate) fn decoded_bytes_and_field(
    message: &[u8],
    of: Type,
    tag: u32,
) -> Result<(usize, Option<Range<usize>>), Malformed> {
    let mut found = None;
    let bytes = heap_bytes(message, of, MESSAGES_DEPTH_MAX, &mut |seen, range| {
        if seen == tag {
            found = Some(range);
        }
    })?;
    Ok((bytes, found))
}

/// Calls `see` for each length-delimited field of the message itself, not of nested ones.
fn heap_bytes(
    message: &[u8],
    of: Type,
    depth: usize,
    see: &mut impl FnMut(u32, Range<usize>),
) -> Result<usize, Malformed> {
    if of == Type::KeyValue
        && let Some(bytes) = text_attribute_bytes(message)
    {
        return Ok(bytes);
    }
    // The decoder rejects deeper messages.
    let Some(depth) = depth.checked_sub(1) else { return Ok(0) };
    let mut bytes = 0;
    let mut counts = [(0, 0); 3];
    let mut rest = message;
    while let Some(field) = Field::next(&mut rest)? {
        let Some(inner) = field.inner else { continue };
        let end = message.len() - rest.len();
        see(field.tag, end - inner.len()..end);
        match of.child(field.tag) {
            None => bytes += inner.len(),
            Some((child, place)) => {
                if let Some(place) = place {
                    counts[place].0 += 1;
                    counts[place].1 = child.item_bytes();
                }
                bytes += match child {
                    Type::Text => inner.len(),
                    child => inner_bytes(inner, child, depth)?,
                };
            }
        }
    }
    Ok(bytes + counts.map(|(count, item)| list_bytes(count, item)).into_iter().sum::<usize>())
}

/// The size of the most common attribute: a short key and a string.
#[inline]
fn text_attribute_bytes(message: &[u8]) -> Option<usize> {
    const KEY: u8 = key_of(1);
    let [KEY, length @ ..0x80, rest @ ..] = message else { return None };
    let length = usize::from(*length);
    let value = only_field(rest.get(length..)?, key_of(2))?;
    Some(length + only_field(value, key_of(1))?.len())
}

fn inner_bytes(message: &[u8], of: Type, depth: usize) -> Result<usize, Malformed> {
    heap_bytes(message, of, depth, &mut |_, _| {})
}

/// The most bytes that a list takes while it grows to `count` items, one by one.
pub(crate) fn list_bytes(count: usize, item_bytes: usize) -> usize {
    const CAPACITY_MIN: usize = 4;
    if count == 0 {
        return 0;
    }
    let capacity = count.next_power_of_two().max(CAPACITY_MIN);
    // While its capacity doubles, the old buffer exists beside the new one.
    let while_growing = if CAPACITY_MIN < capacity { capacity / 2 } else { 0 };
    (capacity + while_growing).saturating_mul(item_bytes)
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use prost::Message as _;

    use super::*;

    #[test]
    fn an_attribute_takes_its_key_and_its_text() {
        for key in [0, 1, 127, 128, 300] {
            for text in [0, 1, 127, 128, 20_000, 3_000_000] {
                let value = Value::StringValue("x".repeat(text));
                let value = Some(AnyValue { value: Some(value) });
                let attribute = KeyValue { key: "k".repeat(key), value, ..KeyValue::default() };
                let bytes = attribute.encode_to_vec();
                assert_eq!(decoded_bytes(&bytes, Type::KeyValue).unwrap(), key + text);
            }
        }
    }
}
