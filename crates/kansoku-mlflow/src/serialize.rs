//! Protobuf's JSON for scalar values.
use std::fmt::Display;

use kansoku_model::DurationMs;
use serde::Serializer;
use serde_json::Value;

/// Serializes any value by its `Display`, such as a time in RFC 3339.
pub(crate) fn text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// A duration in seconds, with three digits after the point if needed: `3s` or `0.039s`.
pub(crate) fn duration_text(DurationMs(ms): DurationMs) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let (whole, millis) = (ms.unsigned_abs() / 1000, ms.unsigned_abs() % 1000);
    match millis {
        0 => format!("{sign}{whole}s"),
        _ => format!("{sign}{whole}.{millis:03}s"),
    }
}

/// Parses a duration such as `0.039s`; `None` for any other text. Digits beyond milliseconds are
/// dropped.
pub(crate) fn parse_duration(text: &str) -> Option<DurationMs> {
    let seconds = text.strip_suffix('s')?;
    let (sign, digits) = seconds.strip_prefix('-').map_or((1, seconds), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let millis: i64 = format!("{fraction:0<3}")[..3].parse().ok()?;
    Some(DurationMs(sign * whole.checked_mul(1000)?.checked_add(millis)?))
}

/// A number, or the string `NaN`, `Infinity` or `-Infinity` for values that JSON numbers cannot
/// represent.
pub fn double_json(value: f64) -> Value {
    match value {
        value if value.is_nan() => "NaN".into(),
        f64::INFINITY => "Infinity".into(),
        f64::NEG_INFINITY => "-Infinity".into(),
        value => value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_survive_the_round_trip() {
        for text in ["0.039s", "3s", "0s", "900s", "-1.500s"] {
            assert_eq!(duration_text(parse_duration(text).unwrap()), text);
        }
        assert_eq!(parse_duration("1.23456789s"), Some(DurationMs(1234)));
    }

    #[test]
    fn a_duration_without_unit_or_with_letters_is_refused() {
        for text in ["1", "s", "1.x s", "1e3s", "", "99999999999999999999s", "é.1s", "1.éés"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
