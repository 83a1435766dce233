//! The text of a trace that a check reads.
use std::borrow::Cow;
use std::fmt;
use std::io;

use kansoku_filter::eval::text_of_value;
use kansoku_model::{JsonPath, RootPart};
use kansoku_otlp::{Side, tree_bytes, value_at};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::values::quote;
use crate::ScoredTrace;

/// How much of a text is read, in bytes.
pub(super) const READ_BYTES_MAX: usize = 1 << 20;
/// The most memory that the tree of a JSON text may take, in bytes.
const TREE_BYTES_MAX: usize = 64 << 20;

/// A text of a trace's root span: the words of the request or response, or a value of the inputs or
/// outputs, such as `outputs.answer.text`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TextField {
    Request,
    #[default]
    Response,
    Inputs(Option<JsonPath>),
    Outputs(Option<JsonPath>),
}

/// The beginning of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReadText {
    pub text: String,
    /// The size of the whole text.
    bytes: usize,
}

impl TextField {
    /// The whole text; `None` if the trace does not have it.
    pub(super) fn read_text(&self, trace: &ScoredTrace) -> Option<String> {
        match self {
            Self::Request => find_message(trace, Side::Input, "user")
                .or_else(|| to_text(trace.inputs()))
                .or_else(|| trace.request_text()),
            Self::Response => find_message(trace, Side::Output, "assistant")
                .or_else(|| to_text(trace.outputs()))
                .or_else(|| trace.response_text()),
            Self::Inputs(_) | Self::Outputs(_) => Some(text_of_value(&*self.read_value(trace)?)),
        }
    }

    /// The text up to a number of bytes.
    pub(super) fn read_beginning(&self, trace: &ScoredTrace, bytes_max: usize) -> Option<ReadText> {
        let mut text = self.read_text(trace)?;
        let bytes = text.len();
        text.truncate(text.floor_char_boundary(bytes_max));
        Some(ReadText { text, bytes })
    }

    /// The value of the field. That of a request or response is its message or, without messages, all
    /// inputs or outputs. `null` is no value.
    pub(super) fn read_value<'a>(&self, trace: &'a ScoredTrace) -> Option<Cow<'a, Value>> {
        let (whole, path) = match self {
            Self::Request => match find_message(trace, Side::Input, "user") {
                Some(text) => return Some(Cow::Owned(Value::String(text))),
                None => (trace.inputs()?, &None),
            },
            Self::Response => match find_message(trace, Side::Output, "assistant") {
                Some(text) => return Some(Cow::Owned(Value::String(text))),
                None => (trace.outputs()?, &None),
            },
            Self::Inputs(path) => (trace.inputs()?, path),
            Self::Outputs(path) => (trace.outputs()?, path),
        };
        let found = match path {
            Some(path) => Cow::Owned(value_at(whole, path)?),
            None => Cow::Borrowed(whole),
        };
        (!found.is_null()).then_some(found)
    }
}

impl ReadText {
    /// The sentence that says that the text was not read to its end, with a space before it.
    pub(super) fn note(&self) -> String {
        match self.text.len() {
            read if read < self.bytes => {
                format!(" Only the first {read} of its {} bytes were read.", self.bytes)
            }
            _ => String::new(),
        }
    }
}

impl TryFrom<String> for TextField {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (part, path) = text.split_once('.').map_or((&*text, None), |(a, b)| (a, Some(b)));
        let path = path.map(|path| JsonPath::parse(path).map_err(|error| error.to_string()));
        match (text.as_str(), RootPart::parse(part)) {
            ("request", _) => Ok(Self::Request),
            ("response", _) => Ok(Self::Response),
            (_, Some(RootPart::Inputs)) => Ok(Self::Inputs(path.transpose()?)),
            (_, Some(RootPart::Outputs)) => Ok(Self::Outputs(path.transpose()?)),
            _ => Err(format!(
                "expected `request`, `response`, `inputs`, `outputs` or a path such as \
                 `outputs.answer`, not {}",
                quote(&text)
            )),
        }
    }
}

impl From<TextField> for String {
    fn from(field: TextField) -> Self {
        field.to_string()
    }
}

impl fmt::Display for TextField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (part, path) = match self {
            Self::Request => return f.write_str("request"),
            Self::Response => return f.write_str("response"),
            Self::Inputs(path) => (RootPart::Inputs, path),
            Self::Outputs(path) => (RootPart::Outputs, path),
        };
        f.write_str(part.as_str())?;
        path.as_ref().map_or(Ok(()), |path| write!(f, ".{path}"))
    }
}

/// The last message of a role, or the last of any role.
fn find_message(trace: &ScoredTrace, side: Side, role: &str) -> Option<String> {
    let content = &trace.root()?.content;
    content.last_text(side, Some(role)).or_else(|| content.last_text(side, None))
}

/// A value that is a text, unchanged: an answer that is JSON or empty is judged as it is.
fn to_text(value: Option<&Value>) -> Option<String> {
    value?.as_str().map(str::to_owned)
}

/// Parses a JSON text whose tree is not too large.
pub(super) fn parse_json(text: &str) -> Result<Value, String> {
    if TREE_BYTES_MAX < tree_bytes(text.as_bytes()) {
        return Err("it is too large to be parsed".to_owned());
    }
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Whether a value has at most a number of bytes as JSON.
pub(super) fn has_bytes_max(value: &Value, bytes_max: usize) -> bool {
    struct Budget(usize);
    impl io::Write for Budget {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let left = self.0.checked_sub(bytes.len());
            self.0 = left.ok_or(io::ErrorKind::FileTooLarge)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    serde_json::to_writer(Budget(bytes_max), value).is_ok()
}

#[cfg(test)]
mod tests {
    use kansoku_otlp::{ChatMessage, Part};
    use serde_json::json;

    use super::*;
    use crate::scored_trace::tests::trace;

    fn field(text: &str) -> TextField {
        TextField::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn a_field_is_a_text_of_the_root_or_a_path_into_its_values() {
        for text in ["request", "response", "inputs", "outputs", "inputs.a.0", "outputs.answer"] {
            assert_eq!(field(text).to_string(), text);
        }
        for text in ["", "answer", "request.a", "attributes.x", "outputs.", "outputs.a..b"] {
            assert!(TextField::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_path_goes_through_lists_keys_with_dots_and_json_texts() {
        let outputs = json!({
            "a.b": {"c": [1, "two"]}, "text": "{\"x\": {\"y\": true}}", "none": null,
        });
        let trace = trace(json!("2+2?"), outputs);
        let text = |path: &str| field(path).read_text(&trace);
        assert_eq!(text("outputs.a.b.c.1").as_deref(), Some("two"));
        assert_eq!(text("outputs.a.b.c.0").as_deref(), Some("1"));
        assert_eq!(text("outputs.text.x.y").as_deref(), Some("true"));
        assert_eq!(text("outputs.a.b").as_deref(), Some(r#"{"c":[1,"two"]}"#));
        assert_eq!(text("inputs").as_deref(), Some("2+2?"));
        for path in ["outputs.none", "outputs.a", "outputs.a.b.c.2", "inputs.x"] {
            assert_eq!(text(path), None, "{path}");
        }
    }

    #[test]
    fn a_response_is_a_message_a_text_as_it_is_or_the_text_in_the_outputs() {
        let response = |outputs: Value| {
            let trace = trace(json!("hi"), outputs);
            let field = TextField::Response;
            (field.read_text(&trace), field.read_value(&trace).map(Cow::into_owned))
        };
        let both = |text: &str, value: Value| (Some(text.to_owned()), Some(value));
        assert_eq!(response(json!("{\"a\": 1}")), both("{\"a\": 1}", json!("{\"a\": 1}")));
        assert_eq!(response(json!("")), both("", json!("")));
        assert_eq!(response(json!({"answer": "4"})), both("4", json!({"answer": "4"})));
        assert_eq!(response(json!(null)), (None, None));
        let mut trace = trace(json!("hi"), json!({"any": "thing"}));
        let parts = vec![Part::Text { text: "4".to_owned() }];
        trace.spans[0].content.messages = vec![ChatMessage {
            side: Side::Output,
            role: "assistant".to_owned(),
            name: None,
            parts,
            finish_reason: None,
        }];
        assert_eq!(TextField::Response.read_text(&trace).as_deref(), Some("4"));
        assert_eq!(TextField::Response.read_value(&trace).as_deref(), Some(&json!("4")));
    }

    #[test]
    fn the_beginning_of_a_text_is_read_and_says_so() {
        let read = |bytes: usize| {
            let trace = trace(json!(""), json!("x".repeat(bytes)));
            field("outputs").read_beginning(&trace, READ_BYTES_MAX).unwrap()
        };
        assert_eq!(read(READ_BYTES_MAX).note(), "");
        let long = read(READ_BYTES_MAX + 1);
        assert_eq!(long.text.len(), READ_BYTES_MAX);
        assert_eq!(long.note(), " Only the first 1048576 of its 1048577 bytes were read.");
        let text = format!("{}é", "x".repeat(READ_BYTES_MAX - 1));
        let cut = field("outputs").read_beginning(&trace(json!(""), json!(text)), READ_BYTES_MAX);
        assert_eq!(cut.unwrap().text.len(), READ_BYTES_MAX - 1);
    }

    #[test]
    fn json_that_would_take_too_much_memory_is_not_parsed() {
        assert_eq!(parse_json("[1]"), Ok(json!([1])));
        let lists = format!("[{}[]]", "[0],".repeat(1 << 20));
        assert_eq!(parse_json(&lists).unwrap_err(), "it is too large to be parsed");
    }
}
