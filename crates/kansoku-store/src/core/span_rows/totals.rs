//! The usage and cost of a trace, computed from those of its spans.
use kansoku_model::{Cost, SpanId, SpanRow, TokenUsage, TraceInfo, metadata_key, trace_total};

use crate::core::fold::totals::parse_cost;

/// Usage and cost over all spans. Amounts that a span repeats from its descendants count once.
pub type Totals = (Option<TokenUsage>, Option<Cost>);

/// The totals of spans, each given by its id, its parent and its own amounts.
pub fn totals(
    spans: impl Iterator<Item = ((SpanId, Option<SpanId>), Option<TokenUsage>, Option<Cost>)> + Clone,
) -> Totals {
    let usage = trace_total(spans.clone().map(|((id, parent), usage, _)| (id, parent, usage)));
    let cost = trace_total(spans.map(|((id, parent), _, cost)| (id, parent, cost)));
    (usage, cost)
}

/// [`totals`] of span rows.
pub fn totals_of_rows(rows: &[SpanRow]) -> Totals {
    totals(rows.iter().map(|row| ((row.span_id, row.parent_id), row.usage, row.cost)))
}

/// The totals in a trace's metadata, which a client may have set; else those of its spans.
pub fn shown_totals(info: &TraceInfo, (usage, cost): Totals) -> Totals {
    let shown = |key: &str| info.metadata.get(key).map(String::as_str);
    let shown_usage =
        shown(metadata_key::TOKEN_USAGE).and_then(|text| serde_json::from_str(text).ok());
    (shown_usage.or(usage), shown(metadata_key::COST).and_then(parse_cost).or(cost))
}
