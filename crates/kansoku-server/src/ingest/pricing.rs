//! Computes the costs of spans at ingest, unless they were sent with their costs.
use kansoku_model::TraceSpans;

use crate::App;

/// Called for every protocol between decoding and storing spans.
pub(crate) fn price(app: &App, traces: &mut [TraceSpans]) {
    for row in traces.iter_mut().flat_map(|trace| &mut trace.rows) {
        if !row.cost_given {
            row.cost = app.prices.cost_of(row);
        }
    }
}
