//! Facts about the price list, in short words for asking it.
use kansoku_model::{Cost, Money, TokenUsage};

use crate::{PriceList, Tokens};

mod bills;
mod files;
mod names;
mod properties;

/// 2026-01-15T12:00:00Z: after the models most cases are about came, before most that followed.
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

/// What a million tokens of input and a million of output cost, in dollars; `-` for no price.
fn price(provider: &str, model: &str) -> String {
    price_in(&PriceList::bundled(), provider, model)
}

fn price_in(list: &PriceList, provider: &str, model: &str) -> String {
    let provider = Some(provider).filter(|name| !name.is_empty());
    // One million of input would already be a long request.
    let cost = list.cost(&tokens(usage(1000, 1000), provider, model));
    let each = |amount: Money| Money(amount.0 * 1000).to_string();
    cost.map_or("-".to_owned(), |Cost { input, output, .. }| {
        format!("{} {}", each(input), each(output))
    })
}
