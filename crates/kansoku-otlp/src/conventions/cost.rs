//! The cost of a span from its own attributes, in dollars.
use kansoku_model::{Cost, Money};
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use serde_json::{Map, Value, json};

use super::span_attributes::{SemanticField, SpanAttributes};
use super::table::is_own;
use super::tree;

/// The cost of the span; `None` if it has no attribute for it, or none with a finite, non-negative
/// amount.
pub(super) fn span_cost(attributes: &SpanAttributes<'_>) -> Option<Cost> {
    let object = attributes.get(SemanticField::Cost).map(tree::json);
    let in_object = |keys: [&str; 2], side: &str| {
        let object = object.as_ref()?.as_object()?;
        keys.into_iter().find_map(|key| amount(object.get(key)?)).or_else(|| sum(object, side))
    };
    let own = |field| attributes.get(field).and_then(dollars);
    let input =
        own(SemanticField::InputCost).or_else(|| in_object(["input_cost", "prompt"], "input"));
    let output = own(SemanticField::OutputCost)
        .or_else(|| in_object(["output_cost", "completion"], "output"));
    let total =
        own(SemanticField::TotalCost).or_else(|| in_object(["total_cost", "total"], "total"));
    input.or(output).or(total)?;
    let cost = Cost::new(money(input), money(output));
    let cost = Cost { total: total.map_or(cost.total, Money::from_dollars), ..cost };
    // Libraries that do not know the price write zeros. A zero in MLflow's own attribute is a cost.
    let own = attributes.ranked(SemanticField::Cost).is_some_and(|(rank, _)| is_own(rank));
    (own || cost != Cost::default()).then_some(cost)
}

/// The cost in the form of MLflow's `mlflow.llm.cost`.
pub(super) fn json(cost: Cost) -> Value {
    json!({
        "input_cost": cost.input.as_dollars(),
        "output_cost": cost.output.as_dollars(),
        "total_cost": cost.total.as_dollars(),
    })
}

fn money(dollars: Option<f64>) -> Money {
    Money::from_dollars(dollars.unwrap_or(0.0))
}

/// The sum of Langfuse's costs per kind of token: `input`, `input_cached_tokens`, …
fn sum(object: &Map<String, Value>, side: &str) -> Option<f64> {
    let of_side = object.iter().filter(|(key, _)| key.contains(side));
    of_side.filter_map(|(_, value)| amount(value)).reduce(|sum, amount| sum + amount)
}

fn dollars(value: &AnyValue) -> Option<f64> {
    match value.value.as_ref()? {
        Any::IntValue(number) => Some(*number as f64),
        Any::DoubleValue(number) => Some(*number),
        Any::StringValue(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|dollars: &f64| dollars.is_finite() && 0.0 <= *dollars)
}

fn amount(value: &Value) -> Option<f64> {
    let dollars = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    dollars.filter(|dollars| dollars.is_finite() && 0.0 <= *dollars)
}
