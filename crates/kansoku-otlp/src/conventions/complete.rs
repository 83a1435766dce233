//! Adds MLflow's attributes to spans of other conventions, because MLflow's clients read only
//! those.
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::{Value, json};

use super::normalized_span::Side;
use super::span_attributes::{SemanticField, SpanAttributes};
use super::tools::definitions_in;
use super::{ALL_CONVENTIONS, cost, usage, values};
use crate::value::to_text;

/// Adds MLflow's attributes for fields that the span has under names of other conventions. Only
/// views are completed; the stored bytes stay as they were sent.
pub(crate) fn complete(span: &mut Span) {
    let attributes = SpanAttributes::new(span);
    let own = |field| attributes.ranked(field).is_some_and(|(rank, _)| super::table::is_own(rank));
    let mut added = Vec::new();
    let mut add = |key: &str, value: AnyValue| {
        added.push(KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() });
    };
    if let Some((name, false)) = attributes.span_type() {
        add("mlflow.spanType", text(name));
    }
    for (side, key) in [(Side::Input, "mlflow.spanInputs"), (Side::Output, "mlflow.spanOutputs")] {
        if let Some((value, false)) = values::input_or_output(&attributes, side) {
            add(key, value.into_owned());
        }
    }
    if !own(SemanticField::Usage)
        && let Some(counts) = usage::token_counts(&attributes)
    {
        add("mlflow.chat.tokenUsage", text(&to_text(&counts.json())));
    }
    if !own(SemanticField::MessageFormat)
        && let Some(format) = message_format(&attributes)
    {
        add("mlflow.message.format", text(format));
    }
    if !own(SemanticField::Tools)
        && let Some(tools) = tools(&attributes)
    {
        add("mlflow.chat.tools", tools);
    }
    if !own(SemanticField::Model)
        && let Some(model) = super::model(&attributes)
    {
        add("mlflow.llm.model", text(&model));
    }
    if !own(SemanticField::Provider)
        && let Some(provider) = attributes.text(SemanticField::Provider)
    {
        add("mlflow.llm.provider", text(&provider));
    }
    if !own(SemanticField::Cost)
        && let Some(cost) = cost::span_cost(&attributes)
    {
        add("mlflow.llm.cost", text(&to_text(&cost::json(cost))));
    }
    span.attributes.extend(added);
}

fn message_format(attributes: &SpanAttributes<'_>) -> Option<&'static str> {
    let conventions =
        ALL_CONVENTIONS.iter().enumerate().filter(|(index, _)| attributes.has_any_of(*index));
    conventions.into_iter().find_map(|(_, conventions)| conventions.message_format?(attributes))
}

/// The tool definitions: an attribute that contains all of them, unchanged; otherwise converted to
/// OpenAI's form, which MLflow's clients expect.
fn tools(attributes: &SpanAttributes<'_>) -> Option<AnyValue> {
    if let Some(tools) = attributes.get(SemanticField::Tools) {
        return Some(tools.clone());
    }
    let mut conventions =
        ALL_CONVENTIONS.iter().enumerate().filter(|(index, _)| attributes.has_any_of(*index));
    let tools = conventions.find_map(|(_, conventions)| conventions.tools?(attributes))?;
    let definitions = definitions_in(&tools);
    let in_openais_form = definitions.into_iter().map(|tool| {
        let mut function = json!({ "name": tool.name });
        if let Some(description) = tool.description {
            function["description"] = description.into();
        }
        if let Some(parameters) = tool.parameters {
            function["parameters"] = parameters;
        }
        json!({ "type": "function", "function": function })
    });
    let tools: Vec<Value> = in_openais_form.collect();
    (!tools.is_empty()).then(|| text(&to_text(&tools)))
}

fn text(text: &str) -> AnyValue {
    AnyValue { value: Some(Any::StringValue(text.to_owned())) }
}
