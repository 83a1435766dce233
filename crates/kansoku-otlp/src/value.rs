//! Conversions of an attribute value between four forms: OTLP, JSON text as MLflow stores it, plain
//! text for filters, and protobuf's JSON.
//!
//! A string that contains the JSON of a string, list or object is treated as that string, list or
//! object, so that clients that serialize their values and clients that send them typed look the
//! same to every reader.
use std::borrow::Cow;
use std::mem::size_of;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use serde::de::IgnoredAny;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::id::to_base64;
use crate::json_tree;
use crate::write;

mod proto_of_json;

/// The deepest nesting of lists and objects; deeper ones stay JSON text. Protobuf readers accept
/// 100 nested messages, and each level takes three.
pub(crate) const DEPTH_MAX: usize = 30;
/// Longer JSON text stays text, because typed it would take several times the memory.
const TYPED_BYTES_MAX: usize = 1 << 20;

/// The JSON text of an attribute.
pub(crate) fn json_text(value: Option<&AnyValue>) -> Cow<'_, str> {
    let Some(value) = value.and_then(|value| value.value.as_ref()) else {
        return Cow::Borrowed("null");
    };
    match value {
        Any::StringValue(text) if is_json(text) => Cow::Borrowed(text),
        // Python's JSON writes these as `NaN` and `Infinity`, and its readers accept them.
        Any::DoubleValue(number) if !number.is_finite() => Cow::Borrowed(not_finite(*number)),
        other => Cow::Owned(to_text(&Json(other))),
    }
}

/// The attribute as filters compare it: strings as they are, anything else as JSON text.
pub(crate) fn plain_text(value: Option<&AnyValue>) -> Cow<'_, str> {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Any::StringValue(text)) => {
            if text.trim_start().starts_with('"')
                && let Ok(inner) = serde_json::from_str::<String>(text)
            {
                return Cow::Owned(inner);
            }
            Cow::Borrowed(text)
        }
        Some(Any::BytesValue(bytes)) => Cow::Owned(to_base64(bytes)),
        _ => json_text(value),
    }
}

/// Whether a value is empty: absent, 0, false, `""`, `[]` or `{}`, or one of the strings `0`,
/// `null`, `[]` and `{}`.
pub(crate) fn is_empty(value: &AnyValue) -> bool {
    match &value.value {
        None | Some(Any::StringValueStrindex(_)) => true,
        Some(Any::StringValue(_) | Any::BytesValue(_)) => {
            let text = plain_text(Some(value));
            matches!(text.trim(), "" | "[]" | "{}" | "null" | "0")
        }
        Some(Any::BoolValue(flag)) => !flag,
        Some(Any::IntValue(number)) => *number == 0,
        Some(Any::DoubleValue(number)) => *number == 0.0,
        Some(Any::ArrayValue(list)) => list.values.is_empty(),
        Some(Any::KvlistValue(object)) => object.values.is_empty(),
    }
}

/// Parses an attribute's JSON text. The result is typed only if it has exactly the same JSON text.
/// It stays a string if it is not JSON, or if the typed value would take much more memory.
pub(crate) fn from_json_text(text: String) -> AnyValue {
    if TYPED_BYTES_MAX < text.len() || !json_tree::fits(&text) {
        return any(Any::StringValue(text));
    }
    let Ok(parsed) = serde_json::from_str::<Value>(&text) else {
        return match text.as_str() {
            "NaN" => any(Any::DoubleValue(f64::NAN)),
            "Infinity" => any(Any::DoubleValue(f64::INFINITY)),
            "-Infinity" => any(Any::DoubleValue(f64::NEG_INFINITY)),
            _ => match without_nan(&text) {
                Some(strict) if is_json(&strict) => from_json_text(strict),
                _ => any(Any::StringValue(text)),
            },
        };
    };
    let scalar = matches!(parsed, Value::Null | Value::Bool(_) | Value::Number(_));
    match from_json(parsed, DEPTH_MAX) {
        Some(typed) if scalar => typed,
        Some(typed) if is_worth_typing(&typed, &text) && json_text(Some(&typed)) == text => typed,
        _ => any(Any::StringValue(text)),
    }
}

/// Whether a typed value takes at most a few times the memory of its JSON text.
pub(crate) fn is_worth_typing(typed: &AnyValue, text: &str) -> bool {
    const TIMES: usize = 3;
    const SMALL_BYTES: usize = 4096;
    text.len() <= SMALL_BYTES || heap_bytes(typed) <= TIMES * text.len()
}

/// The bytes that a value takes on the heap.
pub(crate) fn heap_bytes(value: &AnyValue) -> usize {
    match &value.value {
        Some(Any::StringValue(text)) => text.len(),
        Some(Any::BytesValue(bytes)) => bytes.len(),
        Some(Any::ArrayValue(ArrayValue { values })) => {
            let own = values.capacity() * size_of::<AnyValue>();
            own + values.iter().map(heap_bytes).sum::<usize>()
        }
        Some(Any::KvlistValue(KeyValueList { values })) => {
            let of_entry =
                |entry: &KeyValue| entry.key.len() + entry.value.as_ref().map_or(0, heap_bytes);
            let own = values.capacity() * size_of::<KeyValue>();
            own + values.iter().map(of_entry).sum::<usize>()
        }
        _ => 0,
    }
}

/// Converts JSON; `None` if lists and objects are nested deeper than `depth`.
pub fn from_json(value: Value, depth: usize) -> Option<AnyValue> {
    Some(any(match value {
        Value::Null => return Some(AnyValue { value: None }),
        Value::Bool(flag) => Any::BoolValue(flag),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Any::IntValue(whole),
            None => Any::DoubleValue(number.as_f64()?),
        },
        Value::String(text) => Any::StringValue(text),
        Value::Array(items) => {
            let depth = depth.checked_sub(1)?;
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                values.push(from_json(item, depth)?);
            }
            Any::ArrayValue(ArrayValue { values })
        }
        Value::Object(fields) => {
            let depth = depth.checked_sub(1)?;
            let mut values = Vec::with_capacity(fields.len());
            for (key, value) in fields {
                let value = Some(from_json(value, depth)?);
                values.push(KeyValue { key, value, key_strindex: 0 });
            }
            Any::KvlistValue(KeyValueList { values })
        }
    }))
}

/// Writes an attribute in protobuf's JSON; a string of JSON is parsed.
pub(crate) fn write_proto_attribute(out: &mut Vec<u8>, value: Option<&AnyValue>) {
    let Some(Any::StringValue(text)) = value.and_then(|value| value.value.as_ref()) else {
        return write_proto_value(out, value);
    };
    let start = out.len();
    if !proto_of_json::write(out, text) {
        out.truncate(start);
        write_proto_value(out, value);
    }
}

/// Writes a value in protobuf's JSON, without parsing strings.
pub(crate) fn write_proto_value(out: &mut Vec<u8>, value: Option<&AnyValue>) {
    let Some(value) = value.and_then(|value| value.value.as_ref()) else {
        return out.extend_from_slice(b"{}");
    };
    let kind: &[u8] = match value {
        Any::StringValue(_) | Any::BytesValue(_) => b"{\"string_value\":",
        Any::BoolValue(_) => b"{\"bool_value\":",
        Any::IntValue(_) => b"{\"int_value\":",
        Any::DoubleValue(_) => b"{\"double_value\":",
        Any::ArrayValue(_) => b"{\"array_value\":",
        Any::KvlistValue(_) => b"{\"kvlist_value\":",
        Any::StringValueStrindex(_) => b"{",
    };
    out.extend_from_slice(kind);
    match value {
        Any::StringValue(text) => write::string(out, text),
        Any::BytesValue(bytes) => write::base64(out, bytes),
        Any::BoolValue(flag) => write::whole(out, flag),
        Any::IntValue(number) => write::whole(out, number),
        Any::DoubleValue(number) if number.is_finite() => write::double(out, *number),
        Any::DoubleValue(number) => write::string(out, not_finite(*number)),
        Any::ArrayValue(list) => {
            values(out, &list.values, |out, value| write_proto_value(out, Some(value)));
        }
        Any::KvlistValue(object) => values(out, &object.values, |out, entry| {
            out.extend_from_slice(b"{\"key\":");
            write::string(out, &entry.key);
            out.extend_from_slice(b",\"value\":");
            write_proto_value(out, entry.value.as_ref());
            out.push(b'}');
        }),
        Any::StringValueStrindex(_) => {}
    }
    out.push(b'}');
}

/// Writes a message with one repeated field, which protobuf omits if it is empty.
fn values<T>(out: &mut Vec<u8>, items: &[T], item: impl FnMut(&mut Vec<u8>, &T)) {
    out.push(b'{');
    if !items.is_empty() {
        write::name(out, "values");
        write::list(out, items, item);
    }
    out.push(b'}');
}

/// A value within a JSON document: bytes are base64, NaN and infinities are strings.
pub(crate) struct Json<'a>(pub(crate) &'a Any);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Any::StringValue(text) => serializer.serialize_str(text),
            Any::BoolValue(flag) => serializer.serialize_bool(*flag),
            Any::IntValue(number) => serializer.serialize_i64(*number),
            Any::DoubleValue(number) if number.is_finite() => serializer.serialize_f64(*number),
            Any::DoubleValue(number) => serializer.serialize_str(not_finite(*number)),
            Any::BytesValue(bytes) => serializer.serialize_str(&to_base64(bytes)),
            Any::ArrayValue(list) => serializer.collect_seq(list.values.iter().map(JsonOrNull)),
            Any::KvlistValue(object) => JsonObject(&object.values).serialize(serializer),
            Any::StringValueStrindex(_) => serializer.serialize_unit(),
        }
    }
}

struct JsonOrNull<'a>(&'a AnyValue);

impl Serialize for JsonOrNull<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.value.as_ref().map(Json).serialize(serializer)
    }
}

/// Attributes as a JSON object.
pub(crate) struct JsonObject<'a>(pub(crate) &'a [KeyValue]);

impl Serialize for JsonObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.0.len()))?;
        for entry in self.0 {
            let value = entry.value.as_ref().and_then(|value| value.value.as_ref());
            object.serialize_entry(&entry.key, &value.map(Json))?;
        }
        object.end()
    }
}

/// JSON with a space after `,` and `:`, as Python writes it, because users write text filters
/// against that.
pub(crate) fn to_text(value: &impl Serialize) -> String {
    let mut text = Vec::with_capacity(128);
    write_text(&mut text, value);
    String::from_utf8(text).expect("JSON is UTF-8")
}

/// Like [`to_text`], but appends to `out`.
pub(crate) fn write_text(out: &mut Vec<u8>, value: &impl Serialize) {
    let mut serializer = serde_json::Serializer::with_formatter(out, Spaced);
    value.serialize(&mut serializer).expect("keys are strings and a Vec takes every write");
}

struct Spaced;

impl serde_json::ser::Formatter for Spaced {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
    ) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}

/// Whether a text is the JSON of a string, list or object. Numbers and booleans do not count: `"1"`
/// sent as a string stays a string.
pub(crate) fn is_json(text: &str) -> bool {
    let start = text.trim_start_matches([' ', '\t', '\n', '\r']);
    start.starts_with(['"', '{', '[']) && serde_json::from_str::<IgnoredAny>(start).is_ok()
}

/// Puts Python's bare `NaN` and `Infinity` in quotes; `None` if there are none.
pub(crate) fn without_nan(text: &str) -> Option<String> {
    const WORDS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
    let mut strict = String::with_capacity(text.len() + 8);
    let (mut rest, mut changed) = (text, false);
    while let Some(at) = rest.find(['"', 'N', '-', 'I']) {
        strict.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(word) = WORDS.into_iter().find(|word| rest.starts_with(word)) {
            strict.extend(["\"", word, "\""]);
            rest = &rest[word.len()..];
            changed = true;
            continue;
        }
        let end = if rest.starts_with('"') { end_of_string(rest) } else { 1 };
        strict.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    strict.push_str(rest);
    changed.then_some(strict)
}

/// The position after the closing quote of the JSON string that `text` begins with.
fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

pub(crate) fn not_finite(number: f64) -> &'static str {
    match number {
        number if number.is_nan() => "NaN",
        number if 0.0 < number => "Infinity",
        _ => "-Infinity",
    }
}

pub(crate) fn any(value: Any) -> AnyValue {
    AnyValue { value: Some(value) }
}

#[cfg(test)]
mod tests;
