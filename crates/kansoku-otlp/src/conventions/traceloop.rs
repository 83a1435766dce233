//! Traceloop's OpenLLMetry: numbered prompts and completions, and entities of workflows.
use std::borrow::Cow;

use serde_json::Value;

use super::normalized_span::{ChatMessage, Side};
use super::span_attributes::{SemanticField as F, SpanAttributes};
use super::table::AttributeMapping::{Field, Marker, Type};
use super::{Conventions, messages, tree};
use crate::value::is_empty;

pub(super) static CONVENTIONS: Conventions = Conventions {
    mappings: &[
        (
            "traceloop.span.kind",
            Type(&[
                ("workflow", "WORKFLOW"),
                ("task", "TASK"),
                ("agent", "AGENT"),
                ("tool", "TOOL"),
                ("unknown", "UNKNOWN"),
            ]),
        ),
        ("traceloop.entity.input", Field(F::Inputs)),
        ("traceloop.entity.output", Field(F::Outputs)),
        ("gen_ai.usage.prompt_tokens", Field(F::InputTokens)),
        ("gen_ai.usage.completion_tokens", Field(F::OutputTokens)),
        ("llm.usage.total_tokens", Field(F::TotalTokens)),
        ("gen_ai.system", Field(F::Provider)),
    ],
    extra_mappings: &[
        (
            "llm.request.type",
            Type(&[
                ("chat", "CHAT_MODEL"),
                ("completion", "LLM"),
                ("embedding", "EMBEDDING"),
                ("rerank", "RERANKER"),
            ]),
        ),
        ("gen_ai.usage.cache_read_input_tokens", Field(F::CacheReadTokens)),
        ("gen_ai.usage.cache_creation_input_tokens", Field(F::CacheWriteTokens)),
        ("llm.usage.cache_read_input_tokens", Field(F::CacheReadTokens)),
        ("llm.usage.reasoning_tokens", Field(F::ReasoningTokens)),
        ("traceloop.association.properties.session_id", Field(F::Session)),
        ("traceloop.association.properties.thread_id", Field(F::Session)),
        ("traceloop.association.properties.conversation_id", Field(F::Session)),
        ("traceloop.association.properties.user_id", Field(F::User)),
    ],
    prefix_mappings: &[
        ("gen_ai.prompt.", Marker),
        ("gen_ai.completion.", Marker),
        ("llm.request.functions.", Marker),
    ],
    compose: Some(first_content),
    messages: Some(chat),
    tools: Some(|attributes| tree::gather(&attributes.span.attributes, "llm.request.functions.")),
    ..Conventions::PLAIN
};

/// The input or output as MLflow derives it: only the first prompt or completion. All of them are
/// in `messages`.
fn first_content(attributes: &SpanAttributes<'_>, side: Side) -> Option<Value> {
    // The input or output of an entity has precedence.
    let (field, numbered): (F, &[&str]) = match side {
        Side::Input => {
            (F::Inputs, &["gen_ai.prompt.#.content", "gen_ai.completion.#.tool_calls.#.arguments"])
        }
        Side::Output => (F::Outputs, &["gen_ai.completion.#.content"]),
    };
    if attributes.get(field).is_some_and(|value| {
        let entity = ["traceloop.entity.input", "traceloop.entity.output"];
        entity.iter().any(|key| attributes.attribute(key).is_some_and(|it| std::ptr::eq(it, value)))
    }) {
        return None;
    }
    let attributes = &attributes.span.attributes;
    numbered.iter().find_map(|pattern| {
        let mut matching =
            attributes.iter().filter(|entry| without_numbers(&entry.key) == *pattern);
        let found = matching.find_map(|entry| entry.value.as_ref().filter(|it| !is_empty(it)))?;
        Some(tree::json(found))
    })
}

fn without_numbers(key: &str) -> Cow<'_, str> {
    let numbered =
        |segment: &str| !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    if !key.starts_with("gen_ai.") || !key.split('.').any(numbered) {
        return Cow::Borrowed(key);
    }
    let segments = key.split('.').map(|segment| if numbered(segment) { "#" } else { segment });
    Cow::Owned(segments.collect::<Vec<_>>().join("."))
}

fn chat(attributes: &SpanAttributes<'_>, side: Side) -> Vec<ChatMessage> {
    let prefix = match side {
        Side::Input => "gen_ai.prompt.",
        Side::Output => "gen_ai.completion.",
    };
    let gathered = tree::gather(&attributes.span.attributes, prefix);
    let list = gathered.filter(Value::is_array);
    list.map(|list| messages::read(&list, side, false)).unwrap_or_default()
}
