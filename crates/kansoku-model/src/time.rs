//! Timestamps and durations in milliseconds.
use std::fmt;

use serde::{Deserialize, Serialize};

/// The source of the current time, which tests replace.
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
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct TimestampMs(pub i64);

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an RFC 3339 time such as `2026-11-21T05:04:12.228Z`")]
pub struct InvalidTime(String);

impl TimestampMs {
    /// The time from `earlier` until this time; 0 if it is not earlier.
    pub fn since(self, earlier: Self) -> DurationMs {
        DurationMs(self.0.saturating_sub(earlier.0).max(0))
    }

    pub fn parse(text: &str) -> Result<Self, InvalidTime> {
        let time: jiff::Timestamp = text.parse().map_err(|_| InvalidTime(text.to_owned()))?;
        Ok(Self(time.as_millisecond()))
    }

    /// The millisecond that contains a time in nanoseconds of the Unix epoch.
    pub fn floor_ns(ns: i64) -> Self {
        Self(ns.div_euclid(1_000_000))
    }
}

impl fmt::Display for TimestampMs {
    /// RFC 3339 in UTC, without a fraction or with three digits. Times beyond the year 9999
    /// saturate.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        });
        if time.subsec_millisecond() == 0 { write!(f, "{time:.0}") } else { write!(f, "{time:.3}") }
    }
}

/// A duration in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DurationMs(pub i64);

#[cfg(test)]
mod tests;
