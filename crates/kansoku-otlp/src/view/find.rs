//! Finds words in a span: in its name, inputs, outputs, attributes, events and status.
//!
//! Texts are searched as people read them: strings of JSON are parsed first, so that escaped
//! characters are found.
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::Value;

use super::words::Words;
use super::{SpanField, TRACE_REQUEST_ID, attributes_of};
use crate::json_tree;
use crate::value::is_json;

/// The most hits in one field; whoever opens the field sees all.
const HITS_OF_FIELD_MAX: usize = 20;
/// The length of the text before and after a hit, in characters.
const BEFORE_CHARS: usize = 60;
const AFTER_CHARS: usize = 120;

/// An occurrence of the words in a field of a span, with the text around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundText {
    /// `name`, `events.0` for the name of an event, or a field in the notation of [`SpanField`].
    pub field: String,
    pub before: String,
    pub matched: String,
    pub after: String,
}

/// The occurrences of the words in a span, at most `room`.
pub(super) fn find(span: &Span, words: &Words, room: usize) -> Vec<FoundText> {
    let mut finder = Finder { words, room, found: Vec::new() };
    finder.look("name", |texts| texts.look(&span.name));
    let attributes = attributes_of(span, None);
    let main = |field: &SpanField| matches!(field, SpanField::Inputs | SpanField::Outputs);
    let shown: Vec<_> = attributes
        .iter()
        .map(|(key, value)| (SpanField::attribute(key), *key, *value))
        .filter(|(_, key, _)| *key != TRACE_REQUEST_ID)
        .collect();
    let (first, rest): (Vec<_>, Vec<_>) = shown.into_iter().partition(|(field, ..)| main(field));
    for (field, key, value) in first.iter().chain(&rest) {
        // Inputs of other conventions appear twice: under their own name and under MLflow's.
        let is_twin = !main(field) && first.iter().any(|(.., main)| main == value);
        if !is_twin {
            let key = if main(field) { "" } else { key };
            finder.entry(&field.to_string(), key, *value);
        }
    }
    for (n, event) in span.events.iter().enumerate() {
        finder.look(&format!("events.{n}"), |texts| texts.look(&event.name));
        finder.entries(&event.attributes, |key| SpanField::EventAttribute(n, key.to_owned()));
    }
    if let Some(status) = &span.status {
        finder.look("status.message", |texts| texts.look(&status.message));
    }
    finder.found
}

struct Finder<'a> {
    words: &'a Words,
    room: usize,
    found: Vec<FoundText>,
}

impl Finder<'_> {
    fn entries(&mut self, entries: &[KeyValue], field: impl Fn(&str) -> SpanField) {
        for entry in entries {
            self.entry(&field(&entry.key).to_string(), &entry.key, entry.value.as_ref());
        }
    }

    fn entry(&mut self, field: &str, key: &str, value: Option<&AnyValue>) {
        self.look(field, |texts| {
            texts.look(key);
            if let Some(value) = value.and_then(|value| value.value.as_ref()) {
                texts.any(value);
            }
        });
    }

    fn look(&mut self, field: &str, look: impl FnOnce(&mut Texts<'_>)) {
        let room = HITS_OF_FIELD_MAX.min(self.room - self.found.len());
        let mut texts = Texts { words: self.words, field, room, found: Vec::new() };
        look(&mut texts);
        self.found.append(&mut texts.found);
    }
}

/// A search through all texts of one field.
struct Texts<'a> {
    words: &'a Words,
    field: &'a str,
    room: usize,
    found: Vec<FoundText>,
}

impl Texts<'_> {
    fn any(&mut self, value: &Any) {
        match value {
            Any::StringValue(text) if is_json(text) => match json_tree::parse(text) {
                Some(value) => self.json(&value),
                None => self.look(text),
            },
            Any::StringValue(text) => self.look(text),
            Any::BoolValue(flag) => self.look(&flag.to_string()),
            Any::IntValue(number) => self.look(&number.to_string()),
            Any::DoubleValue(number) => self.look(&number.to_string()),
            Any::ArrayValue(list) => {
                list.values.iter().filter_map(|value| value.value.as_ref()).for_each(|value| {
                    self.any(value);
                });
            }
            Any::KvlistValue(object) => {
                for entry in &object.values {
                    self.look(&entry.key);
                    if let Some(value) = entry.value.as_ref().and_then(|value| value.value.as_ref())
                    {
                        self.any(value);
                    }
                }
            }
            // Base64 is not readable, so it is not searched.
            Any::BytesValue(_) | Any::StringValueStrindex(_) => {}
        }
    }

    fn json(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.look(text),
            Value::Array(items) => items.iter().for_each(|item| self.json(item)),
            Value::Object(fields) => {
                for (key, value) in fields {
                    self.look(key);
                    self.json(value);
                }
            }
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) => self.look(&value.to_string()),
        }
    }

    fn look(&mut self, text: &str) {
        let mut from = 0;
        while self.found.len() < self.room
            && let Some(at) = self.words.find(&text[from..])
        {
            let (start, end) = (from + at.start, from + at.end);
            self.found.push(FoundText {
                field: self.field.to_owned(),
                before: last_chars(&text[..start], BEFORE_CHARS).to_owned(),
                matched: text[start..end].to_owned(),
                after: first_chars(&text[end..], AFTER_CHARS).to_owned(),
            });
            from = end;
        }
    }
}

fn first_chars(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(at, _)| &text[..at])
}

fn last_chars(text: &str, count: usize) -> &str {
    let from = text.char_indices().rev().take(count).last();
    from.map_or("", |(at, _)| &text[at..])
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::trace::v1::Status;
    use opentelemetry_proto::tonic::trace::v1::span::Event;

    use super::*;
    use crate::tests::{entry, span, text};
    use crate::value::any;

    fn told(words: &str, room: usize) -> Vec<String> {
        let mut span = span(
            1,
            &[
                ("gen_ai.prompt", "the Kyoto plan"),
                ("mlflow.spanInputs", "the Kyoto plan"),
                ("mlflow.spanOutputs", r#"{"kyoto": ["\u4eac\u90fd, KYOTO", 42], "n": true}"#),
            ],
        );
        span.name = "plan_kyoto".to_owned();
        span.attributes.push(entry("count", any(Any::IntValue(1042))));
        span.attributes.push(entry("kyoto.seen", text("")));
        span.attributes.push(entry("picture", any(Any::BytesValue(b"kyoto".to_vec()))));
        let attributes = vec![entry("exception.message", text("no train to kyoto"))];
        span.events = vec![Event { name: "kyoto".to_owned(), attributes, ..Event::default() }];
        span.status = Some(Status { code: 2, message: "lost near Kyoto".to_owned() });
        let found = find(&span, &Words::parse(words).unwrap(), room);
        let show = |hit: &FoundText| {
            format!("{}: {}[{}]{}", hit.field, hit.before, hit.matched, hit.after)
        };
        found.iter().map(show).collect()
    }

    #[test]
    fn words_are_found_wherever_people_read_them() {
        let all = [
            "name: plan_[kyoto]",
            "inputs: the [Kyoto] plan",
            "outputs: [kyoto]",
            "outputs: 京都, [KYOTO]",
            "attributes.kyoto.seen: [kyoto].seen",
            "events.0: [kyoto]",
            "events.0.exception.message: no train to [kyoto]",
            "status.message: lost near [Kyoto]",
        ];
        assert_eq!(told("kyoto", 100), all);
        assert_eq!(told("kyoto", 3), all[..3]);
        assert_eq!(told("京都", 9), ["outputs: [京都], KYOTO"]);
        assert_eq!(told("42", 9), ["outputs: [42]", "attributes.count: 10[42]"]);
        assert_eq!(told("true", 9), ["outputs: [true]"]);
        assert_eq!(told("osaka", 9), [""; 0]);
    }

    #[test]
    fn little_is_told_of_a_long_text_with_many() {
        let long = span(1, &[("note", &"aé ".repeat(500))]);
        let found = find(&long, &Words::parse("É").unwrap(), 100);
        assert_eq!(found.len(), HITS_OF_FIELD_MAX);
        let last = &found[19];
        assert_eq!((last.before.chars().count(), last.after.chars().count()), (58, 120));
    }
}
