//! The part of a trace's row that is computed from its spans.
use std::collections::{HashMap, HashSet};

use kansoku_model::{Cost, SpanId, SpanRow, SpanStatus, TokenUsage, trace_total};

/// The sums over the spans of one trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanSummary {
    pub service_name: Option<String>,
    pub span_count: u64,
    pub error_count: u64,
    /// The error of the failure origin: among the failed spans without a failed descendant, the one
    /// that ended first.
    pub first_error: Option<String>,
    pub usage: Option<TokenUsage>,
    pub cost: Option<Cost>,
}

impl SpanSummary {
    pub fn new(rows: &[SpanRow], service_name: Option<String>) -> Self {
        let is_failed = |row: &&SpanRow| row.status == SpanStatus::Error;
        Self {
            service_name,
            span_count: rows.len() as u64,
            error_count: rows.iter().filter(is_failed).count() as u64,
            first_error: failure_origin(rows).map(|row| match &row.error {
                Some(error) => error.clone(),
                None => row.name.clone(),
            }),
            usage: trace_total(rows.iter().map(|row| (row.span_id, row.parent_id, row.usage))),
            cost: trace_total(rows.iter().map(|row| (row.span_id, row.parent_id, row.cost))),
        }
    }
}

fn failure_origin(rows: &[SpanRow]) -> Option<&SpanRow> {
    let failed = || rows.iter().filter(|row| row.status == SpanStatus::Error);
    failed().next()?;
    let parent_of: HashMap<SpanId, Option<SpanId>> =
        rows.iter().map(|row| (row.span_id, row.parent_id)).collect();
    let mut ancestors = HashSet::new();
    for row in failed() {
        let mut parent = row.parent_id;
        // A known ancestor has known ancestors, so every span is visited once, even in a cycle.
        while let Some(id) = parent.filter(|id| ancestors.insert(*id)) {
            parent = parent_of.get(&id).copied().flatten();
        }
    }
    let end = |row: &&SpanRow| (row.end_ns.unwrap_or(i64::MAX), row.span_id);
    let origin = failed().filter(|row| !ancestors.contains(&row.span_id)).min_by_key(end);
    // In a cycle of failed spans each is an ancestor of the others.
    origin.or_else(|| failed().min_by_key(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(id: u64, parent: Option<u64>, end_ns: i64) -> SpanRow {
        SpanRow {
            span_id: SpanId(id),
            parent_id: parent.map(SpanId),
            status: SpanStatus::Error,
            end_ns: Some(end_ns),
            error: Some(format!("error {id}")),
            ..SpanRow::default()
        }
    }

    #[test]
    fn the_first_error_is_that_of_the_deepest_failed_span_that_ended_first() {
        let rows = [failed(1, None, 5), failed(2, Some(1), 9), failed(3, Some(1), 8)];
        let summary = SpanSummary::new(&rows, None);
        assert_eq!(summary.first_error.as_deref(), Some("error 3"));
        assert_eq!((summary.span_count, summary.error_count), (3, 3));
    }

    #[test]
    fn a_cycle_of_failed_spans_has_a_first_error() {
        let rows = [failed(1, Some(2), 5), failed(2, Some(1), 4)];
        assert_eq!(SpanSummary::new(&rows, None).first_error.as_deref(), Some("error 2"));
        assert_eq!(SpanSummary::new(&[], None), SpanSummary::default());
    }
}
