//! A day on which a price begins or ends: midnight UTC, in nanoseconds of the Unix epoch.
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day {
    pub(crate) start_ns: i64,
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let said = toml::value::Datetime::deserialize(deserializer)?;
        let wrong = || D::Error::custom(format!("`{said}` is not a day such as 2026-08-01"));
        let (Some(day), None, None) = (said.date, said.time, said.offset) else {
            return Err(wrong());
        };
        let number = |n: u8| i8::try_from(n).map_err(|_| wrong());
        let year = i16::try_from(day.year).map_err(|_| wrong())?;
        let day = jiff::civil::Date::new(year, number(day.month)?, number(day.day)?);
        let midnight = day.and_then(|day| day.to_zoned(TimeZone::UTC)).map_err(|_| wrong())?;
        let start_ns = i64::try_from(midnight.timestamp().as_nanosecond()).map_err(|_| wrong())?;
        Ok(Self { start_ns })
    }
}
