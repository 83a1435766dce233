//! Hashes of inputs, by which traces with equal inputs are found.
//!
//! Inputs are equal if they are equal as JSON: the order of keys and the form of numbers do not
//! matter. Texts that are not JSON are compared as they are.
use kansoku_model::SpanId;
use kansoku_otlp::{ChunkView, SpanField, preview, tree_bytes};
use serde_json::Value;
use xxhash_rust::xxh3::Xxh3Default;

use crate::{ScannedInputs, StoreError};

/// The hash of a trace without inputs, which is that of `null`.
pub const NONE: u64 = 0;

/// JSON whose tree takes more bytes is compared as text.
const TREE_BYTES_MAX: usize = 32 << 20;

/// The largest integers that a number with a fraction can represent exactly.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// The hash of inputs in JSON, or in any other text.
pub fn of_text(text: &str) -> u64 {
    of_json(text).unwrap_or_else(|| {
        let mut hasher = Xxh3Default::new();
        feed_text(&mut hasher, text);
        hasher.digest()
    })
}

/// The hash of a JSON text; `None` if it is invalid, as truncated JSON is.
pub fn of_json(text: &str) -> Option<u64> {
    if TREE_BYTES_MAX < tree_bytes(text.as_bytes()) {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    if value.is_null() {
        return Some(NONE);
    }
    let mut hasher = Xxh3Default::new();
    feed(&mut hasher, &value);
    Some(hasher.digest())
}

/// The hashes that are known without the payload: from the inputs in the metadata, which clients
/// truncate, and from the preview.
pub fn scanned(recorded: Option<&str>, preview: Option<&str>) -> ScannedInputs {
    let is_truncated = |text: &str| {
        text.ends_with("...")
            || text.ends_with('…')
            || text.char_indices().nth(preview::CHARS_MAX - 1).is_some()
    };
    ScannedInputs {
        whole: recorded.and_then(of_json),
        preview: preview.map(of_text),
        is_truncated: preview.is_some_and(is_truncated),
    }
}

/// The hash of the inputs of a span in this OTLP.
pub fn read(otlp: &[u8], root: SpanId) -> Result<u64, StoreError> {
    let unreadable = |error| StoreError::backend("read the inputs of a trace", error);
    let chunk = ChunkView::decode(otlp).map_err(unreadable)?;
    Ok(chunk.field(root, &SpanField::Inputs).map_or(NONE, |field| of_text(&field.text)))
}

fn feed(hasher: &mut Xxh3Default, value: &Value) {
    match value {
        Value::Null => hasher.update(b"n"),
        Value::Bool(true) => hasher.update(b"t"),
        Value::Bool(false) => hasher.update(b"f"),
        Value::String(text) => feed_text(hasher, text),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => feed_integer(hasher, integer),
            (None, Some(float)) if float.fract() == 0.0 && float.abs() < EXACT_MAX => {
                feed_integer(hasher, float as i64);
            }
            _ => {
                hasher.update(b"#");
                feed_text(hasher, &number.to_string());
            }
        },
        Value::Array(items) => {
            hasher.update(b"[");
            items.iter().for_each(|item| feed(hasher, item));
            hasher.update(b"]");
        }
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            hasher.update(b"{");
            for (key, value) in entries {
                feed_text(hasher, key);
                feed(hasher, value);
            }
            hasher.update(b"}");
        }
    }
}

fn feed_integer(hasher: &mut Xxh3Default, integer: i64) {
    hasher.update(b"i");
    hasher.update(&integer.to_le_bytes());
}

/// With its length, so that the texts of a list are not run together.
fn feed_text(hasher: &mut Xxh3Default, text: &str) {
    hasher.update(b"s");
    hasher.update(&(text.len() as u64).to_le_bytes());
    hasher.update(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_equal_if_they_are_equal_as_json() {
        for (a, b) in [
            (
                r#"{"a": 1, "b": [2, {"c": null, "d": "x"}]}"#,
                r#"{"b":[2.0,{"d":"x","c":null}],"a":1}"#,
            ),
            ("  true ", "true"),
            (r#""\u00e9""#, r#""é""#),
            ("1e3", "1000"),
            ("plain text", "plain text"),
        ] {
            assert_eq!(of_text(a), of_text(b), "{a} {b}");
        }
        for (a, b) in [
            (r#"{"a": 1}"#, r#"{"a": "1"}"#),
            (r#"["ab", "c"]"#, r#"["a", "bc"]"#),
            (r#"[["a"], "b"]"#, r#"[["a", "b"]]"#),
            (r#"{"a": {"b": 1}}"#, r#"{"a": {}, "b": 1}"#),
            ("[1, 2]", "[2, 1]"),
            ("0.5", "0.25"),
            ("18446744073709551615", "18446744073709551614"),
            ("plain", "Plain"),
            ("{\"a\": 1", "{\"a\": 1}"),
        ] {
            assert_ne!(of_text(a), of_text(b), "{a} {b}");
        }
        assert_eq!((of_text("null"), of_json("null")), (NONE, Some(NONE)));
    }

    #[test]
    fn truncated_inputs_are_not_taken_for_whole_ones() {
        let whole = scanned(Some(r#"{"q": "a"}"#), Some("a"));
        assert_eq!(whole.whole, Some(of_text(r#"{"q":"a"}"#)));
        assert!(!whole.is_truncated);
        let truncated = scanned(Some(r#"{"q": "a..."#), Some("{\"q\": \"a..."));
        assert_eq!(truncated.whole, None);
        assert!(truncated.is_truncated);
        let long = "x".repeat(preview::CHARS_MAX);
        assert!(scanned(None, Some(&long)).is_truncated);
        assert!(!scanned(None, Some(&long[1..])).is_truncated);
        assert_eq!(scanned(None, None), ScannedInputs::default());
    }

    #[test]
    fn deep_and_large_inputs_are_compared_as_text() {
        let deep = "[".repeat(100_000);
        assert_eq!(of_text(&deep), of_text(&deep));
        let wide = format!("[{}0]", "[],".repeat(600_000));
        assert_eq!(of_json(&wide), None);
        assert_eq!(of_text(&wide), of_text(&wide));
    }
}
