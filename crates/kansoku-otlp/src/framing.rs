//! Finds the bytes of `TracesData` that are protobuf's framing: keys, lengths and numbers between
//! texts.
use std::ops::Range;

use prost::encoding::{WireType, decode_varint};

use crate::decoded_size::{MESSAGES_DEPTH_MAX, Type};
use crate::wire::NESTED;

/// Calls `each` with every range of bytes that is not part of a text. `bytes` may be truncated, and
/// bytes that are not valid protobuf are skipped.
pub fn each_frame(bytes: &[u8], mut each: impl FnMut(Range<usize>)) {
    walk(bytes, 0, Message::Level(0), MESSAGES_DEPTH_MAX, &mut each);
}

#[derive(Clone, Copy)]
enum Message {
    /// `TracesData` (0), a resource with its scopes (1), or a scope with its spans (2).
    Level(usize),
    Of(Type),
}

impl Message {
    /// The type of the message in field `tag`, if the field contains messages.
    fn child(self, tag: u32) -> Option<Self> {
        match self {
            Self::Level(level) if NESTED[level] == tag => Some(match NESTED.get(level + 1) {
                Some(_) => Self::Level(level + 1),
                None => Self::Of(Type::Span),
            }),
            Self::Level(1) if tag == 1 => Some(Self::Of(Type::Resource)),
            Self::Level(2) if tag == 1 => Some(Self::Of(Type::Scope)),
            Self::Level(_) => None,
            Self::Of(of) => of
                .child(tag)
                .map(|(child, _)| child)
                .filter(|child| *child != Type::Text)
                .map(Self::Of),
        }
    }
}

/// Walks `message`, which begins at `start` in the whole.
fn walk(
    message: &[u8],
    start: usize,
    of: Message,
    depth: usize,
    each: &mut impl FnMut(Range<usize>),
) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let mut rest = message;
    let mut frame_start = start;
    while !rest.is_empty() {
        let Ok(key) = decode_varint(&mut rest) else { break };
        let Ok(tag) = u32::try_from(key >> 3) else { break };
        let skipped = match WireType::try_from(key & 7) {
            Ok(WireType::Varint) => decode_varint(&mut rest).is_ok(),
            Ok(WireType::SixtyFourBit) => skip(&mut rest, 8),
            Ok(WireType::ThirtyTwoBit) => skip(&mut rest, 4),
            Ok(WireType::LengthDelimited) => {
                let Ok(length) = decode_varint(&mut rest) else { break };
                let length = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
                let (inner, after) = rest.split_at(length);
                let inner_start = start + message.len() - rest.len();
                each(frame_start..inner_start);
                frame_start = inner_start + length;
                rest = after;
                if let Some(child) = of.child(tag) {
                    walk(inner, inner_start, child, depth, each);
                }
                true
            }
            _ => false,
        };
        if !skipped {
            return;
        }
    }
    let end = start + message.len() - rest.len();
    if frame_start < end {
        each(frame_start..end);
    }
}

fn skip(rest: &mut &[u8], count: usize) -> bool {
    let after = rest.get(count..);
    *rest = after.unwrap_or_default();
    after.is_some()
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::tests::{data, span};

    /// The bytes with their framing replaced by dots.
    fn texts(bytes: &[u8]) -> String {
        let mut shown = bytes.to_vec();
        each_frame(bytes, |frame| shown[frame].fill(b'.'));
        String::from_utf8_lossy(&shown).into_owned()
    }

    #[test]
    fn texts_and_ids_alone_are_no_framing() {
        let bytes = data(vec![span(1, &[("order", "22 of 22")])]).encode_to_vec();
        let shown = texts(&bytes);
        assert!(shown.contains(".span-1.") && shown.contains(".order."), "{shown}");
        assert!(shown.ends_with(".22 of 22"), "{shown}");
        let ids = [vec![1; 16], 1_u64.to_be_bytes().to_vec()];
        assert!(ids.iter().all(|id| shown.as_bytes().windows(id.len()).any(|it| it == id)));
    }

    #[test]
    fn any_beginning_of_it_can_be_walked() {
        let bytes = data(vec![span(1, &[("order", "22")]), span(2, &[])]).encode_to_vec();
        let whole = texts(&bytes);
        for end in 0..bytes.len() {
            let mut frames = 0;
            each_frame(&bytes[..end], |frame| {
                assert!(frame.start <= frame.end && frame.end <= end);
                frames += frame.len();
            });
            assert!(frames <= whole.len());
        }
    }

    #[test]
    fn bytes_that_are_no_protobuf_are_passed_over() {
        for byte in 0..=u8::MAX {
            each_frame(&[byte; 40], |frame| assert!(frame.end <= 40));
        }
    }
}
