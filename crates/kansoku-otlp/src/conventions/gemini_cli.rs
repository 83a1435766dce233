//! Gemini CLI: its own names for operations, and contents in the form of Gemini's API.
use serde_json::{Value, json};

use super::normalized_span::Side;
use super::span_attributes::{SpanAttributes, attribute};
use super::table::AttributeMapping::{Marker, Type};
use super::{Conventions, tree};
use crate::value::plain_text;

pub(super) static CONVENTIONS: Conventions = Conventions {
    mappings: &[
        (
            "gen_ai.operation.name",
            Type(&[("llm_call", "LLM"), ("tool_call", "TOOL"), ("agent_call", "AGENT")]),
        ),
        ("gen_ai.agent.name", Marker),
    ],
    extra_mappings: &[(
        "gen_ai.operation.name",
        Type(&[("user_prompt", "AGENT"), ("schedule_tool_calls", "CHAIN")]),
    )],
    compose: Some(contents),
    fallback: Some(of_events),
    message_format: Some(|attributes| is_gemini_cli(attributes).then_some("gemini")),
    ..Conventions::PLAIN
};

fn is_gemini_cli(attributes: &SpanAttributes<'_>) -> bool {
    let name = attributes.attribute("gen_ai.agent.name");
    name.is_some_and(|name| plain_text(Some(name)) == "gemini-cli")
}

/// The messages as a request or a response of Gemini's API, which MLflow's UI can show.
fn contents(attributes: &SpanAttributes<'_>, side: Side) -> Option<Value> {
    if !is_gemini_cli(attributes) {
        return None;
    }
    match side {
        Side::Input => {
            let messages = tree::json(attributes.attribute("gen_ai.input.messages")?);
            let operation = attributes.attribute("gen_ai.operation.name");
            let of_system = plain_text(operation) == "system_prompt";
            match messages {
                Value::Array(messages) => {
                    let contents = messages.into_iter().map(|mut message| {
                        if of_system && message.get("role") == Some(&json!("user")) {
                            message["role"] = json!("system");
                        }
                        message
                    });
                    Some(json!({ "contents": contents.collect::<Vec<_>>() }))
                }
                Value::String(text) if !text.is_empty() => Some(json!({ "contents": text })),
                other => other.is_object().then_some(other),
            }
        }
        Side::Output => match tree::json(attributes.attribute("gen_ai.output.messages")?) {
            // A streamed answer has one content per chunk; their parts are joined into one.
            Value::Array(responses) => {
                let parts =
                    responses.iter().filter_map(|response| response.get("parts")?.as_array());
                let parts: Vec<Value> = parts.flatten().cloned().collect();
                let whole = json!({ "role": "model", "parts": parts });
                (!parts.is_empty()).then(|| json!({ "candidates": [{ "content": whole }] }))
            }
            other => other.is_object().then_some(other),
        },
    }
}

/// Inputs from log records, which are their only source unless Gemini CLI is set to trace in
/// detail.
fn of_events(attributes: &SpanAttributes<'_>, side: Side) -> Option<Value> {
    if side == Side::Output || !is_gemini_cli(attributes) {
        return None;
    }
    attributes.span.events.iter().find_map(|event| {
        let said = |key| Some(tree::json(attribute(&event.attributes, key)?));
        match event.name.as_str() {
            "gemini_cli.api_request" => Some(json!({ "contents": said("request_text")? })),
            "gemini_cli.tool_call" => said("function_args"),
            _ => None,
        }
    })
}
