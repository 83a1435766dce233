//! Writes JSON directly into bytes, without building a tree.
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Writes a string with its quotes.
pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    escape(out, text.as_bytes());
    out.push(b'"');
}

/// Writes `"name":`.
pub(crate) fn name(out: &mut Vec<u8>, name: &str) {
    string(out, name);
    out.push(b':');
}

pub(crate) fn whole(out: &mut Vec<u8>, number: impl std::fmt::Display) {
    write!(out, "{number}").expect("a Vec takes every write");
}

/// Writes a finite number in the fewest digits that parse to the same number; `0.0` keeps its
/// point.
pub(crate) fn double(out: &mut Vec<u8>, number: f64) {
    serde_json::to_writer(out, &number).expect("a Vec takes every write");
}

/// Writes bytes as a string in base64.
pub(crate) fn base64(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    let written = STANDARD.encode_slice(bytes, &mut out[start..]);
    out.truncate(start + written.expect("base64 takes four bytes for three"));
    out.push(b'"');
}

/// Writes bytes as a string of hex digits.
pub(crate) fn hex(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for byte in bytes {
        write!(out, "{byte:02x}").expect("a Vec takes every write");
    }
    out.push(b'"');
}

/// Writes items in brackets, separated by commas.
pub(crate) fn list<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    item: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    self::items(out, items, item);
    out.push(b']');
}

/// Writes items as [`list`] does, without the brackets.
pub(crate) fn items<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut item: impl FnMut(&mut Vec<u8>, T),
) {
    for (n, it) in items.into_iter().enumerate() {
        if 0 < n {
            out.push(b',');
        }
        item(out, it);
    }
}

/// Copies runs of bytes without escapes at once, because nearly all of a prompt is one run.
fn escape(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut rest = bytes;
    loop {
        let plain = plain_run(rest);
        out.extend_from_slice(&rest[..plain]);
        let Some(byte) = rest.get(plain) else { return };
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            control => write!(out, "\\u{control:04x}").expect("a Vec takes every write"),
        }
        rest = &rest[plain + 1..];
    }
}

/// The number of leading bytes that need no escape. It compares eight bytes at a time.
fn plain_run(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES * 0x80;
    // The lowest set high bit marks the first byte that needs an escape; higher ones may be wrong.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let mut run = 0;
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        let word = u64::from_le_bytes(word.try_into().expect("chunks of eight"));
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let special = control
            | zeros(word ^ (ONES * u64::from(b'"')))
            | zeros(word ^ (ONES * u64::from(b'\\')));
        if special != 0 {
            return run + special.trailing_zeros() as usize / 8;
        }
        run += 8;
    }
    let needs_escape = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
    let rest = words.remainder();
    run + rest.iter().position(needs_escape).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// serde_json is the reference for the escapes of a string.
        #[test]
        fn strings_are_escaped_as_json_wants_it(text in "[\\x00-\\x7f\"\\\\é漢😀]{0,40}") {
            let mut out = Vec::new();
            string(&mut out, &text);
            prop_assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn bytes_come_back_from_base64(bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
            let mut out = Vec::new();
            base64(&mut out, &bytes);
            let text: String = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(crate::id::from_base64(&text).unwrap(), bytes);
        }
    }
}
