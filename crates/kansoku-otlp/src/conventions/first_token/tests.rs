use opentelemetry_proto::tonic::trace::v1::Span;

use super::*;
use crate::tests::{entry, span};
use crate::value::any;

/// Milliseconds from the start of a span of one second.
fn after_ms(key: &str, value: Any) -> Option<i64> {
    let span = Span { attributes: vec![entry(key, any(value))], ..span(1, &[]) };
    let (start_ns, end_ns) = (1_000_000_000, Some(2_000_000_000));
    let at_ns = first_token_ns(&SpanAttributes::new(&span), start_ns, end_ns)?;
    Some((at_ns - start_ns) / 1_000_000)
}

#[test]
fn a_fraction_is_of_seconds() {
    let key = "gen_ai.response.time_to_first_chunk";
    assert_eq!(after_ms(key, Any::DoubleValue(0.25)), Some(250));
    let key = "gen_ai.client.operation.time_to_first_chunk";
    assert_eq!(after_ms(key, Any::DoubleValue(0.25)), Some(250));
}

#[test]
fn what_is_too_long_for_seconds_or_whole_is_of_milliseconds() {
    let key = "gen_ai.server.time_to_first_token";
    assert_eq!(after_ms(key, Any::DoubleValue(250.5)), Some(250));
    assert_eq!(after_ms(key, Any::IntValue(250)), Some(250));
    assert_eq!(after_ms(key, Any::IntValue(1)), Some(1));
}

#[test]
fn a_moment_outside_of_the_span_is_none() {
    let key = "gen_ai.server.time_to_first_token";
    assert_eq!(after_ms(key, Any::DoubleValue(1500.0)), None);
    assert_eq!(after_ms(key, Any::DoubleValue(-1.0)), None);
    assert_eq!(after_ms(key, Any::DoubleValue(f64::NAN)), None);
}
