//! Computes, before a JSON text is parsed, the memory that its tree will take.
//!
//! `[[0],[0],…` becomes more than a hundred times as large as the text.
use std::mem::size_of;

use serde_json::Value;

use crate::decoded_size::list_bytes;

/// The nodes of a tree may take this many bytes, or [`NODES_TIMES`] times the text if that is more.
const NODES_BYTES_MIN: usize = 4 << 20;
const NODES_TIMES: usize = 4;
/// No text of up to this size becomes a tree larger than [`NODES_BYTES_MIN`].
const SMALL_TEXT_BYTES: usize = 16 << 10;
/// The deepest nesting that `serde_json` accepts.
const DEPTH_MAX: usize = 128;

/// The most bytes that a [`Value`] of this text takes while it is parsed. For invalid JSON, a bound
/// on what the parser has built when it fails.
pub fn tree_bytes(json: &[u8]) -> usize {
    nodes_bytes(json).saturating_add(json.len())
}

/// Parses JSON. `None` if it is invalid, or if the tree would take much more memory than the text.
pub(crate) fn parse(json: &str) -> Option<Value> {
    fits(json).then(|| serde_json::from_str(json).ok()).flatten()
}

/// Whether the tree of this text takes little enough memory.
pub(crate) fn fits(json: &str) -> bool {
    json.len() <= SMALL_TEXT_BYTES
        || nodes_bytes(json.as_bytes()) <= NODES_BYTES_MIN.max(NODES_TIMES * json.len())
}

/// An open list or object, with the number of commas in it so far.
#[derive(Clone, Copy, Default)]
struct Open {
    is_object: bool,
    has_items: bool,
    commas: usize,
}

impl Open {
    fn bytes(self) -> usize {
        let count = self.commas + usize::from(self.has_items);
        if self.is_object { object_bytes(count) } else { list_bytes(count, size_of::<Value>()) }
    }
}

fn nodes_bytes(json: &[u8]) -> usize {
    let mut open = [Open::default(); DEPTH_MAX];
    let mut depth = 0;
    let mut bytes: usize = size_of::<Value>();
    let mut rest = json.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => continue,
            b'{' | b'[' => {
                if 0 < depth {
                    open[depth - 1].has_items = true;
                }
                if depth == DEPTH_MAX {
                    break;
                }
                open[depth] = Open { is_object: *byte == b'{', ..Open::default() };
                depth += 1;
                continue;
            }
            b'}' | b']' => {
                let Some(inner) = depth.checked_sub(1) else { break };
                depth = inner;
                bytes = bytes.saturating_add(open[depth].bytes());
                continue;
            }
            b',' if 0 < depth => open[depth - 1].commas += 1,
            b'"' => skip_string(&mut rest),
            _ => {}
        }
        if 0 < depth {
            open[depth - 1].has_items = true;
        }
    }
    // Lists and objects that are open at the end of invalid JSON were built, too.
    open[..depth].iter().fold(bytes, |bytes, open| bytes.saturating_add(open.bytes()))
}

/// Advances past the end of a string whose opening quote was read.
pub(crate) fn skip_string(rest: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                rest.next();
            }
            _ => {}
        }
    }
}

/// The most bytes that an `IndexMap` of `count` fields takes while it grows: a list of fields, and
/// a hash table of their indices that is at most seven eighths full.
fn object_bytes(count: usize) -> usize {
    const FIELD_BYTES: usize = size_of::<(u64, String, Value)>();
    const PLACE_BYTES: usize = size_of::<usize>() + 1;
    const GROUP_BYTES: usize = 16;
    const BUCKETS_MIN: usize = 4;
    if count == 0 {
        return 0;
    }
    let buckets = (count * 8).div_ceil(7).next_power_of_two().max(BUCKETS_MIN);
    let whole = buckets * (FIELD_BYTES + PLACE_BYTES) + GROUP_BYTES;
    // While its capacity doubles, the old buffer exists beside the new one.
    if buckets == BUCKETS_MIN { whole } else { whole + whole / 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_strings_is_not_structure() {
        let text = r#"{"a,[{": "\",[[[{{{", "b": 1}"#;
        assert_eq!(nodes_bytes(text.as_bytes()), size_of::<Value>() + object_bytes(2));
        assert_eq!(nodes_bytes(b"[]"), size_of::<Value>());
        let two = size_of::<Value>() + list_bytes(2, size_of::<Value>());
        assert_eq!(nodes_bytes(b"[ [] , {} ]"), two);
        assert_eq!(nodes_bytes(b"[1, 2"), two);
    }

    #[test]
    fn a_dense_text_is_not_parsed_and_a_chat_is() {
        let dense = format!("[{}[0]]", "[0],".repeat(100_000));
        assert!(parse(&dense).is_none());
        let message = format!(r#"{{"role": "user", "content": "{}"}}"#, "words ".repeat(30));
        let chat =
            format!(r#"{{"messages": [{}{message}]}}"#, format!("{message},").repeat(10_000));
        assert!(parse(&chat).is_some());
        for text in ["", "]", "[[[[", "\"", "{\"a\\"] {
            assert!(parse(text).is_none());
        }
        assert!(parse(&"[".repeat(100_000)).is_none());
    }
}
