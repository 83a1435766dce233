//! OpenTelemetry's GenAI semantic conventions, in their three forms: messages as attributes, an
//! event per message, and one event with all details.
use opentelemetry_proto::tonic::trace::v1::span::Event;
use serde_json::{Map, Value, json};

use super::normalized_span::{ChatMessage, Document, Side};
use super::span_attributes::SemanticField as F;
use super::span_attributes::{SpanAttributes, attribute};
use super::table::AttributeMapping::{Field, Marker, Type};
use super::{Conventions, documents, messages, tree};

pub(super) static CONVENTIONS: Conventions = Conventions {
    mappings: &[
        (
            "gen_ai.operation.name",
            Type(&[
                ("chat", "CHAT_MODEL"),
                ("create_agent", "AGENT"),
                ("embeddings", "EMBEDDING"),
                ("execute_tool", "TOOL"),
                ("generate_content", "LLM"),
                ("invoke_agent", "AGENT"),
                ("text_completion", "LLM"),
                ("response", "LLM"),
            ]),
        ),
        ("gen_ai.input.messages", Field(F::Inputs)),
        ("gen_ai.tool.call.arguments", Field(F::Inputs)),
        ("gen_ai.output.messages", Field(F::Outputs)),
        ("gen_ai.tool.call.result", Field(F::Outputs)),
        ("gen_ai.response.model", Field(F::Model)),
        ("gen_ai.request.model", Field(F::Model)),
        ("gen_ai.provider.name", Field(F::Provider)),
        ("gen_ai.tool.definitions", Field(F::Tools)),
        ("gen_ai.usage.input_tokens", Field(F::InputTokens)),
        ("gen_ai.usage.output_tokens", Field(F::OutputTokens)),
        ("gen_ai.usage.cache_read.input_tokens", Field(F::CacheReadTokens)),
        ("gen_ai.usage.cache_write.input_tokens", Field(F::CacheWriteTokens)),
        ("gen_ai.usage.cache_creation.input_tokens", Field(F::CacheWriteTokens)),
        ("gen_ai.conversation.id", Field(F::Session)),
    ],
    extra_mappings: &[
        (
            "gen_ai.operation.name",
            Type(&[
                ("completion", "LLM"),
                ("embedding", "EMBEDDING"),
                ("invoke_workflow", "WORKFLOW"),
                ("retrieval", "RETRIEVER"),
                ("rerank", "RERANKER"),
                ("plan", "CHAIN"),
            ]),
        ),
        ("gen_ai.retrieval.query.text", Field(F::Inputs)),
        ("gen_ai.retrieval.documents", Field(F::Outputs)),
        ("gen_ai.usage.total_tokens", Field(F::TotalTokens)),
        ("gen_ai.usage.reasoning.output_tokens", Field(F::ReasoningTokens)),
        ("gen_ai.usage.output_tokens.reasoning", Field(F::ReasoningTokens)),
        ("gen_ai.usage.reasoning_tokens", Field(F::ReasoningTokens)),
        ("gen_ai.usage.input_cached_tokens", Field(F::CacheReadTokens)),
        ("gen_ai.usage.cache_creation.ephemeral_1h.input_tokens", Field(F::CacheWriteLongTokens)),
        (
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
            Field(F::CacheWriteLongTokens),
        ),
        ("openai.response.service_tier", Field(F::ServiceTier)),
        ("gen_ai.openai.response.service_tier", Field(F::ServiceTier)),
        ("gen_ai.response.service_tier", Field(F::ServiceTier)),
        ("anthropic.response.service_tier", Field(F::ServiceTier)),
        ("openai.request.service_tier", Field(F::ServiceTier)),
        ("gen_ai.openai.request.service_tier", Field(F::ServiceTier)),
        ("gen_ai.request.service_tier", Field(F::ServiceTier)),
        ("gen_ai.server.time_to_first_token", Field(F::FirstTokenAfter)),
        ("gen_ai.response.time_to_first_chunk", Field(F::FirstTokenAfter)),
        ("gen_ai.client.operation.time_to_first_chunk", Field(F::FirstTokenAfter)),
        ("gen_ai.usage.input_cost", Field(F::InputCost)),
        ("gen_ai.usage.output_cost", Field(F::OutputCost)),
        ("gen_ai.usage.cost", Field(F::TotalCost)),
        ("gen_ai.usage.total_cost", Field(F::TotalCost)),
        ("enduser.id", Field(F::User)),
        ("gen_ai.system_instructions", Marker),
    ],
    fallback: Some(of_events),
    messages: Some(chat),
    documents: Some(found),
    ..Conventions::PLAIN
};

const DETAILS: &str = "gen_ai.client.inference.operation.details";

/// Inputs or outputs from events.
fn of_events(attributes: &SpanAttributes<'_>, side: Side) -> Option<Value> {
    let key = match side {
        Side::Input => "gen_ai.input.messages",
        Side::Output => "gen_ai.output.messages",
    };
    // A loop may write an event for each of its turns: the first has the input, the last the
    // output.
    let details = attributes.span.events.iter().filter(|event| event.name == DETAILS);
    let mut said = details.filter_map(|event| attribute(&event.attributes, key));
    let said = if side == Side::Input { said.next() } else { said.next_back() };
    if let Some(said) = said {
        return Some(tree::json(said));
    }
    let messages: Vec<Value> =
        attributes.span.events.iter().flat_map(|event| event_messages(event, side)).collect();
    (!messages.is_empty()).then_some(Value::Array(messages))
}

/// The messages of an event, in OpenAI's form.
fn event_messages(event: &Event, side: Side) -> Vec<Value> {
    let get = |key| attribute(&event.attributes, key).map(tree::json).filter(|it| !is_blank(it));
    let role = match (event.name.as_str(), side) {
        ("gen_ai.system.message", Side::Input) => "system",
        ("gen_ai.user.message", Side::Input) => "user",
        ("gen_ai.assistant.message", Side::Input) => "assistant",
        ("gen_ai.tool.message", Side::Input) => "tool",
        ("gen_ai.choice", Side::Output) => "assistant",
        _ => return Vec::new(),
    };
    let mut message = Map::new();
    // A choice may have a role; the role of other messages is in the name of their event.
    let said = get("role").filter(|_| role == "assistant").unwrap_or_else(|| role.into());
    message.insert("role".to_owned(), said);
    match get("message") {
        Some(Value::Object(inner)) => message.extend(inner),
        Some(content) => {
            message.insert("content".to_owned(), content);
        }
        None => {}
    }
    for key in ["content", "tool_calls", "name"] {
        if let Some(value) = get(key) {
            message.insert(key.to_owned(), value);
        }
    }
    if let Some(id) = get("id").filter(|_| role == "tool") {
        message.insert("tool_call_id".to_owned(), id);
    }
    let speaks = message.contains_key("content") || message.contains_key("tool_calls");
    let mut messages = Vec::new();
    if speaks || message.contains_key("parts") {
        if let Some(reason) = get("finish_reason") {
            message.insert("finish_reason".to_owned(), reason);
        }
        messages.push(Value::Object(message));
    }
    // Strands puts the results of the tools that it called into the event of the choice.
    if let Some(result) = get("tool.result") {
        messages.push(json!({ "role": "tool", "content": result }));
    }
    messages
}

fn is_blank(value: &Value) -> bool {
    matches!(value, Value::Null) || *value == json!("")
}

/// The chat with its system message, which is in an attribute of its own.
fn chat(attributes: &SpanAttributes<'_>, side: Side) -> Vec<ChatMessage> {
    if side == Side::Output {
        return Vec::new();
    }
    let key = "gen_ai.system_instructions";
    let of_details = || {
        let details = attributes.span.events.iter().filter(|event| event.name == DETAILS);
        details.into_iter().find_map(|event| attribute(&event.attributes, key))
    };
    let Some(instructions) = attributes.attribute(key).or_else(of_details) else {
        return Vec::new();
    };
    let instructions = tree::json(instructions);
    let mut chat = match &instructions {
        Value::Array(parts) if parts.iter().any(|part| part.get("role").is_some()) => {
            messages::read(&instructions, side, false)
        }
        content => messages::one(&json!({ "role": "system", "content": content }), side),
    };
    let Some((inputs, _)) = super::values::input_or_output(attributes, side) else { return chat };
    let inputs = tree::json(&inputs);
    let said = messages::read(&inputs, side, true);
    if said.iter().any(|message| message.role == "system") {
        return said;
    }
    chat.extend(said);
    chat
}

fn found(attributes: &SpanAttributes<'_>) -> Vec<Document> {
    let found = attributes.attribute("gen_ai.retrieval.documents").map(tree::json);
    found.map(|found| documents::read(&found)).unwrap_or_default()
}
