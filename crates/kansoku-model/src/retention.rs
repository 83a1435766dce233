//! The limits of age and size up to which an experiment's traces are kept.
use bytesize::ByteSize;

use crate::{DurationMs, KeyValue};

/// The limits of an experiment's traces; `None` means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// The age since a trace's request time.
    pub max_age: Option<DurationMs>,
    /// Bytes of compressed span payload.
    pub max_bytes: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRetention {
    #[error("`{0}` is not an age such as `30d` (units: min, h, d, w) or `none`")]
    Age(String),
    #[error(
        "`{0}` is not a size such as `10GB` (units: B, KB, MB, GB, TB, KiB, MiB, GiB, TiB) or `none`"
    )]
    Bytes(String),
    #[error("experiment tag `{key}`: {why}")]
    Tag { key: &'static str, why: Box<InvalidRetention> },
}

/// A parsed limit; `Ok(None)` if the text is `none`.
type Limit<T> = Result<Option<T>, InvalidRetention>;

const AGE_UNITS: [(&str, u64); 4] =
    [("min", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 7 * 86_400_000)];
impl Retention {
    /// Experiment tag for an age such as `30d`.
    pub const MAX_AGE_TAG: &str = "kansoku.retention.maxAge";
    /// Experiment tag for a size such as `10GB`.
    pub const MAX_BYTES_TAG: &str = "kansoku.retention.maxBytes";

    pub fn parse_age(text: &str) -> Limit<DurationMs> {
        let invalid = || InvalidRetention::Age(shortened(text));
        let age = parse_ms(text).map_err(|()| invalid())?;
        let ms = age.map(|ms| i64::try_from(ms).map_err(|_| invalid())).transpose()?;
        Ok(ms.map(DurationMs))
    }

    pub fn parse_bytes(text: &str) -> Limit<u64> {
        if text.trim().eq_ignore_ascii_case("none") {
            return Ok(None);
        }
        match text.parse() {
            // `ByteSize` saturates, so `u64::MAX` means too large.
            Ok(ByteSize(bytes)) if (1..u64::MAX).contains(&bytes) => Ok(Some(bytes)),
            _ => Err(InvalidRetention::Bytes(shortened(text))),
        }
    }

    /// Fails if the tag is one of retention and its value is invalid; other tags pass.
    pub fn check_tag(key: &str, value: &str) -> Result<(), InvalidRetention> {
        let (key, checked) = match key {
            Self::MAX_AGE_TAG => (Self::MAX_AGE_TAG, Self::parse_age(value).map(drop)),
            Self::MAX_BYTES_TAG => (Self::MAX_BYTES_TAG, Self::parse_bytes(value).map(drop)),
            _ => return Ok(()),
        };
        checked.map_err(|why| InvalidRetention::Tag { key, why: Box::new(why) })
    }

    /// The limits of an experiment with these tags; `self` is the default.
    ///
    /// A tag with an invalid value means no limit, so that nothing is deleted by mistake.
    pub fn for_tags(self, tags: &[KeyValue]) -> Self {
        let said = |key| tags.iter().find(|tag| tag.key == key).map(|tag| tag.value.as_str());
        Self {
            max_age: match said(Self::MAX_AGE_TAG) {
                Some(text) => Self::parse_age(text).unwrap_or(None),
                None => self.max_age,
            },
            max_bytes: match said(Self::MAX_BYTES_TAG) {
                Some(text) => Self::parse_bytes(text).unwrap_or(None),
                None => self.max_bytes,
            },
        }
    }

    pub fn is_unlimited(self) -> bool {
        self == Self::default()
    }
}

/// Parses a positive integer with a unit into milliseconds.
fn parse_ms(text: &str) -> Result<Option<u64>, ()> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| ())?;
    let unit = unit.trim_start().to_ascii_lowercase();
    let factor = AGE_UNITS.iter().find(|(name, _)| *name == unit).ok_or(())?.1;
    let value = number.checked_mul(factor).ok_or(())?;
    if value == 0 { Err(()) } else { Ok(Some(value)) }
}

fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests;
