//! Amounts of money and costs of spans, exact to 10⁻¹² dollars.
use std::fmt;

use crate::usage::Additive;

/// US dollars in units of 10⁻¹²: one token at a price of $0.000001 per million is one unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub i64);

impl Money {
    pub const PICOS_PER_DOLLAR: i64 = 1_000_000_000_000;

    /// The nearest amount. Saturates; NaN gives zero.
    pub fn from_dollars(dollars: f64) -> Self {
        // The cast saturates, and turns NaN into zero.
        Self((dollars * Self::PICOS_PER_DOLLAR as f64).round() as i64)
    }

    pub fn as_dollars(self) -> f64 {
        self.0 as f64 / Self::PICOS_PER_DOLLAR as f64
    }

    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (units, one) = (self.0.unsigned_abs(), Self::PICOS_PER_DOLLAR.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        let fraction = format!("{:012}", units % one);
        let fraction = fraction.trim_end_matches('0');
        write!(f, "{sign}{}", units / one)?;
        if fraction.is_empty() { Ok(()) } else { write!(f, ".{fraction}") }
    }
}

/// The cost of a span's tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub input: Money,
    pub output: Money,
    pub total: Money,
}

impl Cost {
    pub fn new(input: Money, output: Money) -> Self {
        Self { input, output, total: input.saturating_add(output) }
    }
}

impl Additive for Cost {
    fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            total: self.total.saturating_add(other.total),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_without_trailing_zeros() {
        let text = |picos| Money(picos).to_string();
        assert_eq!(text(0), "0");
        assert_eq!(text(1), "0.000000000001");
        assert_eq!(text(2_500_000_000_000), "2.5");
        assert_eq!(text(-37_500), "-0.0000000375");
        assert_eq!(text(i64::MIN), "-9223372.036854775808");
    }

    #[test]
    fn dollars_are_rounded_to_the_nearest_unit() {
        assert_eq!(Money::from_dollars(0.000_000_15), Money(150_000));
        assert_eq!(Money::from_dollars(f64::NAN), Money(0));
        assert_eq!(Money::from_dollars(1e300), Money(i64::MAX));
        assert_eq!(Money(150_000).as_dollars(), 0.000_000_15);
    }
}
