//! Pydantic AI and Logfire, in the versions before and after they adopted GenAI's messages.
use serde_json::Value;

use super::normalized_span::{ChatMessage, Side};
use super::span_attributes::{SemanticField as F, SpanAttributes};
use super::table::AttributeMapping::{Field, Is, Marker};
use super::{Conventions, messages, tree};

pub(super) static CONVENTIONS: Conventions = Conventions {
    extra_mappings: &[
        ("tool_arguments", Is("TOOL")),
        ("tool_response", Is("TOOL")),
        ("all_messages_events", Is("AGENT")),
        ("pydantic_ai.all_messages", Is("AGENT")),
        ("tool_arguments", Field(F::Inputs)),
        ("tool_response", Field(F::Outputs)),
        ("final_result", Field(F::Outputs)),
        ("pydantic_ai.all_messages", Marker),
        ("events", Marker),
        ("request_data", Field(F::Inputs)),
        ("response_data", Field(F::Outputs)),
        ("model_request_parameters", Field(F::Tools)),
        ("model_name", Field(F::Model)),
        ("operation.cost", Field(F::TotalCost)),
        ("gen_ai.usage.details.reasoning_tokens", Field(F::ReasoningTokens)),
        ("gen_ai.usage.details.cache_read_tokens", Field(F::CacheReadTokens)),
        ("gen_ai.usage.details.cached_tokens", Field(F::CacheReadTokens)),
        ("gen_ai.usage.details.cache_read_input_tokens", Field(F::CacheReadTokens)),
        ("gen_ai.usage.details.cache_write_tokens", Field(F::CacheWriteTokens)),
        ("gen_ai.usage.details.cache_creation_input_tokens", Field(F::CacheWriteTokens)),
    ],
    fallback: Some(of_lists),
    messages: Some(chat),
    ..Conventions::PLAIN
};

/// Attributes with the messages of both sides: a last message of the assistant is the output.
const LISTS: [&str; 3] = ["pydantic_ai.all_messages", "all_messages_events", "events"];

fn list(attributes: &SpanAttributes<'_>) -> Option<Vec<Value>> {
    LISTS.iter().find_map(|key| match tree::json(attributes.attribute(key)?) {
        Value::Array(list) if !list.is_empty() => Some(list),
        _ => None,
    })
}

fn side_of(attributes: &SpanAttributes<'_>, side: Side) -> Option<Vec<Value>> {
    let mut list = list(attributes)?;
    let answered = |message: &Value| {
        message.get("event.name") == Some(&"gen_ai.choice".into())
            || message.get("role") == Some(&"assistant".into())
    };
    let answer = list.last().is_some_and(answered).then(|| list.pop()).flatten();
    match side {
        Side::Input => Some(list),
        Side::Output => answer.map(|answer| vec![answer]),
    }
    .filter(|list| !list.is_empty())
}

fn of_lists(attributes: &SpanAttributes<'_>, side: Side) -> Option<Value> {
    if side == Side::Output && attributes.attribute("final_result").is_some() {
        return None;
    }
    side_of(attributes, side).map(Value::Array)
}

fn chat(attributes: &SpanAttributes<'_>, side: Side) -> Vec<ChatMessage> {
    let list = side_of(attributes, side).map(Value::Array);
    list.map(|list| messages::read(&list, side, false)).unwrap_or_default()
}
