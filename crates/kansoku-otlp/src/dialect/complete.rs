//! Spans of other dialects in MLflow's words, because its clients read only those.
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::{Value, json};

use super::facts::{Fact, Facts};
use super::meaning::Side;
use super::tools::definitions_in;
use super::{DIALECTS, cost, usage, values};
use crate::value::to_text;

/// Adds MLflow's attributes that other dialects say by other names.
/// Kept bytes stay as they were sent; this is for views.
pub(crate) fn complete(span: &mut Span) {
    let facts = Facts::of(span);
    let own = |fact| facts.ranked(fact).is_some_and(|(rank, _)| super::table::is_own(rank));
    let mut added = Vec::new();
    let mut add = |key: &str, value: AnyValue| {
        added.push(KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() });
    };
    if let Some((name, false)) = facts.span_type() {
        add("mlflow.spanType", text(name));
    }
    for (side, key) in [(Side::Input, "mlflow.spanInputs"), (Side::Output, "mlflow.spanOutputs")] {
        if let Some((value, false)) = values::of(&facts, side) {
            add(key, value.into_owned());
        }
    }
    if !own(Fact::Usage)
        && let Some(counts) = usage::of(&facts)
    {
        add("mlflow.chat.tokenUsage", text(&to_text(&counts.json())));
    }
    if !own(Fact::MessageFormat)
        && let Some(format) = message_format(&facts)
    {
        add("mlflow.message.format", text(format));
    }
    if !own(Fact::Tools)
        && let Some(tools) = tools(&facts)
    {
        add("mlflow.chat.tools", tools);
    }
    if !own(Fact::Model)
        && let Some(model) = super::model(&facts)
    {
        add("mlflow.llm.model", text(&model));
    }
    if !own(Fact::Provider)
        && let Some(provider) = facts.text(Fact::Provider)
    {
        add("mlflow.llm.provider", text(&provider));
    }
    if !own(Fact::Cost)
        && let Some(cost) = cost::of(&facts)
    {
        add("mlflow.llm.cost", text(&to_text(&cost::json(cost))));
    }
    span.attributes.extend(added);
}

fn message_format(facts: &Facts<'_>) -> Option<&'static str> {
    let dialects = DIALECTS.iter().enumerate().filter(|(index, _)| facts.seen(*index));
    dialects.into_iter().find_map(|(_, dialect)| dialect.message_format?(facts))
}

/// An attribute with all definitions as it stands; others in the form of OpenAI, as
/// MLflow's clients expect them.
fn tools(facts: &Facts<'_>) -> Option<AnyValue> {
    if let Some(tools) = facts.get(Fact::Tools) {
        return Some(tools.clone());
    }
    let mut dialects = DIALECTS.iter().enumerate().filter(|(index, _)| facts.seen(*index));
    let tools = dialects.find_map(|(_, dialect)| dialect.tools?(facts))?;
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
