//! Exact comparison of numbers, also of integers with floats.
use std::cmp::Ordering;

use crate::{
    clause::{Comparison, NumberTest},
    lex::Number,
};

pub(super) fn passes(value: Number, test: &NumberTest) -> bool {
    let Some(ordering) = compare(value, test.value) else { return false };
    match test.comparison {
        Comparison::Eq => ordering.is_eq(),
        Comparison::Ne => ordering.is_ne(),
        Comparison::Lt => ordering.is_lt(),
        Comparison::Le => ordering.is_le(),
        Comparison::Gt => ordering.is_gt(),
        Comparison::Ge => ordering.is_ge(),
    }
}

/// Returns `None` if one of the numbers is NaN.
pub(super) fn compare(a: Number, b: Number) -> Option<Ordering> {
    match (a, b) {
        (Number::Integer(a), Number::Integer(b)) => Some(a.cmp(&b)),
        (Number::Real(a), Number::Real(b)) => a.partial_cmp(&b),
        (Number::Integer(a), Number::Real(b)) => whole_with_real(a, b),
        (Number::Real(a), Number::Integer(b)) => whole_with_real(b, a).map(Ordering::reverse),
    }
}

/// Compares without rounding the integer to the nearest float, which could equal a different
/// integer.
fn whole_with_real(whole: i64, real: f64) -> Option<Ordering> {
    /// 2⁶³, one more than `i64::MAX`.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if real.is_nan() {
        return None;
    }
    if LIMIT <= real {
        return Some(Ordering::Less);
    }
    if real < -LIMIT {
        return Some(Ordering::Greater);
    }
    let floor = real.floor();
    let ordering = whole.cmp(&(floor as i64));
    Some(if floor < real { ordering.then(Ordering::Less) } else { ordering })
}

/// A sum that exceeds `i64` becomes a float, as in SQLite.
pub(super) fn sum(a: i64, b: i64) -> Number {
    a.checked_add(b).map_or(Number::Real(a as f64 + b as f64), Number::Integer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_and_fractions_are_compared_exactly() {
        use Ordering::{Equal, Greater, Less};
        for (whole, real, ordering) in [
            (1, 1.0, Equal),
            (1, 1.5, Less),
            (2, 1.5, Greater),
            (-1, -1.5, Greater),
            (-2, -1.5, Less),
            (i64::MAX, 9_223_372_036_854_775_808.0, Less),
            (i64::MIN, -9_223_372_036_854_775_808.0, Equal),
            // Rounded to a float, this integer would be equal to the other number.
            (9_007_199_254_740_993, 9_007_199_254_740_992.0, Greater),
            (0, f64::INFINITY, Less),
            (0, f64::NEG_INFINITY, Greater),
        ] {
            assert_eq!(compare(Number::Integer(whole), Number::Real(real)), Some(ordering));
            let reversed = compare(Number::Real(real), Number::Integer(whole));
            assert_eq!(reversed, Some(ordering.reverse()), "{whole} {real}");
        }
        assert_eq!(compare(Number::Integer(0), Number::Real(f64::NAN)), None);
    }
}
