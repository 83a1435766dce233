//! OpenInference: Arize Phoenix and its instrumentations.
//!
//! Lists are flattened into numbered attributes; `input.value` and `output.value` hold
//! the whole where the instrumentation could write it.
use serde_json::{Map, Value, json};

use super::facts::Facts;
use super::meaning::{ChatMessage, Document, Side};
use super::table::Says::{Fact, Mark, Type};
use super::{Dialect, facts::Fact as F};
use super::{documents, messages, tree};

pub(super) static DIALECT: Dialect = Dialect {
    says: &[
        (
            "openinference.span.kind",
            Type(&[
                ("TOOL", "TOOL"),
                ("CHAIN", "CHAIN"),
                ("LLM", "LLM"),
                ("RETRIEVER", "RETRIEVER"),
                ("EMBEDDING", "EMBEDDING"),
                ("AGENT", "AGENT"),
                ("RERANKER", "RERANKER"),
                ("UNKNOWN", "UNKNOWN"),
                ("GUARDRAIL", "GUARDRAIL"),
                ("EVALUATOR", "EVALUATOR"),
            ]),
        ),
        ("input.value", Fact(F::Inputs)),
        ("output.value", Fact(F::Outputs)),
        ("llm.response.model_name", Fact(F::Model)),
        ("llm.model_name", Fact(F::Model)),
        ("llm.request.model_name", Fact(F::Model)),
        ("embedding.model_name", Fact(F::Model)),
        ("llm.provider", Fact(F::Provider)),
        ("llm.token_count.prompt", Fact(F::InputTokens)),
        ("llm.token_count.completion", Fact(F::OutputTokens)),
        ("llm.token_count.total", Fact(F::TotalTokens)),
        ("llm.token_count.prompt_details.cache_read", Fact(F::CacheReadTokens)),
        ("llm.token_count.prompt_details.cache_write", Fact(F::CacheWriteTokens)),
    ],
    also: &[
        ("openinference.span.kind", Type(&[("PROMPT", "PARSER")])),
        ("llm.token_count.completion_details.reasoning", Fact(F::ReasoningTokens)),
        ("llm.time_to_first_token", Fact(F::FirstTokenAfter)),
        ("llm.cost", Fact(F::Cost)),
        ("llm.cost.prompt", Fact(F::InputCost)),
        ("llm.cost.completion", Fact(F::OutputCost)),
        ("llm.cost.total", Fact(F::TotalCost)),
        ("llm.system", Fact(F::Provider)),
        ("reranker.model_name", Fact(F::Model)),
        ("tool.parameters", Fact(F::Inputs)),
    ],
    families: &[
        ("llm.input_messages.", Mark),
        ("llm.output_messages.", Mark),
        ("llm.prompts.", Mark),
        ("llm.choices.", Mark),
        ("llm.tools.", Mark),
        ("retrieval.documents.", Mark),
        ("reranker.", Mark),
        ("embedding.", Mark),
    ],
    spare: Some(flattened),
    messages: Some(chat),
    tools: Some(tools),
    documents: Some(found),
    ..Dialect::PLAIN
};

fn gather(facts: &Facts<'_>, prefix: &str) -> Option<Value> {
    tree::gather(&facts.span.attributes, prefix)
}

/// Inputs and outputs of spans that have only the flattened form.
fn flattened(facts: &Facts<'_>, side: Side) -> Option<Value> {
    match side {
        Side::Input => {
            if let Some(messages) = gather(facts, "llm.input_messages.") {
                return Some(json!({ "messages": plain_messages(messages) }));
            }
            if let Some(Value::Array(texts)) = gather(facts, "embedding.embeddings.") {
                let texts: Vec<&Value> =
                    texts.iter().filter_map(|it| it.pointer("/embedding/text")).collect();
                return (!texts.is_empty()).then(|| json!(texts));
            }
            if let Some(documents) = gather(facts, "reranker.input_documents.") {
                let query = facts.attribute("reranker.query").map(tree::json);
                return Some(json!({ "query": query, "documents": unwrapped(documents) }));
            }
            gather(facts, "llm.prompts.")
        }
        Side::Output => {
            if let Some(messages) = gather(facts, "llm.output_messages.") {
                return Some(json!({ "messages": plain_messages(messages) }));
            }
            let documents = gather(facts, "retrieval.documents.");
            let documents = documents.or_else(|| gather(facts, "reranker.output_documents."));
            documents.map(unwrapped).or_else(|| gather(facts, "llm.choices."))
        }
    }
}

fn chat(facts: &Facts<'_>, side: Side) -> Vec<ChatMessage> {
    let prefix = match side {
        Side::Input => "llm.input_messages.",
        Side::Output => "llm.output_messages.",
    };
    let Some(flat) = gather(facts, prefix) else { return Vec::new() };
    messages::read(&plain_messages(flat), side, false)
}

/// `[{"message": {"contents": [{"message_content": …}], "tool_calls": [{"tool_call": …}]}}]`
/// without the wrappers.
fn plain_messages(list: Value) -> Value {
    let Value::Array(items) = list else { return list };
    let message = |item: Value| {
        let mut message = take(item, "message");
        if let Value::Object(fields) = &mut message {
            if let Some(Value::Array(parts)) = fields.remove("contents") {
                let parts = parts.into_iter().map(|part| take(part, "message_content"));
                // Calls of tools leave their kind here, and all else in a list of their own.
                let says = |part: &Value| part.as_object().is_none_or(|it| 1 < it.len());
                let parts: Vec<Value> = parts.filter(says).collect();
                if !parts.is_empty() {
                    fields.insert("content".to_owned(), parts.into());
                }
            }
            if let Some(Value::Array(calls)) = fields.remove("tool_calls") {
                let calls = calls.into_iter().map(|call| take(call, "tool_call"));
                fields.insert("tool_calls".to_owned(), calls.collect());
            }
        }
        message
    };
    items.into_iter().map(message).collect()
}

fn unwrapped(documents: Value) -> Value {
    let Value::Array(items) = documents else { return documents };
    items.into_iter().map(|item| take(item, "document")).collect()
}

fn take(item: Value, wrapper: &str) -> Value {
    match item {
        Value::Object(mut object) => match object.remove(wrapper) {
            Some(inner) => inner,
            None => Value::Object(object),
        },
        other => other,
    }
}

fn tools(facts: &Facts<'_>) -> Option<Value> {
    if let Some(tools) = gather(facts, "llm.tools.") {
        return Some(tools);
    }
    let parameters = tree::json(facts.attribute("llm.invocation_parameters")?);
    parameters.get("tools").cloned()
}

fn found(facts: &Facts<'_>) -> Vec<Document> {
    let prefixes = ["retrieval.documents.", "reranker.output_documents."];
    let found = prefixes.into_iter().find_map(|prefix| gather(facts, prefix));
    let Some(Value::Array(items)) = found else { return Vec::new() };
    // A document without any text is a document still.
    let one = |item: &Value| {
        let known = documents::read(&Value::Array(vec![item.clone()])).pop();
        known.or_else(|| {
            let fields: &Map<String, Value> = item.get("document")?.as_object()?;
            Some(Document { metadata: Some(Value::Object(fields.clone())), ..Document::default() })
        })
    };
    items.iter().filter_map(one).collect()
}
