//! The price of one token, parsed from the decimal price of a million tokens.
use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

/// The highest price, more than any model costs. It keeps every product of tokens and price inside
/// an `i128`.
const DOLLARS_PER_MILLION_MAX: i64 = 1_000_000;
/// A price of one dollar per million tokens, per token in units of 10⁻¹² dollars.
const PICOS: i64 = 1_000_000;
const FRACTION_DIGITS_MAX: usize = 6;

/// The price of one token, in units of 10⁻¹² dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rate(i64);

impl Rate {
    /// Parses a price such as `2.50`, in dollars per million tokens, exactly; `None` if it is not a
    /// decimal with at most six digits after the point.
    fn per_million(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || FRACTION_DIGITS_MAX < fraction.len() {
            return None;
        }
        let millionths: i64 = format!("{fraction:0<FRACTION_DIGITS_MAX$}").parse().ok()?;
        Self::dollars(whole.parse().ok()?)?.0.checked_add(millionths).map(Self)
    }

    fn dollars(dollars: i64) -> Option<Self> {
        (0..=DOLLARS_PER_MILLION_MAX).contains(&dollars).then(|| Self(dollars * PICOS))
    }

    /// This percentage of the rate; `None` if it is not a whole number of units.
    pub(crate) fn percent(self, percent: u16) -> Option<Self> {
        let hundredths = self.0.checked_mul(i64::from(percent))?;
        (hundredths % 100 == 0).then_some(Self(hundredths / 100))
    }

    /// The price of this many tokens, in units of 10⁻¹² dollars.
    pub(crate) fn cost_of(self, tokens: u64) -> i128 {
        i128::from(self.0) * i128::from(tokens)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RateVisitor)
    }
}

struct RateVisitor;

impl Visitor<'_> for RateVisitor {
    type Value = Rate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("dollars per million tokens in quotes, such as \"2.50\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Rate, E> {
        Rate::per_million(text).ok_or_else(|| {
            E::custom(format!(
                "`{text}` is not a price: write dollars per million tokens, such as \"2.50\", \
                 with at most {FRACTION_DIGITS_MAX} digits after the point"
            ))
        })
    }

    fn visit_i64<E: serde::de::Error>(self, dollars: i64) -> Result<Rate, E> {
        Rate::dollars(dollars).ok_or_else(|| {
            let message = format!("`{dollars}` is not a price from 0 to {DOLLARS_PER_MILLION_MAX}");
            E::custom(message)
        })
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Rate, E> {
        Err(E::custom(format!("write the price in quotes, as \"{number}\": then it is exact")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_read_exactly_and_nothing_else_is() {
        assert_eq!(Rate::per_million("2.50"), Some(Rate(2_500_000)));
        assert_eq!(Rate::per_million("0.0028"), Some(Rate(2_800)));
        assert_eq!(Rate::per_million("0.000001"), Some(Rate(1)));
        assert_eq!(Rate::per_million("15"), Some(Rate(15_000_000)));
        for wrong in ["", ".5", "5.", "-1", "+1", "1e3", " 1", "0.0000001", "1000001", "$2", "1,5"]
        {
            assert_eq!(Rate::per_million(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_part_of_a_rate_is_exact_or_refused() {
        assert_eq!(Rate(75_000).percent(50), Some(Rate(37_500)));
        assert_eq!(Rate(1).percent(50), None);
    }
}
