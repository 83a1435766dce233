//! Puts a price on spans as they come in, where they did not say their cost themselves.
use kansoku_model::{Cost, SpanRow, TraceSpans};
use kansoku_pricing::{PriceList, Tokens};

use crate::App;

/// Every door calls this between taking spans apart and storing them.
pub(crate) fn price(app: &App, traces: &mut [TraceSpans]) {
    for row in traces.iter_mut().flat_map(|trace| &mut trace.rows) {
        if !row.cost_given {
            row.cost = cost(&app.prices, row);
        }
    }
}

fn cost(prices: &PriceList, row: &SpanRow) -> Option<Cost> {
    prices.cost(&Tokens {
        usage: row.usage?,
        model: row.model.as_deref()?,
        provider: row.provider.as_deref(),
        service_tier: row.service_tier.as_deref(),
        at_ns: row.start_ns,
    })
}
