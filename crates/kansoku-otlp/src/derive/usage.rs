//! Token counts of a span: MLflow's one attribute, or the dialects' one per count.
use kansoku_model::TokenUsage;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use serde_json::Value;

use super::{Fact, Facts};

/// Counts as found; absent is not zero yet.
#[derive(Default)]
struct Counts {
    input: Option<u64>,
    output: Option<u64>,
    total: Option<u64>,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
}

pub(super) fn of(facts: &Facts<'_>) -> Option<TokenUsage> {
    let own = facts.get(Fact::Usage).and_then(|usage| counts_in(usage).usage());
    own.or_else(|| {
        let count = |fact| facts.get(fact).and_then(count);
        let counts = Counts {
            input: count(Fact::InputTokens),
            output: count(Fact::OutputTokens),
            total: count(Fact::TotalTokens),
            cache_read: count(Fact::CacheReadTokens),
            cache_write: count(Fact::CacheWriteTokens),
        };
        counts.usage()
    })
}

/// The counts in an object, typed or as JSON text.
fn counts_in(usage: &AnyValue) -> Counts {
    let mut counts = Counts::default();
    match &usage.value {
        Some(Any::KvlistValue(object)) => {
            for entry in &object.values {
                counts.set(&entry.key, entry.value.as_ref().and_then(count));
            }
        }
        Some(Any::StringValue(text)) => {
            if let Ok(Value::Object(object)) = serde_json::from_str(text) {
                for (key, value) in &object {
                    counts.set(key, count_in_json(value));
                }
            }
        }
        _ => {}
    }
    counts
}

impl Counts {
    fn set(&mut self, key: &str, count: Option<u64>) {
        let slot = match key {
            "input_tokens" => &mut self.input,
            "output_tokens" => &mut self.output,
            "total_tokens" => &mut self.total,
            "cache_read_input_tokens" => &mut self.cache_read,
            "cache_creation_input_tokens" => &mut self.cache_write,
            _ => return,
        };
        *slot = count;
    }

    fn usage(self) -> Option<TokenUsage> {
        self.input.or(self.output).or(self.total)?;
        let (input_tokens, output_tokens) = (self.input.unwrap_or(0), self.output.unwrap_or(0));
        Some(TokenUsage {
            input_tokens,
            output_tokens,
            total_tokens: self.total.unwrap_or(input_tokens.saturating_add(output_tokens)),
            cache_read_input_tokens: self.cache_read,
            cache_creation_input_tokens: self.cache_write,
            ..TokenUsage::default()
        })
    }
}

fn count(value: &AnyValue) -> Option<u64> {
    match value.value.as_ref()? {
        Any::IntValue(number) => u64::try_from(*number).ok(),
        Any::DoubleValue(number) => whole(*number),
        Any::StringValue(text) => count_in_text(text),
        _ => None,
    }
}

fn count_in_json(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => count_in_text(text),
        _ => None,
    }
}

fn count_in_text(text: &str) -> Option<u64> {
    text.trim().parse().ok().or_else(|| whole(text.trim().parse().ok()?))
}

/// Counts beyond what a store keeps as an integer are no counts.
fn whole(number: f64) -> Option<u64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (0.0..LIMIT).contains(&number).then_some(number as u64)
}
