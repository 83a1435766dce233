//! The text of chat messages, requests and responses, built in one way for all views.
use super::{ChatMessage, NormalizedSpan, Part, Side};
use crate::preview::{request_words, response_words};

impl ChatMessage {
    /// The texts of its parts, with an empty line between them; `None` if it has none, for example
    /// if it only calls a tool.
    pub fn text(&self) -> Option<String> {
        let texts = self.parts.iter().filter_map(|part| match part {
            Part::Text { text } if !text.is_empty() => Some(text.as_str()),
            _ => None,
        });
        let texts: Vec<&str> = texts.collect();
        (!texts.is_empty()).then(|| texts.join("\n\n"))
    }
}

impl NormalizedSpan {
    /// The text of the last message on this side that has text; only messages of `role`, if that is
    /// given.
    pub fn last_text(&self, side: Side, role: Option<&str>) -> Option<String> {
        let mut messages = self.messages.iter().rev().filter(|message| message.side == side);
        messages.find_map(|message| {
            let is_meant = role.is_none_or(|role| message.role == role);
            is_meant.then(|| message.text()).flatten()
        })
    }

    /// The text of the request: the last user message, or the last input message, or the inputs as
    /// plain text.
    pub fn request_text(&self) -> Option<String> {
        self.last_text(Side::Input, Some("user"))
            .or_else(|| self.last_text(Side::Input, None))
            .or_else(|| request_words(self.inputs.as_ref()?))
    }

    /// The text of the response: the last assistant message, or the last output message, or the
    /// outputs as plain text.
    pub fn response_text(&self) -> Option<String> {
        self.last_text(Side::Output, Some("assistant"))
            .or_else(|| self.last_text(Side::Output, None))
            .or_else(|| response_words(self.outputs.as_ref()?))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(side: Side, role: &str, texts: &[&str]) -> ChatMessage {
        let parts = texts.iter().map(|text| Part::Text { text: (*text).to_owned() }).collect();
        ChatMessage { side, role: role.to_owned(), name: None, parts, finish_reason: None }
    }

    fn texts(span: &NormalizedSpan) -> (Option<String>, Option<String>) {
        (span.request_text(), span.response_text())
    }

    fn both(input: &str, output: &str) -> (Option<String>, Option<String>) {
        (Some(input.to_owned()), Some(output.to_owned()))
    }

    #[test]
    fn of_a_chat_it_is_the_last_of_each_side() {
        let span = NormalizedSpan {
            messages: vec![
                message(Side::Input, "user", &["first"]),
                message(Side::Input, "assistant", &["before"]),
                message(Side::Input, "user", &["second **word**"]),
                message(Side::Input, "tool", &["42"]),
                message(Side::Output, "assistant", &["answer"]),
            ],
            ..NormalizedSpan::default()
        };
        assert_eq!(texts(&span), both("second **word**", "answer"));
        assert_eq!(span.last_text(Side::Input, None).as_deref(), Some("42"));
        assert_eq!(span.last_text(Side::Output, Some("user")), None);
    }

    #[test]
    fn of_a_function_it_is_what_its_fields_say() {
        let span = NormalizedSpan {
            inputs: Some(json!({ "question": "Why?\nTell me.", "k": 3 })),
            outputs: Some(json!("Because.")),
            ..NormalizedSpan::default()
        };
        assert_eq!(texts(&span), both("Why?\nTell me.", "Because."));
        assert_eq!(texts(&NormalizedSpan::default()), (None, None));
    }

    #[test]
    fn texts_of_a_message_are_paragraphs() {
        assert_eq!(message(Side::Input, "user", &["a", "", "b"]).text().as_deref(), Some("a\n\nb"));
        assert_eq!(message(Side::Input, "user", &[""]).text(), None);
        let mut call = message(Side::Output, "assistant", &[]);
        let (id, name, arguments) = (None, "search".to_owned(), json!({}));
        call.parts.push(Part::ToolCall { id, name, arguments });
        assert_eq!(call.text(), None);
    }
}
