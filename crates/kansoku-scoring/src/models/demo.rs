//! A model for demonstrations: rules in the server, which answer without a network.
//!
//! It does not understand what it reads. It looks for words of refusal, failure and rashness in the
//! material, and answers in the form that it is asked for.
use std::sync::LazyLock;

use kansoku_model::TokenUsage;
use regex::Regex;
use serde_json::{Value, json};

use super::chat::{ChatMessage, ChatRequest, ChatResponse, FinishReason};

static BAD_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    let refusal = "sorry|apologi[sz]e|unable to|cannot|can't|could not|failed|error";
    let rashness = "any time|every|just|I have changed";
    Regex::new(&format!(r"(?i)\b(?:{refusal}|{rashness})\b")).expect("a test compiles it")
});

const CHARS_OF_TOKEN: usize = 4;

pub(super) fn complete(request: &ChatRequest) -> ChatResponse {
    let material: String = request.messages.iter().filter_map(user_text).collect();
    let found = BAD_WORDS.find(&material).map(|found| found.as_str().to_lowercase());
    let result = result(request, found.is_none());
    let rationale = match &found {
        Some(word) => format!("The material contains “{word}”. (Rules of the demonstration.)"),
        None => "The material has no words of refusal, failure or rashness. (Rules of the demonstration.)"
            .to_owned(),
    };
    let text = json!({ "result": result, "rationale": rationale }).to_string();
    let tokens = |chars: usize| (chars / CHARS_OF_TOKEN) as u64;
    let (input_tokens, output_tokens) = (tokens(material.len()), tokens(text.len()));
    let total_tokens = input_tokens + output_tokens;
    let usage = TokenUsage { input_tokens, output_tokens, total_tokens, ..TokenUsage::default() };
    ChatResponse { text, tool_calls: Vec::new(), usage, finish_reason: FinishReason::Stop }
}

fn user_text(message: &ChatMessage) -> Option<&str> {
    match message {
        ChatMessage::User { content } => Some(content),
        _ => None,
    }
}

/// A value that the schema allows: of several words, the first for good material, else the second.
fn result(request: &ChatRequest, is_good: bool) -> Value {
    let schema = request.schema.as_ref().map(|it| &it.schema["properties"]["result"]);
    let Some(schema) = schema else { return json!(if is_good { "yes" } else { "no" }) };
    let listed = schema["enum"].as_array().or_else(|| schema["items"]["enum"].as_array());
    if let Some(words) = listed {
        let word = words.get(usize::from(!is_good)).or(words.first()).cloned();
        let word = word.unwrap_or(Value::Null);
        return if schema["type"] == "array" { json!([word]) } else { word };
    }
    match schema["type"].as_str() {
        Some("boolean") => json!(is_good),
        Some("integer") => json!(i32::from(is_good)),
        Some("number") => json!(if is_good { 1.0 } else { 0.0 }),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!(if is_good { "good" } else { "bad" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::ResponseSchema;

    fn ask(material: &str, result: Value) -> Value {
        let schema = json!({ "type": "object", "properties": { "result": result } });
        let request = ChatRequest {
            messages: vec![ChatMessage::system("sorry"), ChatMessage::user(material)],
            schema: Some(ResponseSchema { schema, is_closed: true }),
            ..ChatRequest::default()
        };
        let response = complete(&request);
        assert!(response.usage.output_tokens > 0);
        serde_json::from_str::<Value>(&response.text).unwrap()["result"].clone()
    }

    #[test]
    fn the_value_has_the_form_that_was_asked_for() {
        let words = json!({ "type": "string", "enum": ["yes", "no"] });
        assert_eq!(ask("Here it is.", words.clone()), "yes");
        assert_eq!(ask("I'm Sorry.", words), "no");
        assert_eq!(ask("An error.", json!({ "type": "boolean" })), false);
        assert_eq!(ask("Fine.", json!({ "type": "integer" })), 1);
        assert_eq!(ask("Fine.", json!({ "type": "number" })), 1.0);
        assert_eq!(
            ask("Fine.", json!({ "type": "array", "items": { "enum": ["a"] } })),
            json!(["a"])
        );
        assert_eq!(ask("Fine.", json!({ "type": "string" })), "good");
        assert_eq!(ask("Failed.", json!({ "enum": ["only"] })), "only");
    }
}
