//! Puts a price on spans as they come in, where they did not say their cost themselves.
use kansoku_model::TraceSpans;

use crate::App;

/// Called for every protocol, between decoding spans and storing them.
pub(crate) fn price(app: &App, traces: &mut [TraceSpans]) {
    for row in traces.iter_mut().flat_map(|trace| &mut trace.rows) {
        if !row.cost_given {
            row.cost = app.prices.cost_of(row);
        }
    }
}
