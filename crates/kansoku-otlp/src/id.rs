//! Trace and span ids as text: hex in OTLP's JSON, base64 or hex in MLflow's.
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{GeneralPurposeConfig, STANDARD};

pub(crate) const TRACE_ID_BYTES: usize = 16;
pub(crate) const SPAN_ID_BYTES: usize = 8;

/// Base64 with or without padding, because senders write both.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decodes hex. Short ids are padded with leading zeros to `bytes`, longer ones stay longer. `None`
/// if `text` is not hex.
pub(crate) fn from_hex(text: &str, bytes: usize) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let mut id = vec![0; bytes.max(digits.len().div_ceil(2))];
    if digits.is_empty() {
        return Some(Vec::new());
    }
    for (place, digit) in digits.iter().rev().enumerate() {
        let nibble = (*digit as char).to_digit(16)? as u8;
        let last = id.len() - 1;
        id[last - place / 2] |= nibble << (4 * (place % 2));
    }
    Some(id)
}

/// Decodes an id in any form that MLflow's clients have written: base64, hex, `0x…` or `tr-…`.
///
/// Base64 may begin with `0x` by chance, but its padding is not a hex digit.
pub(crate) fn from_any(text: &str, bytes: usize) -> Option<Vec<u8>> {
    let bare = text.strip_prefix("tr-").or_else(|| text.strip_prefix("0x"));
    match bare.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        Some(hex) => from_hex(hex, bytes),
        None if text.len() == 2 * bytes => from_hex(text, bytes),
        None => from_base64(text),
    }
}

/// Decodes base64 in the standard or the URL alphabet, with or without padding.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    if text.contains(['-', '_']) {
        return LENIENT.decode(text.replace('-', "+").replace('_', "/")).ok();
    }
    LENIENT.decode(text).ok()
}

pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The span id in these bytes; `None` unless they are eight and not all zero.
pub(crate) fn span_id(bytes: &[u8]) -> Option<kansoku_model::SpanId> {
    let id = u64::from_be_bytes(bytes.try_into().ok()?);
    (id != 0).then_some(kansoku_model::SpanId(id))
}

/// The trace id in these bytes; `None` unless they are sixteen and not all zero.
pub(crate) fn trace_id(bytes: &[u8]) -> Option<[u8; TRACE_ID_BYTES]> {
    let id: [u8; TRACE_ID_BYTES] = bytes.try_into().ok()?;
    (id != [0; TRACE_ID_BYTES]).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_in_base64_may_begin_like_hex() {
        let id = [&[0xd3, 0x1a][..], &[7; TRACE_ID_BYTES - 2]].concat();
        let text = to_base64(&id);
        assert!(text.starts_with("0x"), "{text}");
        assert_eq!(from_any(&text, TRACE_ID_BYTES), Some(id));
    }

    #[test]
    fn every_form_gives_the_same_id() {
        let id = vec![0xab; SPAN_ID_BYTES];
        for text in ["abababababababab", "0xabababababababab", "q6urq6urq6s=", "q6urq6urq6s"] {
            assert_eq!(from_any(text, SPAN_ID_BYTES).as_ref(), Some(&id), "{text}");
        }
    }
}
