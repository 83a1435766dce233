//! The AI SDK of Vercel.
//!
//! `ai.generateText` is the whole run, its steps `ai.generateText.doGenerate` are the calls of the
//! model. These have their inputs under `ai.prompt.` and their outputs under `ai.response.`. From
//! version 7 on, the SDK writes GenAI's conventions with few attributes of its own.
use serde_json::{Map, Value};

use super::normalized_span::{ChatMessage, Side};
use super::span_attributes::{SemanticField as F, SpanAttributes};
use super::table::AttributeMapping::{Field, Marker, Type};
use super::{Conventions, messages, tree};
use crate::value::plain_text;

pub(super) static CONVENTIONS: Conventions = Conventions {
    mappings: &[
        (
            "ai.operationId",
            Type(&[
                ("ai.generateText", "LLM"),
                ("ai.generateText.doGenerate", "LLM"),
                ("ai.toolCall", "TOOL"),
                ("ai.streamText", "LLM"),
                ("ai.streamText.doStream", "LLM"),
                ("ai.generateObject", "LLM"),
                ("ai.generateObject.doGenerate", "LLM"),
                ("ai.streamObject", "LLM"),
                ("ai.streamObject.doStream", "LLM"),
                ("ai.embed", "EMBEDDING"),
                ("ai.embed.doEmbed", "EMBEDDING"),
                ("ai.embedMany", "EMBEDDING"),
            ]),
        ),
        ("ai.prompt", Field(F::Inputs)),
        ("ai.toolCall.args", Field(F::Inputs)),
        ("ai.value", Field(F::Inputs)),
        ("ai.values", Field(F::Inputs)),
        ("ai.response.text", Field(F::Outputs)),
        ("ai.toolCall.result", Field(F::Outputs)),
        ("ai.response.object", Field(F::Outputs)),
        ("ai.embedding", Field(F::Outputs)),
        ("ai.embeddings", Field(F::Outputs)),
    ],
    extra_mappings: &[
        (
            "ai.operationId",
            Type(&[("ai.embedMany.doEmbed", "EMBEDDING"), ("ai.rerank", "RERANKER")]),
        ),
        ("gen_ai.operation.name", Type(&[("agent_step", "CHAIN")])),
        ("ai.response.model", Field(F::Model)),
        ("ai.model.id", Field(F::Model)),
        ("ai.model.provider", Field(F::Provider)),
        ("ai.usage.inputTokens", Field(F::InputTokens)),
        ("ai.usage.promptTokens", Field(F::InputTokens)),
        ("ai.usage.tokens", Field(F::InputTokens)),
        ("ai.usage.outputTokens", Field(F::OutputTokens)),
        ("ai.usage.completionTokens", Field(F::OutputTokens)),
        ("ai.usage.totalTokens", Field(F::TotalTokens)),
        ("ai.usage.inputTokenDetails.cacheReadTokens", Field(F::CacheReadTokens)),
        ("ai.usage.cachedInputTokens", Field(F::CacheReadTokens)),
        ("ai.usage.inputTokenDetails.cacheWriteTokens", Field(F::CacheWriteTokens)),
        ("ai.usage.outputTokenDetails.reasoningTokens", Field(F::ReasoningTokens)),
        ("ai.usage.reasoningTokens", Field(F::ReasoningTokens)),
        ("ai.response.msToFirstChunk", Field(F::FirstTokenAfterMs)),
        ("ai.stream.msToFirstChunk", Field(F::FirstTokenAfterMs)),
        ("ai.telemetry.metadata.sessionId", Field(F::Session)),
        ("ai.telemetry.metadata.session_id", Field(F::Session)),
        ("ai.telemetry.metadata.threadId", Field(F::Session)),
        ("ai.telemetry.metadata.userId", Field(F::User)),
        ("ai.telemetry.metadata.user_id", Field(F::User)),
        ("ai.settings.context.sessionId", Field(F::Session)),
        ("ai.settings.context.session_id", Field(F::Session)),
        ("ai.settings.context.threadId", Field(F::Session)),
        ("ai.settings.context.userId", Field(F::User)),
        ("ai.settings.context.user_id", Field(F::User)),
        ("ai.response.toolCalls", Field(F::Outputs)),
    ],
    prefix_mappings: &[("ai.prompt.", Marker), ("ai.response.", Marker)],
    compose: Some(model_call),
    messages: Some(chat),
    tools: Some(|attributes| {
        Some(tree::json(attributes.attribute("ai.prompt.tools")?)).filter(Value::is_array)
    }),
    message_format: Some(|attributes| is_model_call(attributes).then_some("vercel_ai")),
    ..Conventions::PLAIN
};

fn is_model_call(attributes: &SpanAttributes<'_>) -> bool {
    let operation = plain_text(attributes.attribute("ai.operationId"));
    matches!(operation.as_ref(), "ai.generateText.doGenerate" | "ai.streamText.doStream")
}

fn model_call(attributes: &SpanAttributes<'_>, side: Side) -> Option<Value> {
    if !is_model_call(attributes) {
        return None;
    }
    let prefix = match side {
        Side::Input => "ai.prompt.",
        Side::Output => "ai.response.",
    };
    let mut fields = Map::new();
    for entry in &attributes.span.attributes {
        if let (Some(name), Some(value)) = (entry.key.strip_prefix(prefix), &entry.value) {
            fields.insert(name.to_owned(), read(value, name == "tools"));
        }
    }
    (!fields.is_empty()).then_some(Value::Object(fields))
}

/// The field as JSON; tools are a list of strings of JSON.
fn read(value: &opentelemetry_proto::tonic::common::v1::AnyValue, tools: bool) -> Value {
    match tree::json(value) {
        Value::Array(items) if tools => {
            items.into_iter().map(|item| super::parts::decoded(&item).into_owned()).collect()
        }
        other => other,
    }
}

/// The answer with its reasoning and tool calls, for spans whose output attribute has only the
/// text.
fn chat(attributes: &SpanAttributes<'_>, side: Side) -> Vec<ChatMessage> {
    if side == Side::Input {
        let Some(said) = attributes.attribute("ai.prompt.messages") else { return Vec::new() };
        return messages::read(&tree::json(said), side, false);
    }
    let mut answer = Map::new();
    for (name, key) in [
        ("reasoning", "ai.response.reasoning"),
        ("text", "ai.response.text"),
        ("toolCalls", "ai.response.toolCalls"),
        ("finishReason", "ai.response.finishReason"),
    ] {
        if let Some(value) = attributes.attribute(key) {
            // The text stays a string even if it looks like JSON.
            let value = match name {
                "toolCalls" => tree::json(value),
                _ => Value::String(plain_text(Some(value)).into_owned()),
            };
            answer.insert(name.to_owned(), value);
        }
    }
    messages::read(&Value::Object(answer), side, false)
}
