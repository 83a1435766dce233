//! A part of a span, read alone and as it was sent, because it may be too large to show with the
//! rest.
use std::fmt;
use std::str::FromStr;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;

use super::{attributes_of, proto::leads_somewhere};
use crate::id::to_base64;
use crate::value::{is_json, json_text};

const INPUTS: &str = "mlflow.spanInputs";
const OUTPUTS: &str = "mlflow.spanOutputs";

/// A part of a span, written as in `attributes.llm.prompt` or `events.0.exception.stacktrace`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpanField {
    Inputs,
    Outputs,
    Attribute(String),
    EventAttribute(usize, String),
    LinkAttribute(usize, String),
    StatusMessage,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no field of a span: there are `inputs`, `outputs`, `attributes.KEY`, \
     `events.N.KEY`, `links.N.KEY` and `status.message`"
)]
pub struct InvalidSpanField(String);

impl FromStr for SpanField {
    type Err = InvalidSpanField;

    fn from_str(text: &str) -> Result<Self, InvalidSpanField> {
        let numbered = |rest: &str| {
            let (number, key) = rest.split_once('.')?;
            Some((number.parse().ok()?, key.to_owned()))
        };
        let field = match text.split_once('.') {
            None if text == "inputs" => Some(Self::Inputs),
            None if text == "outputs" => Some(Self::Outputs),
            Some(("attributes", key)) => Some(Self::attribute(key)),
            Some(("events", rest)) => numbered(rest).map(|(n, key)| Self::EventAttribute(n, key)),
            Some(("links", rest)) => numbered(rest).map(|(n, key)| Self::LinkAttribute(n, key)),
            Some(("status", "message")) => Some(Self::StatusMessage),
            _ => None,
        };
        field.ok_or_else(|| InvalidSpanField(text.chars().take(100).collect()))
    }
}

impl fmt::Display for SpanField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inputs => f.write_str("inputs"),
            Self::Outputs => f.write_str("outputs"),
            Self::Attribute(key) => write!(f, "attributes.{key}"),
            Self::EventAttribute(n, key) => write!(f, "events.{n}.{key}"),
            Self::LinkAttribute(n, key) => write!(f, "links.{n}.{key}"),
            Self::StatusMessage => f.write_str("status.message"),
        }
    }
}

impl SpanField {
    /// The field of the attribute with this key.
    pub fn attribute(key: &str) -> Self {
        match key {
            INPUTS => Self::Inputs,
            OUTPUTS => Self::Outputs,
            key => Self::Attribute(key.to_owned()),
        }
    }
}

/// The value of a field as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawField {
    pub text: String,
    /// Whether `text` is JSON. Otherwise it is a plain string, or bytes in base64.
    pub is_json: bool,
}

/// The value of a field; `None` if the span does not have it.
pub(super) fn read_field(span: &Span, field: &SpanField) -> Option<RawField> {
    match field {
        SpanField::Inputs => attribute(span, INPUTS),
        SpanField::Outputs => attribute(span, OUTPUTS),
        SpanField::Attribute(key) => attribute(span, key),
        SpanField::EventAttribute(n, key) => last_of(&span.events.get(*n)?.attributes, key),
        SpanField::LinkAttribute(n, key) => {
            let link = span.links.iter().filter(leads_somewhere).nth(*n)?;
            last_of(&link.attributes, key)
        }
        SpanField::StatusMessage => {
            let text = span.status.as_ref()?.message.clone();
            (!text.is_empty()).then_some(RawField { text, is_json: false })
        }
    }
}

fn attribute(span: &Span, key: &str) -> Option<RawField> {
    attributes_of(span, None).into_iter().find(|(it, _)| *it == key).map(|(_, value)| raw(value))
}

fn last_of(attributes: &[KeyValue], key: &str) -> Option<RawField> {
    let entry = attributes.iter().rev().find(|entry| entry.key == key)?;
    Some(raw(entry.value.as_ref()))
}

fn raw(value: Option<&AnyValue>) -> RawField {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Any::StringValue(text)) => RawField { text: text.clone(), is_json: is_json(text) },
        Some(Any::BytesValue(bytes)) => RawField { text: to_base64(bytes), is_json: false },
        other => {
            let is_json = !matches!(other, Some(Any::DoubleValue(number)) if !number.is_finite());
            RawField { text: json_text(value).into_owned(), is_json }
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::ArrayValue;
    use opentelemetry_proto::tonic::trace::v1::Status;
    use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};

    use super::*;
    use crate::tests::{entry, span, text};
    use crate::value::any;

    fn read(field: &str) -> Option<(String, bool)> {
        let list = ArrayValue { values: vec![any(Any::IntValue(1)), text("é")] };
        let mut span = span(1, &[("input.value", "hi"), ("a.b", "1"), ("a.b", "{\"x\": 1}")]);
        span.attributes.push(entry("list", any(Any::ArrayValue(list))));
        span.attributes.push(entry("bytes", any(Any::BytesValue(b"hello".to_vec()))));
        span.attributes.push(entry("nan", any(Any::DoubleValue(f64::NAN))));
        span.attributes.push(entry(INPUTS, text("hi")));
        let attributes = vec![entry("exception.stacktrace", text("at main"))];
        span.events = vec![Event::default(), Event { attributes, ..Event::default() }];
        let attributes = vec![entry("k", text("v"))];
        let link =
            Link { trace_id: vec![2; 16], span_id: vec![3; 8], attributes, ..Link::default() };
        span.links = vec![Link::default(), link];
        span.status = Some(Status { code: 2, message: "no".to_owned() });
        let field: SpanField = field.parse().unwrap();
        read_field(&span, &field).map(|raw| (raw.text, raw.is_json))
    }

    #[test]
    fn a_field_is_read_as_it_was_sent() {
        let some = |text: &str, is_json| Some((text.to_owned(), is_json));
        assert_eq!(read("inputs"), some("hi", false));
        assert_eq!(read("attributes.mlflow.spanInputs"), some("hi", false));
        assert_eq!(read("attributes.a.b"), some("{\"x\": 1}", true));
        assert_eq!(read("attributes.list"), some("[1, \"é\"]", true));
        assert_eq!(read("attributes.bytes"), some("aGVsbG8=", false));
        assert_eq!(read("attributes.nan"), some("NaN", false));
        assert_eq!(read("events.1.exception.stacktrace"), some("at main", false));
        assert_eq!(read("links.0.k"), some("v", false));
        assert_eq!(read("status.message"), some("no", false));
        for absent in ["outputs", "attributes.", "attributes.a", "events.9.k", "links.1.k"] {
            assert_eq!(read(absent), None, "{absent}");
        }
    }

    #[test]
    fn a_field_is_written_as_it_is_read() {
        for name in
            ["inputs", "outputs", "attributes.a.b/c", "events.3.k.k", "links.0.", "status.message"]
        {
            assert_eq!(name.parse::<SpanField>().unwrap().to_string(), name);
        }
        for name in ["", "input", "attributes", "events", "events.k", "events.-1.k", "status.code"]
        {
            assert!(name.parse::<SpanField>().is_err(), "{name}");
        }
    }
}
