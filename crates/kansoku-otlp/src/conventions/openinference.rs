//! OpenInference: Arize Phoenix and its instrumentations.
//!
//! Lists are flattened into numbered attributes; `input.value` and `output.value` have the whole
//! value if the instrumentation could serialize it.
use serde_json::{Map, Value, json};

use super::normalized_span::{ChatMessage, Document, Side};
use super::span_attributes::SpanAttributes;
use super::table::AttributeMapping::{Field, Marker, Type};
use super::{Conventions, span_attributes::SemanticField as F};
use super::{documents, messages, tree};

pub(super) static CONVENTIONS: Conventions = Conventions {
    mappings: &[
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
        ("input.value", Field(F::Inputs)),
        ("output.value", Field(F::Outputs)),
        ("llm.response.model_name", Field(F::Model)),
        ("llm.model_name", Field(F::Model)),
        ("llm.request.model_name", Field(F::Model)),
        ("embedding.model_name", Field(F::Model)),
        ("llm.provider", Field(F::Provider)),
        ("llm.token_count.prompt", Field(F::InputTokens)),
        ("llm.token_count.completion", Field(F::OutputTokens)),
        ("llm.token_count.total", Field(F::TotalTokens)),
        ("llm.token_count.prompt_details.cache_read", Field(F::CacheReadTokens)),
        ("llm.token_count.prompt_details.cache_write", Field(F::CacheWriteTokens)),
    ],
    extra_mappings: &[
        ("openinference.span.kind", Type(&[("PROMPT", "PARSER")])),
        ("llm.token_count.completion_details.reasoning", Field(F::ReasoningTokens)),
        ("llm.time_to_first_token", Field(F::FirstTokenAfter)),
        ("llm.cost", Field(F::Cost)),
        ("llm.cost.prompt", Field(F::InputCost)),
        ("llm.cost.completion", Field(F::OutputCost)),
        ("llm.cost.total", Field(F::TotalCost)),
        ("llm.system", Field(F::Provider)),
        ("reranker.model_name", Field(F::Model)),
        ("tool.parameters", Field(F::Inputs)),
    ],
    prefix_mappings: &[
        ("llm.input_messages.", Marker),
        ("llm.output_messages.", Marker),
        ("llm.prompts.", Marker),
        ("llm.choices.", Marker),
        ("llm.tools.", Marker),
        ("retrieval.documents.", Marker),
        ("reranker.", Marker),
        ("embedding.", Marker),
    ],
    fallback: Some(flattened),
    messages: Some(chat),
    tools: Some(tools),
    documents: Some(found),
    ..Conventions::PLAIN
};

fn gather(attributes: &SpanAttributes<'_>, prefix: &str) -> Option<Value> {
    tree::gather(&attributes.span.attributes, prefix)
}

/// Inputs and outputs of spans that have only the flattened form.
fn flattened(attributes: &SpanAttributes<'_>, side: Side) -> Option<Value> {
    match side {
        Side::Input => {
            if let Some(messages) = gather(attributes, "llm.input_messages.") {
                return Some(json!({ "messages": plain_messages(messages) }));
            }
            if let Some(Value::Array(texts)) = gather(attributes, "embedding.embeddings.") {
                let texts: Vec<&Value> =
                    texts.iter().filter_map(|it| it.pointer("/embedding/text")).collect();
                return (!texts.is_empty()).then(|| json!(texts));
            }
            if let Some(documents) = gather(attributes, "reranker.input_documents.") {
                let query = attributes.attribute("reranker.query").map(tree::json);
                return Some(json!({ "query": query, "documents": unwrapped(documents) }));
            }
            gather(attributes, "llm.prompts.")
        }
        Side::Output => {
            if let Some(messages) = gather(attributes, "llm.output_messages.") {
                return Some(json!({ "messages": plain_messages(messages) }));
            }
            let documents = gather(attributes, "retrieval.documents.");
            let documents = documents.or_else(|| gather(attributes, "reranker.output_documents."));
            documents.map(unwrapped).or_else(|| gather(attributes, "llm.choices."))
        }
    }
}

fn chat(attributes: &SpanAttributes<'_>, side: Side) -> Vec<ChatMessage> {
    let prefix = match side {
        Side::Input => "llm.input_messages.",
        Side::Output => "llm.output_messages.",
    };
    let Some(flat) = gather(attributes, prefix) else { return Vec::new() };
    messages::read(&plain_messages(flat), side, false)
}

/// Removes the wrappers of `[{"message": {"contents": [{"message_content": …}], "tool_calls":
/// [{"tool_call": …}]}}]`.
fn plain_messages(list: Value) -> Value {
    let Value::Array(items) = list else { return list };
    let message = |item: Value| {
        let mut message = take(item, "message");
        if let Value::Object(fields) = &mut message {
            if let Some(Value::Array(parts)) = fields.remove("contents") {
                let parts = parts.into_iter().map(|part| take(part, "message_content"));
                // A tool call leaves only its type among the contents; the call itself is in
                // `tool_calls`.
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

fn tools(attributes: &SpanAttributes<'_>) -> Option<Value> {
    if let Some(tools) = gather(attributes, "llm.tools.") {
        return Some(tools);
    }
    let parameters = tree::json(attributes.attribute("llm.invocation_parameters")?);
    parameters.get("tools").cloned()
}

fn found(attributes: &SpanAttributes<'_>) -> Vec<Document> {
    let prefixes = ["retrieval.documents.", "reranker.output_documents."];
    let found = prefixes.into_iter().find_map(|prefix| gather(attributes, prefix));
    let Some(Value::Array(items)) = found else { return Vec::new() };
    // A document without text is a document too.
    let one = |item: &Value| {
        let known = documents::read(&Value::Array(vec![item.clone()])).pop();
        known.or_else(|| {
            let fields: &Map<String, Value> = item.get("document")?.as_object()?;
            Some(Document { metadata: Some(Value::Object(fields.clone())), ..Document::default() })
        })
    };
    items.iter().filter_map(one).collect()
}
