//! Computes the cost of a request: tokens times rates.
use kansoku_model::{Cost, Money, TokenUsage};

use crate::rate::Rate;

/// The rate of each kind of token in one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rates {
    pub(crate) input: Rate,
    pub(crate) output: Rate,
    pub(crate) cache_read: Rate,
    pub(crate) cache_write: Rate,
    pub(crate) cache_write_1h: Rate,
    pub(crate) reasoning: Rate,
}

/// The rates of a service tier, which are different for long requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tier {
    pub(crate) rates: Rates,
    /// Rates of requests with more than this many input tokens, in ascending order.
    pub(crate) long: Vec<(u64, Rates)>,
}

impl Tier {
    /// The cost of a request; `None` if no token was counted, because that is not a cost of zero.
    pub(crate) fn bill(&self, usage: &TokenUsage) -> Option<Cost> {
        let kinds = Kinds::from_usage(usage);
        if kinds == Kinds::default() {
            return None;
        }
        let longer = self.long.iter().rev().find(|(over, _)| *over < kinds.input_total());
        let rates = longer.map_or(&self.rates, |(_, rates)| rates);
        let input = rates.input.cost_of(kinds.input)
            + rates.cache_read.cost_of(kinds.cache_read)
            + rates.cache_write.cost_of(kinds.cache_write)
            + rates.cache_write_1h.cost_of(kinds.cache_write_1h);
        let output = rates.output.cost_of(kinds.output) + rates.reasoning.cost_of(kinds.reasoning);
        Some(Cost::new(money(input), money(output)))
    }
}

fn money(picos: i128) -> Money {
    Money(i64::try_from(picos).unwrap_or(i64::MAX))
}

/// Disjoint token counts, by the rate that applies to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Kinds {
    input: u64,
    cache_read: u64,
    cache_write: u64,
    cache_write_1h: u64,
    output: u64,
    reasoning: u64,
}

impl Kinds {
    /// Subtracts the parts from their totals. Parts larger than their total are a sender's mistake;
    /// they are billed as counted.
    fn from_usage(usage: &TokenUsage) -> Self {
        let cache_read = usage.cache_read_input_tokens.unwrap_or(0);
        let cache_write_1h = usage.cache_creation_input_tokens_above_1hr.unwrap_or(0);
        let written = usage.cache_creation_input_tokens.unwrap_or(0).max(cache_write_1h);
        let reasoning = usage.reasoning_output_tokens.unwrap_or(0);
        Self {
            input: usage.input_tokens.saturating_sub(cache_read).saturating_sub(written),
            cache_read,
            cache_write: written - cache_write_1h,
            cache_write_1h,
            output: usage.output_tokens.saturating_sub(reasoning),
            reasoning,
        }
    }

    fn input_total(&self) -> u64 {
        let Self { input, cache_read, cache_write, cache_write_1h, .. } = *self;
        [cache_read, cache_write, cache_write_1h].into_iter().fold(input, u64::saturating_add)
    }
}
