//! Milliseconds inside, RFC 3339 and `"0.039s"` on the wire (protobuf's JSON forms).
use std::fmt;

use serde::{Serialize, Serializer};

/// Who says what time it is; tests bring their own.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> TimestampMs;
}

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> TimestampMs {
        TimestampMs(jiff::Timestamp::now().as_millisecond())
    }
}

/// Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimestampMs(pub i64);

#[derive(Debug, thiserror::Error)]
pub enum InvalidTime {
    #[error("`{0}` is not an RFC 3339 time such as `2026-11-21T05:04:12.228Z`")]
    Timestamp(String),
    #[error("`{0}` is not a duration in seconds such as `0.039s`")]
    Duration(String),
}

impl TimestampMs {
    pub fn parse(text: &str) -> Result<Self, InvalidTime> {
        let time: jiff::Timestamp =
            text.parse().map_err(|_| InvalidTime::Timestamp(text.to_owned()))?;
        Ok(Self(time.as_millisecond()))
    }

    /// Nanoseconds to the millisecond they lie in.
    pub fn floor_ns(ns: i64) -> Self {
        Self(ns.div_euclid(1_000_000))
    }
}

impl fmt::Display for TimestampMs {
    /// Protobuf's form: UTC, no fraction or three digits. Times beyond year 9999 saturate.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        });
        if time.subsec_millisecond() == 0 { write!(f, "{time:.0}") } else { write!(f, "{time:.3}") }
    }
}

impl Serialize for TimestampMs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DurationMs(pub i64);

impl DurationMs {
    pub fn parse(text: &str) -> Result<Self, InvalidTime> {
        let invalid = || InvalidTime::Duration(text.to_owned());
        let seconds = text.strip_suffix('s').ok_or_else(invalid)?;
        let (sign, digits) = seconds.strip_prefix('-').map_or((1, seconds), |rest| (-1, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(invalid());
        }
        let whole: i64 = whole.parse().map_err(|_| invalid())?;
        let millis: i64 = format!("{fraction:0<3}")[..3].parse().map_err(|_| invalid())?;
        let total = whole.checked_mul(1000).and_then(|ms| ms.checked_add(millis));
        Ok(Self(sign * total.ok_or_else(invalid)?))
    }
}

impl fmt::Display for DurationMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, millis) = (self.0.unsigned_abs() / 1000, self.0.unsigned_abs() % 1000);
        if millis == 0 {
            return write!(f, "{sign}{whole}s");
        }
        write!(f, "{sign}{whole}.{millis:03}s")
    }
}

impl Serialize for DurationMs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests;
