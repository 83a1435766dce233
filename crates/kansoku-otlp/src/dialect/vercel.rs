//! The AI SDK of Vercel.
//!
//! `ai.generateText` has the whole, its steps `ai.generateText.doGenerate` the calls of
//! the model: those have their inputs under `ai.prompt.` and their outputs under
//! `ai.response.`. From version 7 on it writes GenAI's conventions, with little of its own.
use serde_json::{Map, Value};

use super::facts::{Fact as F, Facts};
use super::meaning::{ChatMessage, Side};
use super::table::Says::{Fact, Mark, Type};
use super::{Dialect, messages, tree};
use crate::value::plain_text;

pub(super) static DIALECT: Dialect = Dialect {
    says: &[
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
        ("ai.prompt", Fact(F::Inputs)),
        ("ai.toolCall.args", Fact(F::Inputs)),
        ("ai.value", Fact(F::Inputs)),
        ("ai.values", Fact(F::Inputs)),
        ("ai.response.text", Fact(F::Outputs)),
        ("ai.toolCall.result", Fact(F::Outputs)),
        ("ai.response.object", Fact(F::Outputs)),
        ("ai.embedding", Fact(F::Outputs)),
        ("ai.embeddings", Fact(F::Outputs)),
    ],
    also: &[
        (
            "ai.operationId",
            Type(&[("ai.embedMany.doEmbed", "EMBEDDING"), ("ai.rerank", "RERANKER")]),
        ),
        ("gen_ai.operation.name", Type(&[("agent_step", "CHAIN")])),
        ("ai.response.model", Fact(F::Model)),
        ("ai.model.id", Fact(F::Model)),
        ("ai.model.provider", Fact(F::Provider)),
        ("ai.usage.inputTokens", Fact(F::InputTokens)),
        ("ai.usage.promptTokens", Fact(F::InputTokens)),
        ("ai.usage.tokens", Fact(F::InputTokens)),
        ("ai.usage.outputTokens", Fact(F::OutputTokens)),
        ("ai.usage.completionTokens", Fact(F::OutputTokens)),
        ("ai.usage.totalTokens", Fact(F::TotalTokens)),
        ("ai.usage.inputTokenDetails.cacheReadTokens", Fact(F::CacheReadTokens)),
        ("ai.usage.cachedInputTokens", Fact(F::CacheReadTokens)),
        ("ai.usage.inputTokenDetails.cacheWriteTokens", Fact(F::CacheWriteTokens)),
        ("ai.usage.outputTokenDetails.reasoningTokens", Fact(F::ReasoningTokens)),
        ("ai.usage.reasoningTokens", Fact(F::ReasoningTokens)),
        ("ai.response.msToFirstChunk", Fact(F::FirstTokenAfterMs)),
        ("ai.stream.msToFirstChunk", Fact(F::FirstTokenAfterMs)),
        ("ai.telemetry.metadata.sessionId", Fact(F::Session)),
        ("ai.telemetry.metadata.session_id", Fact(F::Session)),
        ("ai.telemetry.metadata.threadId", Fact(F::Session)),
        ("ai.telemetry.metadata.userId", Fact(F::User)),
        ("ai.telemetry.metadata.user_id", Fact(F::User)),
        ("ai.settings.context.sessionId", Fact(F::Session)),
        ("ai.settings.context.session_id", Fact(F::Session)),
        ("ai.settings.context.threadId", Fact(F::Session)),
        ("ai.settings.context.userId", Fact(F::User)),
        ("ai.settings.context.user_id", Fact(F::User)),
        ("ai.response.toolCalls", Fact(F::Outputs)),
    ],
    families: &[("ai.prompt.", Mark), ("ai.response.", Mark)],
    built: Some(model_call),
    messages: Some(chat),
    tools: Some(|facts| {
        Some(tree::json(facts.attribute("ai.prompt.tools")?)).filter(Value::is_array)
    }),
    message_format: Some(|facts| is_model_call(facts).then_some("vercel_ai")),
    ..Dialect::PLAIN
};

fn is_model_call(facts: &Facts<'_>) -> bool {
    let operation = plain_text(facts.attribute("ai.operationId"));
    matches!(operation.as_ref(), "ai.generateText.doGenerate" | "ai.streamText.doStream")
}

fn model_call(facts: &Facts<'_>, side: Side) -> Option<Value> {
    if !is_model_call(facts) {
        return None;
    }
    let prefix = match side {
        Side::Input => "ai.prompt.",
        Side::Output => "ai.response.",
    };
    let mut fields = Map::new();
    for entry in &facts.span.attributes {
        if let (Some(name), Some(value)) = (entry.key.strip_prefix(prefix), &entry.value) {
            fields.insert(name.to_owned(), read(value, name == "tools"));
        }
    }
    (!fields.is_empty()).then_some(Value::Object(fields))
}

/// The field as JSON; tools come as a list of JSON texts.
fn read(value: &opentelemetry_proto::tonic::common::v1::AnyValue, tools: bool) -> Value {
    match tree::json(value) {
        Value::Array(items) if tools => {
            items.into_iter().map(|item| super::parts::decoded(&item).into_owned()).collect()
        }
        other => other,
    }
}

/// The answer with its reasoning and calls of tools, on the spans that name only its text.
fn chat(facts: &Facts<'_>, side: Side) -> Vec<ChatMessage> {
    if side == Side::Input {
        let Some(said) = facts.attribute("ai.prompt.messages") else { return Vec::new() };
        return messages::read(&tree::json(said), side, false);
    }
    let mut answer = Map::new();
    for (name, key) in [
        ("reasoning", "ai.response.reasoning"),
        ("text", "ai.response.text"),
        ("toolCalls", "ai.response.toolCalls"),
        ("finishReason", "ai.response.finishReason"),
    ] {
        if let Some(value) = facts.attribute(key) {
            // A text is a text even if it looks like JSON.
            let value = match name {
                "toolCalls" => tree::json(value),
                _ => Value::String(plain_text(Some(value)).into_owned()),
            };
            answer.insert(name.to_owned(), value);
        }
    }
    messages::read(&Value::Object(answer), side, false)
}
