//! The values that metrics aggregate.
use kansoku_model::Money;
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use crate::Metric;

/// Converts a stored value of a metric to the unit of responses: costs to US dollars.
pub fn scaled(metric: Metric, value: i64) -> f64 {
    match metric {
        Metric::TraceCost(_) | Metric::SpanCost(_) => Money(value).as_dollars(),
        _ => value as f64,
    }
}

/// A hash of a session, to count distinct ones. The two highest bits are 0, for engines that pack
/// it.
pub fn session_hash(session: &[u8]) -> i64 {
    (xxh3_64(session) >> 2).cast_signed()
}

/// The number that an assessment's value counts as: `true` and "yes" are 1, `false` and "no" are 0.
pub fn assessed_number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(yes) => Some(f64::from(u8::from(*yes))),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "yes" => Some(1.0),
            "no" => Some(0.0),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
