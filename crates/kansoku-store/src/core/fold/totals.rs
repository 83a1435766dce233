//! Totals in the format in which MLflow's clients write them into metadata: JSON with a space after
//! `:` and `,`.
use kansoku_model::{Cost, Money, TokenUsage};
use serde_json::Value;

pub fn usage(usage: &TokenUsage) -> String {
    let mut text = format!(
        "{{\"input_tokens\": {}, \"output_tokens\": {}, \"total_tokens\": {}",
        usage.input_tokens, usage.output_tokens, usage.total_tokens
    );
    for (key, tokens) in [
        ("cache_read_input_tokens", usage.cache_read_input_tokens),
        ("cache_creation_input_tokens", usage.cache_creation_input_tokens),
        ("cache_creation_input_tokens_above_1hr", usage.cache_creation_input_tokens_above_1hr),
        ("reasoning_output_tokens", usage.reasoning_output_tokens),
    ] {
        if let Some(tokens) = tokens {
            text.push_str(&format!(", \"{key}\": {tokens}"));
        }
    }
    text.push('}');
    text
}

/// Formats costs with all digits of the dollar amount, without rounding to a float.
pub fn cost(cost: &Cost) -> String {
    let Cost { input, output, total } = cost;
    format!("{{\"input_cost\": {input}, \"output_cost\": {output}, \"total_cost\": {total}}}")
}

pub fn parse_cost(text: &str) -> Option<Cost> {
    let said: Value = serde_json::from_str(text).ok()?;
    let dollars = |key: &str| said.get(key).and_then(Value::as_f64).map(Money::from_dollars);
    let (input, output) = (dollars("input_cost"), dollars("output_cost"));
    input.or(output).or(dollars("total_cost"))?;
    let parts = Cost::new(input.unwrap_or_default(), output.unwrap_or_default());
    Some(Cost { total: dollars("total_cost").unwrap_or(parts.total), ..parts })
}
