//! The token counts of a span: one object, or an attribute per count.
use kansoku_model::TokenUsage;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use serde_json::{Map, Value};

use crate::json_tree;

use super::claude_code;
use super::span_attributes::{SemanticField, SpanAttributes};
use super::tree;

/// Token counts as found in the span; an absent count is not the same as zero.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) input: Option<u64>,
    pub(super) output: Option<u64>,
    pub(super) total: Option<u64>,
    pub(super) cache_read: Option<u64>,
    pub(super) cache_write: Option<u64>,
    pub(super) cache_write_long: Option<u64>,
    pub(super) reasoning: Option<u64>,
}

/// The token counts of a span; `None` if it has no count of the input, the output or the total.
pub(super) fn token_counts(attributes: &SpanAttributes<'_>) -> Option<Counts> {
    let own =
        attributes.ranked(SemanticField::Usage).is_some_and(|(rank, _)| super::table::is_own(rank));
    let object =
        attributes.get(SemanticField::Usage).map(|usage| counts_in(usage, own)).unwrap_or_default();
    if own && object.any() {
        return Some(object);
    }
    let claude = claude_code::counts(attributes);
    let count = |field| attributes.get(field).and_then(count);
    let part = |field, keys| attributes.get(field).and_then(|value| detail(value, keys));
    let read = || part(SemanticField::InputDetails, ["cache_read", "cached_tokens"]);
    let written = || part(SemanticField::InputDetails, ["cache_creation", "cache_write"]);
    let reasoned = || part(SemanticField::OutputDetails, ["reasoning", "reasoning_tokens"]);
    let cache_read =
        count(SemanticField::CacheReadTokens).or(claude.cache_read).or(object.cache_read);
    let cache_write =
        count(SemanticField::CacheWriteTokens).or(claude.cache_write).or(object.cache_write);
    let counts = Counts {
        input: count(SemanticField::InputTokens).or(claude.input).or(object.input),
        output: count(SemanticField::OutputTokens).or(claude.output).or(object.output),
        total: count(SemanticField::TotalTokens).or(object.total),
        cache_read: cache_read.or_else(read),
        cache_write: cache_write.or_else(written),
        cache_write_long: count(SemanticField::CacheWriteLongTokens).or(object.cache_write_long),
        reasoning: count(SemanticField::ReasoningTokens).or(object.reasoning).or_else(reasoned),
    };
    counts.any().then_some(counts)
}

impl Counts {
    fn any(&self) -> bool {
        self.input.or(self.output).or(self.total).is_some()
    }

    fn or_sums(mut self, object: &Map<String, Value>) -> Self {
        self.input = self.input.or_else(|| sum(object, "input"));
        self.output = self.output.or_else(|| sum(object, "output"));
        self
    }

    pub(super) fn usage(&self) -> TokenUsage {
        let (input_tokens, output_tokens) = (self.input.unwrap_or(0), self.output.unwrap_or(0));
        TokenUsage {
            input_tokens,
            output_tokens,
            total_tokens: self.total.unwrap_or(input_tokens.saturating_add(output_tokens)),
            cache_read_input_tokens: self.cache_read,
            cache_creation_input_tokens: self.cache_write,
            cache_creation_input_tokens_above_1hr: self.cache_write_long,
            reasoning_output_tokens: self.reasoning,
        }
    }

    /// The counts in MLflow's form: only known counts, and a total if both sides are known.
    pub(super) fn json(&self) -> Value {
        let total = self.total.or_else(|| Some(self.input?.saturating_add(self.output?)));
        let counts = [
            ("input_tokens", self.input),
            ("output_tokens", self.output),
            ("total_tokens", total),
            ("cache_read_input_tokens", self.cache_read),
            ("cache_creation_input_tokens", self.cache_write),
            ("cache_creation_input_tokens_above_1hr", self.cache_write_long),
            ("reasoning_output_tokens", self.reasoning),
        ];
        let known =
            counts.into_iter().filter_map(|(key, count)| Some((key.to_owned(), count?.into())));
        Value::Object(known.collect())
    }
}

/// The counts in an object, which may be typed, JSON text, or a dictionary as Python prints it.
/// `own` is true for MLflow's attribute, in which a missing count is unknown; in others it is the
/// sum over kinds of tokens.
fn counts_in(usage: &AnyValue, own: bool) -> Counts {
    let counts = |object: &Map<String, Value>| {
        let counts = of_object(object);
        if own { counts } else { counts.or_sums(object) }
    };
    match &usage.value {
        Some(Any::KvlistValue(_)) => tree::json(usage).as_object().map(counts),
        Some(Any::StringValue(text)) => {
            let parsed = json_tree::parse(text).or_else(|| python(text));
            parsed.as_ref().and_then(Value::as_object).map(counts)
        }
        _ => None,
    }
    .unwrap_or_default()
}

fn python(text: &str) -> Option<Value> {
    json_tree::parse(&text.replace('\'', "\""))
}

fn of_object(object: &Map<String, Value>) -> Counts {
    let get = |key: &str| object.get(key).and_then(count_in_json);
    let inner = |outer: &str, key: &str| {
        object.get(outer).and_then(|inner| inner.get(key)).and_then(count_in_json)
    };
    let either = |keys: [&str; 2]| keys.into_iter().find_map(get);
    Counts {
        input: either(["input_tokens", "prompt_tokens"]),
        output: either(["output_tokens", "completion_tokens"]),
        total: either(["total_tokens", "total"]),
        cache_read: get("cache_read_input_tokens")
            .or_else(|| either(["input_cached_tokens", "input_cache_read"]))
            .or_else(|| inner("prompt_tokens_details", "cached_tokens"))
            .or_else(|| inner("input_tokens_details", "cached_tokens"))
            .or_else(|| inner("input_token_details", "cache_read")),
        cache_write: either(["cache_creation_input_tokens", "input_cache_creation"])
            .or_else(|| inner("input_token_details", "cache_creation")),
        cache_write_long: get("cache_creation_input_tokens_above_1hr"),
        reasoning: either(["reasoning_output_tokens", "output_reasoning_tokens"])
            .or_else(|| either(["output_reasoning", "reasoning_tokens"]))
            .or_else(|| inner("completion_tokens_details", "reasoning_tokens"))
            .or_else(|| inner("output_tokens_details", "reasoning_tokens"))
            .or_else(|| inner("output_token_details", "reasoning")),
    }
}

/// The sum over Langfuse's kinds of tokens, which are disjoint: `input`, `input_cached_tokens` and
/// `cache_read_input_tokens` are all parts of the input.
fn sum(object: &Map<String, Value>, side: &str) -> Option<u64> {
    let of_side = object.iter().filter(|(key, _)| key.contains(side));
    let counts = of_side.filter_map(|(_, value)| count_in_json(value));
    counts.reduce(u64::saturating_add)
}

/// A count from LangChain's detail objects: `{"cache_read": 3}` next to separate counts.
fn detail(value: &AnyValue, keys: [&str; 2]) -> Option<u64> {
    let parsed = match &value.value {
        Some(Any::StringValue(text)) => json_tree::parse(text).or_else(|| python(text))?,
        _ => tree::json(value),
    };
    keys.into_iter().find_map(|key| parsed.get(key).and_then(count_in_json))
}

pub(super) fn count(value: &AnyValue) -> Option<u64> {
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

/// Rejects counts that do not fit into the 64-bit integers of a store.
fn whole(number: f64) -> Option<u64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (0.0..LIMIT).contains(&number).then_some(number as u64)
}
