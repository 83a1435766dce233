//! The parameters of a model call: sampling options and limits.
//!
//! Conventions write them as separate attributes, as one attribute in JSON, or only in the request
//! that is the span's input. Only parameters with known names are read, so that nothing else of a
//! request, such as an API key, becomes one.
use serde_json::{Map, Value};

use super::parts::decoded;
use super::span_attributes::SpanAttributes;
use super::tree;

/// The name of each parameter with all its spellings.
const NAMES: &[(&str, &[&str])] = &[
    ("temperature", &["temperature", "ls_temperature"]),
    ("top_p", &["top_p", "topP"]),
    ("top_k", &["top_k", "topK"]),
    (
        "max_tokens",
        &[
            "max_tokens",
            "max_completion_tokens",
            "max_output_tokens",
            "max_tokens_to_sample",
            "maxTokens",
            "maxOutputTokens",
            "ls_max_tokens",
        ],
    ),
    ("stop_sequences", &["stop_sequences", "stop", "stopSequences"]),
    ("frequency_penalty", &["frequency_penalty", "frequencyPenalty"]),
    ("presence_penalty", &["presence_penalty", "presencePenalty"]),
    ("seed", &["seed"]),
    ("reasoning_effort", &["reasoning_effort", "reasoningEffort"]),
    ("tool_choice", &["tool_choice", "toolChoice"]),
    ("response_format", &["response_format", "responseFormat"]),
];

/// Prefixes of attributes that contain one parameter each.
const PREFIXES: &[&str] =
    &["gen_ai.request.", "llm.request.", "llm.", "ai.settings.", "langsmith.metadata."];

/// Attributes that contain all parameters as JSON.
const OBJECTS: &[&str] = &[
    "llm.invocation_parameters",
    "langfuse.observation.model.parameters",
    "invocation_params",
    "model_parameters",
];

/// Fields of a request that contain parameters.
const NESTED: &[&str] = &[
    "config",
    "generationConfig",
    "generation_config",
    "inferenceConfig",
    "invocation_params",
    "parameters",
    "options",
];

/// The parameters of a model call, by OpenTelemetry's names.
pub(super) fn parameters(
    attributes: &SpanAttributes<'_>,
    inputs: Option<&Value>,
) -> Map<String, Value> {
    let objects: Vec<Value> =
        OBJECTS.iter().filter_map(|key| attributes.attribute(key)).map(tree::json).collect();
    let request = inputs.map(decoded);
    let request = request.as_deref().and_then(Value::as_object);
    let nested = || NESTED.iter().filter_map(|key| request?.get(*key)?.as_object());
    let mut found = Map::new();
    for (name, keys) in NAMES {
        let attribute = |prefix: &&str| {
            let mut keys = keys.iter().map(|key| format!("{prefix}{key}"));
            keys.find_map(|key| attributes.attribute(&key)).map(tree::json)
        };
        let of = |object: &Map<String, Value>| {
            keys.iter().find_map(|key| object.get(*key)).filter(|value| !value.is_null()).cloned()
        };
        let value = PREFIXES
            .iter()
            .find_map(attribute)
            .or_else(|| objects.iter().filter_map(Value::as_object).find_map(of))
            .or_else(|| of(request?))
            .or_else(|| nested().find_map(of));
        if let Some(value) = value.filter(is_present) {
            found.insert((*name).to_owned(), value);
        }
    }
    found
}

fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        // Langfuse writes `Infinity` for no limit.
        Value::String(text) => !text.is_empty() && text != "Infinity",
        Value::Array(items) => !items.is_empty(),
        _ => true,
    }
}
