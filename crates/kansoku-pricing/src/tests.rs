//! Tests of the price list, and helpers to query it.
use kansoku_model::{Cost, Money, TokenUsage};

use crate::{PriceList, Tokens};

mod bills;
mod files;
mod names;
mod properties;

/// 2026-01-15T12:00:00Z, which is after the release of most models in the tests and before that of
/// their successors.
const WINTER: i64 = 1_768_478_400_000_000_000;
const DAY_NS: i64 = 86_400_000_000_000;

fn usage(input_tokens: u64, output_tokens: u64) -> TokenUsage {
    TokenUsage {
        input_tokens,
        output_tokens,
        total_tokens: input_tokens.saturating_add(output_tokens),
        ..TokenUsage::default()
    }
}

fn tokens<'a>(usage: TokenUsage, provider: Option<&'a str>, model: &'a str) -> Tokens<'a> {
    Tokens { usage, model, provider, service_tier: None, at_ns: WINTER }
}

/// The prices of a million tokens of input and of output, in dollars; `-` if there is none.
fn price(provider: &str, model: &str) -> String {
    price_in(&PriceList::bundled(), provider, model)
}

fn price_in(list: &PriceList, provider: &str, model: &str) -> String {
    let provider = Some(provider).filter(|name| !name.is_empty());
    // A million input tokens would be a long request.
    let cost = list.cost(&tokens(usage(1000, 1000), provider, model));
    let each = |amount: Money| Money(amount.0 * 1000).to_string();
    cost.map_or("-".to_owned(), |Cost { input, output, .. }| {
        format!("{} {}", each(input), each(output))
    })
}
