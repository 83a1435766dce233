//! Protobuf messages field by field, without decoding them.
use prost::DecodeError as Malformed;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// The field in which each level of `TracesData` and `LogsData` holds the next one: resources,
/// scopes, items.
pub(crate) const NESTED: [u32; 3] = [1, 2, 2];

/// A field of a message as it stands in the bytes.
pub(crate) struct Field<'a> {
    pub(crate) tag: u32,
    /// With its key.
    pub(crate) whole: &'a [u8],
    /// What is in it, unless it is a number.
    pub(crate) inner: Option<&'a [u8]>,
}

impl<'a> Field<'a> {
    #[inline]
    pub(crate) fn next(rest: &mut &'a [u8]) -> Result<Option<Self>, Malformed> {
        if rest.is_empty() {
            return Ok(None);
        }
        let start = *rest;
        // Most fields have a key and a length of one byte.
        if let [key @ 0x08..0x80, length @ ..0x80, after @ ..] = start
            && key & 7 == WireType::LengthDelimited as u8
            && let Some((inner, after)) = after.split_at_checked(usize::from(*length))
        {
            *rest = after;
            let whole = &start[..start.len() - after.len()];
            return Ok(Some(Self { tag: u32::from(key >> 3), whole, inner: Some(inner) }));
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
                        // Fails in the decoder's own words.
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
