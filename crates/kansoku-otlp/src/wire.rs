//! Reads protobuf messages field by field, without decoding them.
use prost::DecodeError as Malformed;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// The fields of `TracesData` and `LogsData` that contain the next level: resources, scopes, items.
pub(crate) const NESTED: [u32; 3] = [1, 2, 2];

/// A field of an encoded message.
pub(crate) struct Field<'a> {
    pub(crate) tag: u32,
    /// The field's bytes including its key.
    pub(crate) whole: &'a [u8],
    /// The content of a length-delimited field; `None` for numbers.
    pub(crate) inner: Option<&'a [u8]>,
}

impl<'a> Field<'a> {
    #[inline]
    pub(crate) fn next(rest: &mut &'a [u8]) -> Result<Option<Self>, Malformed> {
        if rest.is_empty() {
            return Ok(None);
        }
        let start = *rest;
        if let Some((field, after)) = short_field(start) {
            *rest = after;
            return Ok(Some(field));
        }
        let (tag, wire_type) = decode_key(rest)?;
        let inner = match wire_type {
            WireType::LengthDelimited => {
                let before = *rest;
                let length = usize::try_from(decode_varint(rest)?).unwrap_or(usize::MAX);
                match rest.split_at_checked(length) {
                    Some((inner, after)) => {
                        *rest = after;
                        Some(inner)
                    }
                    None => {
                        // Lets the decoder produce its own error.
                        skip_field(wire_type, tag, &mut &*before, DecodeContext::default())?;
                        None
                    }
                }
            }
            _ => {
                skip_field(wire_type, tag, rest, DecodeContext::default())?;
                None
            }
        };
        let whole = &start[..start.len() - rest.len()];
        Ok(Some(Self { tag, whole, inner }))
    }
}

/// The first field and the bytes after it, if its key takes one byte, its length at most three
/// bytes, and it is well formed. That is true of nearly all fields of OTLP. The general path takes
/// several times as long.
#[inline(always)]
fn short_field(bytes: &[u8]) -> Option<(Field<'_>, &[u8])> {
    let (key @ 0x08..0x80, after) = bytes.split_first()? else { return None };
    let (inner, after) = match key & 7 {
        VARINT => {
            let length = 1 + after.iter().take(9).position(|byte| *byte < 0x80)?;
            (None, &after[length..])
        }
        FIXED_64 => (None, after.get(8..)?),
        FIXED_32 => (None, after.get(4..)?),
        LENGTH_DELIMITED => {
            let (length, after) = short_length(after)?;
            let (inner, after) = after.split_at_checked(length)?;
            (Some(inner), after)
        }
        _ => return None,
    };
    let whole = &bytes[..bytes.len() - after.len()];
    Some((Field { tag: u32::from(key >> 3), whole, inner }, after))
}

const VARINT: u8 = WireType::Varint as u8;
const FIXED_64: u8 = WireType::SixtyFourBit as u8;
const LENGTH_DELIMITED: u8 = WireType::LengthDelimited as u8;
const FIXED_32: u8 = WireType::ThirtyTwoBit as u8;

/// A length of at most three bytes, and the bytes after it.
#[inline(always)]
fn short_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let low = |byte: u8| usize::from(byte & 0x7f);
    match *bytes {
        [a @ ..0x80, ref after @ ..] => Some((usize::from(a), after)),
        [a, b @ ..0x80, ref after @ ..] => Some((low(a) | low(b) << 7, after)),
        [a, b, c @ ..0x80, ref after @ ..] => Some((low(a) | low(b) << 7 | low(c) << 14, after)),
        _ => None,
    }
}

/// The content of the field with this key, if it is the only field of the message.
#[inline]
pub(crate) fn only_field(message: &[u8], key: u8) -> Option<&[u8]> {
    let (first, after) = message.split_first()?;
    let (length, inner) = short_length(after)?;
    (*first == key && inner.len() == length).then_some(inner)
}

/// The key of a length-delimited field.
pub(crate) const fn key_of(tag: u8) -> u8 {
    tag << 3 | LENGTH_DELIMITED
}
