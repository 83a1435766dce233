//! Values of attributes as text, for layout v1.
//!
//! A `MAP<STRING, STRING>` forgets whether `5` was a number. If a list of attributes has values that
//! are not strings, its map has one more entry, [`TYPES`](super::reserved::TYPES): one letter per
//! other entry, in their order.
use std::borrow::Cow;
use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use prost::Message;
use serde_json::{Map, Value};

/// The letter of a type in the entry `TYPES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextType {
    String,
    Bool,
    Int,
    Double,
    /// Base64.
    Bytes,
    /// A list or an object as JSON.
    Json,
    /// A list or an object that JSON cannot express, because there are bytes in it, numbers that are
    /// not finite or repeated keys: its protobuf in base64.
    Protobuf,
    /// No value.
    Null,
}

impl TextType {
    pub(super) fn letter(self) -> char {
        match self {
            Self::String => 's',
            Self::Bool => 'b',
            Self::Int => 'i',
            Self::Double => 'd',
            Self::Bytes => 'x',
            Self::Json => 'j',
            Self::Protobuf => 'p',
            Self::Null => 'n',
        }
    }

    pub(super) fn from_letter(letter: char) -> Option<Self> {
        const ALL: [TextType; 8] = [
            TextType::String,
            TextType::Bool,
            TextType::Int,
            TextType::Double,
            TextType::Bytes,
            TextType::Json,
            TextType::Protobuf,
            TextType::Null,
        ];
        ALL.into_iter().find(|it| it.letter() == letter)
    }
}

/// The text of a value, and its type.
pub(super) fn to_text(value: Option<&AnyValue>) -> (TextType, Option<Cow<'_, str>>) {
    let Some(value) = value else { return (TextType::Null, None) };
    let owned = |text_type, text: String| (text_type, Some(Cow::Owned(text)));
    match &value.value {
        None => (TextType::Null, None),
        Some(Any::StringValue(text)) => (TextType::String, Some(Cow::Borrowed(text))),
        Some(Any::BoolValue(flag)) => owned(TextType::Bool, flag.to_string()),
        Some(Any::IntValue(number)) => owned(TextType::Int, number.to_string()),
        // `{:?}` writes the shortest text that gives the same number, also of very large ones.
        Some(Any::DoubleValue(number)) => owned(TextType::Double, format!("{number:?}")),
        Some(Any::BytesValue(bytes)) => owned(TextType::Bytes, STANDARD.encode(bytes)),
        Some(Any::ArrayValue(_) | Any::KvlistValue(_) | Any::StringValueStrindex(_)) => {
            match to_json(value) {
                Some(json) => owned(TextType::Json, json.to_string()),
                None => owned(TextType::Protobuf, STANDARD.encode(value.encode_to_vec())),
            }
        }
    }
}

/// The value of a text; `None` if the text is not of this type.
pub(super) fn from_text(text_type: TextType, text: &str) -> Option<AnyValue> {
    let value = match text_type {
        TextType::String => Any::StringValue(text.to_owned()),
        TextType::Bool => Any::BoolValue(text.parse().ok()?),
        TextType::Int => Any::IntValue(text.parse().ok()?),
        TextType::Double => Any::DoubleValue(text.parse().ok()?),
        TextType::Bytes => Any::BytesValue(STANDARD.decode(text).ok()?),
        TextType::Json => return from_json(serde_json::from_str(text).ok()?),
        TextType::Protobuf => {
            return AnyValue::decode(STANDARD.decode(text).ok()?.as_slice()).ok();
        }
        TextType::Null => return None,
    };
    Some(AnyValue { value: Some(value) })
}

/// The JSON of a value, if the same value comes back from it.
fn to_json(value: &AnyValue) -> Option<Value> {
    Some(match value.value.as_ref() {
        None => Value::Null,
        Some(Any::StringValue(text)) => Value::String(text.clone()),
        Some(Any::BoolValue(flag)) => Value::Bool(*flag),
        Some(Any::IntValue(number)) => Value::from(*number),
        Some(Any::DoubleValue(number)) => Value::Number(serde_json::Number::from_f64(*number)?),
        Some(Any::ArrayValue(list)) => {
            Value::Array(list.values.iter().map(to_json).collect::<Option<_>>()?)
        }
        Some(Any::KvlistValue(object)) => {
            let mut fields = Map::with_capacity(object.values.len());
            for entry in &object.values {
                let value = entry.value.as_ref().map_or(Some(Value::Null), to_json)?;
                if fields.insert(entry.key.clone(), value).is_some() {
                    return None;
                }
            }
            Value::Object(fields)
        }
        Some(Any::BytesValue(_) | Any::StringValueStrindex(_)) => return None,
    })
}

/// The value of JSON; `None` if a number fits into no type of OTLP. JSON that was parsed is never deep.
pub(super) fn from_json(json: Value) -> Option<AnyValue> {
    kansoku_otlp::value_from_json(json, usize::MAX)
}

/// The entries without repeated keys: the last value of a key counts, at the place of the first, as
/// in MLflow's JSON. Neither a `VARIANT` nor a `MAP` can have a key twice.
pub(super) fn unique_entries(entries: &[KeyValue]) -> Vec<&KeyValue> {
    /// Up to this number of entries, comparing all keys is faster than hashing them.
    const FEW: usize = 16;
    let mut unique: Vec<&KeyValue> = Vec::with_capacity(entries.len());
    if entries.len() <= FEW {
        for entry in entries {
            match unique.iter_mut().find(|known| known.key == entry.key) {
                Some(known) => *known = entry,
                None => unique.push(entry),
            }
        }
        return unique;
    }
    let mut keys = HashSet::with_capacity(entries.len());
    if entries.iter().all(|entry| keys.insert(entry.key.as_str())) {
        return entries.iter().collect();
    }
    let mut index_of = std::collections::HashMap::with_capacity(entries.len());
    for entry in entries {
        match index_of.get(entry.key.as_str()) {
            Some(index) => unique[*index] = entry,
            None => {
                index_of.insert(entry.key.as_str(), unique.len());
                unique.push(entry);
            }
        }
    }
    unique
}
