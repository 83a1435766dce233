//! The time of the first token of a streamed answer.
use kansoku_model::TimestampMs;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;

use super::span_attributes::{SemanticField, SpanAttributes};
use crate::value::plain_text;

const NS_PER_MS: f64 = 1e6;
const NS_PER_S: f64 = 1e9;

/// Events for the first chunk of an answer, and events that every chunk has: OpenInference, Vercel,
/// MLflow, OpenLLMetry, others.
const FIRST_TOKEN_EVENTS: [&str; 6] = [
    "First Token Stream Event",
    "ai.stream.firstChunk",
    "mlflow.chunk.item.0",
    "llm.content.completion.chunk",
    "gen_ai.content.chunk",
    "gen_ai.first_token",
];

/// The time of the first token in nanoseconds of the Unix epoch; `None` unless it lies within the
/// span.
pub(super) fn first_token_ns(
    attributes: &SpanAttributes<'_>,
    start_ns: i64,
    end_ns: Option<i64>,
) -> Option<i64> {
    let after = |ns: f64| start_ns.saturating_add(ns as i64);
    let by_attribute = || {
        if let Some(ms) = attributes.get(SemanticField::FirstTokenAfterMs).and_then(number) {
            return Some(after(ms.0 * NS_PER_MS));
        }
        if let Some((number, whole)) =
            attributes.get(SemanticField::FirstTokenAfter).and_then(number)
        {
            // Strands and others write milliseconds where the GenAI semantic conventions have
            // seconds.
            let seconds = after(number * NS_PER_S);
            let too_late = end_ns.is_some_and(|end_ns| end_ns < seconds);
            return Some(if whole || too_late { after(number * NS_PER_MS) } else { seconds });
        }
        let at =
            TimestampMs::parse(&plain_text(Some(attributes.get(SemanticField::FirstTokenAt)?)))
                .ok()?;
        at.0.checked_mul(1_000_000)
    };
    let by_event = || {
        let events = attributes.span.events.iter();
        let first = events.filter(|event| FIRST_TOKEN_EVENTS.contains(&event.name.as_str()));
        i64::try_from(first.map(|event| event.time_unix_nano).min()?).ok()
    };
    let at = by_attribute().or_else(by_event)?;
    // A time that was rounded to milliseconds may be up to one millisecond before the start.
    let at = if (0..1_000_000).contains(&(start_ns - at)) { start_ns } else { at };
    (start_ns..=end_ns.unwrap_or(i64::MAX)).contains(&at).then_some(at)
}

/// A finite, non-negative number, and whether it was written as an integer.
fn number(value: &AnyValue) -> Option<(f64, bool)> {
    let (number, whole) = match value.value.as_ref()? {
        Any::IntValue(number) => (*number as f64, true),
        Any::DoubleValue(number) => (*number, false),
        Any::StringValue(text) => {
            (text.trim().parse().ok()?, text.trim().bytes().all(|byte| byte.is_ascii_digit()))
        }
        _ => return None,
    };
    (number.is_finite() && 0.0 <= number).then_some((number, whole))
}

#[cfg(test)]
mod tests;
