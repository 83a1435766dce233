//! The feedback of checks: `yes` or `no`, as that of MLflow's built-in scorers, or a number.
use std::fmt::Display;

use serde_json::Value;

use crate::ScorerFeedback;

const PASSES: &str = "yes";
const FAILS: &str = "no";

pub(super) fn pass_or_fail(passes: bool, rationale: impl Into<String>) -> ScorerFeedback {
    ScorerFeedback::new(if passes { PASSES } else { FAILS }, rationale)
}

/// The feedback for a measured quantity: whether it is within its limit or, without a limit, the
/// quantity itself. `sentence` has the quantity and no full stop.
pub(super) fn judge_quantity<N: Copy + PartialOrd + Into<Value>, S: Display>(
    sentence: String,
    quantity: N,
    max: Option<N>,
    show: impl Fn(N) -> S,
) -> ScorerFeedback {
    match max {
        None => ScorerFeedback::new(quantity, format!("{sentence}.")),
        Some(max) if quantity <= max => {
            pass_or_fail(true, format!("{sentence}, within the limit of {}.", show(max)))
        }
        Some(max) => {
            pass_or_fail(false, format!("{sentence}, more than the limit of {}.", show(max)))
        }
    }
}

/// A number with its noun: `1 token`, `2 tokens`, `2 addresses`.
pub(super) fn pluralize(count: u64, noun: &str) -> String {
    let ending = match count {
        1 => "",
        _ if noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{count} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_judged_by_its_limit_or_is_the_value() {
        let of = |max: Option<u64>| {
            judge_quantity("It took 5 ms".into(), 5, max, |max| format!("{max} ms"))
        };
        assert_eq!(of(Some(5)), pass_or_fail(true, "It took 5 ms, within the limit of 5 ms."));
        assert_eq!(of(Some(4)), pass_or_fail(false, "It took 5 ms, more than the limit of 4 ms."));
        assert_eq!(of(None), ScorerFeedback::new(5, "It took 5 ms."));
    }
}
