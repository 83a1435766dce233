//! OpenTelemetry's GenAI semantic conventions, in their three forms: messages as
//! attributes, an event per message, and one event with all details.
use opentelemetry_proto::tonic::trace::v1::span::Event;
use serde_json::{Map, Value, json};

use super::facts::Fact as F;
use super::facts::{Facts, attribute};
use super::meaning::{ChatMessage, Document, Side};
use super::table::Says::{Fact, Mark, Type};
use super::{Dialect, documents, messages, tree};

pub(super) static DIALECT: Dialect = Dialect {
    says: &[
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
        ("gen_ai.input.messages", Fact(F::Inputs)),
        ("gen_ai.tool.call.arguments", Fact(F::Inputs)),
        ("gen_ai.output.messages", Fact(F::Outputs)),
        ("gen_ai.tool.call.result", Fact(F::Outputs)),
        ("gen_ai.response.model", Fact(F::Model)),
        ("gen_ai.request.model", Fact(F::Model)),
        ("gen_ai.provider.name", Fact(F::Provider)),
        ("gen_ai.tool.definitions", Fact(F::Tools)),
        ("gen_ai.usage.input_tokens", Fact(F::InputTokens)),
        ("gen_ai.usage.output_tokens", Fact(F::OutputTokens)),
        ("gen_ai.usage.cache_read.input_tokens", Fact(F::CacheReadTokens)),
        ("gen_ai.usage.cache_write.input_tokens", Fact(F::CacheWriteTokens)),
        ("gen_ai.usage.cache_creation.input_tokens", Fact(F::CacheWriteTokens)),
        ("gen_ai.conversation.id", Fact(F::Session)),
    ],
    also: &[
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
        ("gen_ai.retrieval.query.text", Fact(F::Inputs)),
        ("gen_ai.retrieval.documents", Fact(F::Outputs)),
        ("gen_ai.usage.total_tokens", Fact(F::TotalTokens)),
        ("gen_ai.usage.reasoning.output_tokens", Fact(F::ReasoningTokens)),
        ("gen_ai.usage.output_tokens.reasoning", Fact(F::ReasoningTokens)),
        ("gen_ai.usage.reasoning_tokens", Fact(F::ReasoningTokens)),
        ("gen_ai.usage.input_cached_tokens", Fact(F::CacheReadTokens)),
        ("gen_ai.usage.cache_creation.ephemeral_1h.input_tokens", Fact(F::CacheWriteLongTokens)),
        ("anthropic.usage.cache_creation.ephemeral_1h_input_tokens", Fact(F::CacheWriteLongTokens)),
        ("openai.response.service_tier", Fact(F::ServiceTier)),
        ("gen_ai.openai.response.service_tier", Fact(F::ServiceTier)),
        ("gen_ai.response.service_tier", Fact(F::ServiceTier)),
        ("anthropic.response.service_tier", Fact(F::ServiceTier)),
        ("openai.request.service_tier", Fact(F::ServiceTier)),
        ("gen_ai.openai.request.service_tier", Fact(F::ServiceTier)),
        ("gen_ai.request.service_tier", Fact(F::ServiceTier)),
        ("gen_ai.server.time_to_first_token", Fact(F::FirstTokenAfter)),
        ("gen_ai.response.time_to_first_chunk", Fact(F::FirstTokenAfter)),
        ("gen_ai.client.operation.time_to_first_chunk", Fact(F::FirstTokenAfter)),
        ("gen_ai.usage.input_cost", Fact(F::InputCost)),
        ("gen_ai.usage.output_cost", Fact(F::OutputCost)),
        ("gen_ai.usage.cost", Fact(F::TotalCost)),
        ("gen_ai.usage.total_cost", Fact(F::TotalCost)),
        ("enduser.id", Fact(F::User)),
        ("gen_ai.system_instructions", Mark),
    ],
    spare: Some(of_events),
    messages: Some(chat),
    documents: Some(found),
    ..Dialect::PLAIN
};

const DETAILS: &str = "gen_ai.client.inference.operation.details";

/// Inputs or outputs that events tell.
fn of_events(facts: &Facts<'_>, side: Side) -> Option<Value> {
    let key = match side {
        Side::Input => "gen_ai.input.messages",
        Side::Output => "gen_ai.output.messages",
    };
    // A loop may tell of each of its turns; the first has what came in, the last what came out.
    let details = facts.span.events.iter().filter(|event| event.name == DETAILS);
    let mut said = details.filter_map(|event| attribute(&event.attributes, key));
    let said = if side == Side::Input { said.next() } else { said.next_back() };
    if let Some(said) = said {
        return Some(tree::json(said));
    }
    let messages: Vec<Value> =
        facts.span.events.iter().flat_map(|event| event_messages(event, side)).collect();
    (!messages.is_empty()).then_some(Value::Array(messages))
}

/// The message an event is, as OpenAI would write it.
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
    // A choice may say who speaks; in the others their name does.
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
    // Strands tells with the choice what the tools answered that it called.
    if let Some(result) = get("tool.result") {
        messages.push(json!({ "role": "tool", "content": result }));
    }
    messages
}

fn is_blank(value: &Value) -> bool {
    matches!(value, Value::Null) || *value == json!("")
}

/// The chat with what the system was told, which stands in an attribute of its own.
fn chat(facts: &Facts<'_>, side: Side) -> Vec<ChatMessage> {
    if side == Side::Output {
        return Vec::new();
    }
    let key = "gen_ai.system_instructions";
    let of_details = || {
        let details = facts.span.events.iter().filter(|event| event.name == DETAILS);
        details.into_iter().find_map(|event| attribute(&event.attributes, key))
    };
    let Some(instructions) = facts.attribute(key).or_else(of_details) else { return Vec::new() };
    let instructions = tree::json(instructions);
    let mut chat = match &instructions {
        Value::Array(parts) if parts.iter().any(|part| part.get("role").is_some()) => {
            messages::read(&instructions, side, false)
        }
        content => messages::one(&json!({ "role": "system", "content": content }), side),
    };
    let Some((inputs, _)) = super::values::of(facts, side) else { return chat };
    let inputs = tree::json(&inputs);
    let said = messages::read(&inputs, side, true);
    if said.iter().any(|message| message.role == "system") {
        return said;
    }
    chat.extend(said);
    chat
}

fn found(facts: &Facts<'_>) -> Vec<Document> {
    let found = facts.attribute("gen_ai.retrieval.documents").map(tree::json);
    found.map(|found| documents::read(&found)).unwrap_or_default()
}
