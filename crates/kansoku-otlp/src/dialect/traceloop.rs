//! Traceloop's OpenLLMetry: numbered prompts and completions, entities of workflows.
use std::borrow::Cow;

use serde_json::Value;

use super::facts::{Fact as F, Facts};
use super::meaning::{ChatMessage, Side};
use super::table::Says::{Fact, Mark, Type};
use super::{Dialect, messages, tree};
use crate::value::is_empty;

pub(super) static DIALECT: Dialect = Dialect {
    says: &[
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
        ("traceloop.entity.input", Fact(F::Inputs)),
        ("traceloop.entity.output", Fact(F::Outputs)),
        ("gen_ai.usage.prompt_tokens", Fact(F::InputTokens)),
        ("gen_ai.usage.completion_tokens", Fact(F::OutputTokens)),
        ("llm.usage.total_tokens", Fact(F::TotalTokens)),
        ("gen_ai.system", Fact(F::Provider)),
    ],
    also: &[
        (
            "llm.request.type",
            Type(&[
                ("chat", "CHAT_MODEL"),
                ("completion", "LLM"),
                ("embedding", "EMBEDDING"),
                ("rerank", "RERANKER"),
            ]),
        ),
        ("gen_ai.usage.cache_read_input_tokens", Fact(F::CacheReadTokens)),
        ("gen_ai.usage.cache_creation_input_tokens", Fact(F::CacheWriteTokens)),
        ("llm.usage.cache_read_input_tokens", Fact(F::CacheReadTokens)),
        ("llm.usage.reasoning_tokens", Fact(F::ReasoningTokens)),
        ("traceloop.association.properties.session_id", Fact(F::Session)),
        ("traceloop.association.properties.thread_id", Fact(F::Session)),
        ("traceloop.association.properties.conversation_id", Fact(F::Session)),
        ("traceloop.association.properties.user_id", Fact(F::User)),
    ],
    families: &[
        ("gen_ai.prompt.", Mark),
        ("gen_ai.completion.", Mark),
        ("llm.request.functions.", Mark),
    ],
    built: Some(first_content),
    messages: Some(chat),
    tools: Some(|facts| tree::gather(&facts.span.attributes, "llm.request.functions.")),
    ..Dialect::PLAIN
};

/// What MLflow takes for the inputs: the first prompt there is, alone. The others are in `messages`.
fn first_content(facts: &Facts<'_>, side: Side) -> Option<Value> {
    // An entity says it better, and was asked before.
    let (fact, numbered): (F, &[&str]) = match side {
        Side::Input => {
            (F::Inputs, &["gen_ai.prompt.#.content", "gen_ai.completion.#.tool_calls.#.arguments"])
        }
        Side::Output => (F::Outputs, &["gen_ai.completion.#.content"]),
    };
    if facts.get(fact).is_some_and(|value| {
        let entity = ["traceloop.entity.input", "traceloop.entity.output"];
        entity.iter().any(|key| facts.attribute(key).is_some_and(|it| std::ptr::eq(it, value)))
    }) {
        return None;
    }
    let attributes = &facts.span.attributes;
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

fn chat(facts: &Facts<'_>, side: Side) -> Vec<ChatMessage> {
    let prefix = match side {
        Side::Input => "gen_ai.prompt.",
        Side::Output => "gen_ai.completion.",
    };
    let gathered = tree::gather(&facts.span.attributes, prefix);
    let list = gathered.filter(Value::is_array);
    list.map(|list| messages::read(&list, side, false)).unwrap_or_default()
}
