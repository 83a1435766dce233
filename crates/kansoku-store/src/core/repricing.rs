//! Spans with their stored costs and those by the current prices.
use kansoku_model::{Cost, SpanRow};

use super::fold::Change;
use super::span_rows;
use crate::{CostChange, ModelRepriced, Pricer, Repriced};

/// A stored span, and its cost by the current prices.
pub struct PricedSpan {
    pub row: SpanRow,
    pub after: Option<Cost>,
}

impl PricedSpan {
    /// Computes the new cost. A cost that the span was sent with stays.
    pub fn new(row: SpanRow, price: &Pricer) -> Self {
        let after = if row.cost_given { row.cost } else { price(&row) };
        Self { row, after }
    }

    pub fn changes(&self) -> bool {
        self.row.cost != self.after
    }

    fn model(&self) -> &str {
        self.row.model.as_deref().unwrap_or("(no model)")
    }
}

/// Counts spans that have tokens but no price.
pub fn count_unpriced(spans: &[PricedSpan], found: &mut Repriced) {
    let has_tokens = |span: &PricedSpan| span.row.usage.is_some_and(|usage| 0 < usage.total_tokens);
    for span in spans.iter().filter(|span| span.after.is_none() && has_tokens(span)) {
        let one = ModelRepriced { unpriced_spans: 1, ..ModelRepriced::default() };
        found.add_model(span.model(), one);
    }
}

/// Sets the totals of a trace to those after the change, and returns what changed.
pub fn reprice(change: &mut Change, spans: &[PricedSpan]) -> Repriced {
    let before = change.row.cost;
    let after = spans
        .iter()
        .map(|PricedSpan { row, after }| ((row.span_id, row.parent_id), row.usage, *after));
    change.set_totals(span_rows::totals(after));
    let cost = CostChange::new(before, change.row.cost);
    let mut repriced = Repriced { changed_traces: 1, cost, ..Repriced::default() };
    for span in spans.iter().filter(|span| span.changes()) {
        repriced.changed_spans += 1;
        let cost = CostChange::new(span.row.cost, span.after);
        let one = ModelRepriced { changed_spans: 1, cost, ..ModelRepriced::default() };
        repriced.add_model(span.model(), one);
    }
    repriced
}
