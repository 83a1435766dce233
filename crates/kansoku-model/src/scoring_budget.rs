//! The usage and the budgets of scorers.
use crate::{Money, TimestampMs};

const MS_PER_DAY: i64 = 86_400_000;
/// The share of a budget at which less traces are scored.
const REDUCED_FROM: f64 = 0.8;

/// A day of UTC, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcDay(pub i64);

impl UtcDay {
    /// The day of a time.
    pub fn at(time: TimestampMs) -> Self {
        Self(time.0.div_euclid(MS_PER_DAY))
    }

    pub fn start(self) -> TimestampMs {
        TimestampMs(self.0.saturating_mul(MS_PER_DAY))
    }
}

/// The requests of a scorer to models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScorerUsage {
    /// Requests that were answered.
    pub calls: u64,
    /// Attempts that failed.
    pub failures: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// The cost of those tokens whose price is known.
    pub cost: Money,
    /// Traces and sessions that were not scored, to stay within a budget.
    pub skipped: u64,
}

impl ScorerUsage {
    pub fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            failures: self.failures.saturating_add(other.failures),
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            cost: self.cost.saturating_add(other.cost),
            skipped: self.skipped.saturating_add(other.skipped),
        }
    }
}

/// The most that a scorer, or all scorers of an experiment, may use in one day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ScoringBudget {
    pub calls: Option<u64>,
    pub cost: Option<Money>,
}

impl ScoringBudget {
    pub fn is_unlimited(&self) -> bool {
        *self == Self::default()
    }

    /// The used share of the budget: 1 if nothing is left, 0 without a budget.
    pub fn used_share(&self, used: &ScorerUsage) -> f64 {
        let share = |used: f64, max: f64| if max <= 0.0 { 1.0 } else { used / max };
        let calls = self.calls.map_or(0.0, |max| share(used.calls as f64, max as f64));
        let cost = self.cost.map_or(0.0, |max| share(used.cost.0 as f64, max.0 as f64));
        calls.max(cost)
    }

    /// The share of traces that may still be scored if so many wait already: it falls from 1 to 0 while
    /// the last fifth of the budget is used. A trace that waits is expected to take one request, at
    /// the mean cost of those before.
    pub fn open_share(&self, used: &ScorerUsage, waiting: u64) -> f64 {
        let mean_cost = used.cost.0 / i64::try_from(used.calls.max(1)).unwrap_or(i64::MAX);
        let waiting_cost = mean_cost.saturating_mul(i64::try_from(waiting).unwrap_or(i64::MAX));
        let calls = used.calls.saturating_add(waiting);
        let expected =
            ScorerUsage { calls, cost: used.cost.saturating_add(Money(waiting_cost)), ..*used };
        ((1.0 - self.used_share(&expected)) / (1.0 - REDUCED_FROM)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(calls: u64, dollars: f64) -> ScorerUsage {
        ScorerUsage { calls, cost: Money::from_dollars(dollars), ..ScorerUsage::default() }
    }

    fn budget(calls: Option<u64>, dollars: Option<f64>) -> ScoringBudget {
        ScoringBudget { calls, cost: dollars.map(Money::from_dollars) }
    }

    #[test]
    fn a_day_begins_at_midnight_utc() {
        for (ms, day) in [(0, 0), (-1, -1), (MS_PER_DAY - 1, 0), (MS_PER_DAY, 1)] {
            assert_eq!(UtcDay::at(TimestampMs(ms)), UtcDay(day), "{ms}");
        }
        assert_eq!(UtcDay(20_000).start(), TimestampMs(20_000 * MS_PER_DAY));
    }

    #[test]
    fn without_a_budget_everything_is_scored() {
        assert!(budget(None, None).is_unlimited());
        assert_eq!(budget(None, None).open_share(&used(u64::MAX, 1e6), u64::MAX), 1.0);
        assert_eq!(budget(None, None).used_share(&used(10, 10.0)), 0.0);
    }

    #[test]
    fn the_share_falls_smoothly_before_the_limit() {
        let budget = budget(Some(100), None);
        let shares = [0, 80, 85, 90, 100, 101].map(|calls| budget.open_share(&used(calls, 0.0), 0));
        for (share, expected) in shares.into_iter().zip([1.0, 1.0, 0.75, 0.5, 0.0, 0.0]) {
            assert!((share - expected).abs() < 1e-9, "{shares:?}");
        }
        assert!((budget.open_share(&used(50, 0.0), 40) - 0.5).abs() < 1e-9);
        assert_eq!(budget.open_share(&used(50, 0.0), u64::MAX), 0.0);
    }

    #[test]
    fn the_narrower_limit_counts_and_waiting_traces_cost_what_those_before_did() {
        let budget = budget(Some(1_000), Some(2.0));
        assert_eq!(budget.used_share(&used(10, 1.0)), 0.5);
        // Ten calls cost a dollar, so eight more leave a tenth.
        assert!((budget.open_share(&used(10, 1.0), 8) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_budget_of_nothing_is_used_up() {
        assert_eq!(budget(Some(0), None).open_share(&used(0, 0.0), 0), 0.0);
        assert_eq!(budget(None, Some(0.0)).used_share(&used(0, 0.0)), 1.0);
    }
}
