//! The part of a trace's row that is computed from its spans.
use std::collections::HashMap;
use std::convert::Infallible;

use kansoku_model::{Cost, SpanRow, SpanStatus, TokenUsage, trace_total};
use kansoku_store::FailedSpan;
use kansoku_store::core::span_rows::{self, Failed};

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

/// The span in which the failure began, as the store finds it for lists.
fn failure_origin(rows: &[SpanRow]) -> Option<&SpanRow> {
    let end_ns = |row: &SpanRow| row.end_ns.unwrap_or(i64::MAX);
    let mut failed: Vec<_> = rows.iter().filter(|row| row.status == SpanStatus::Error).collect();
    failed.sort_by_key(|row| (end_ns(row), row.span_id));
    let candidates = failed.iter().map(|row| Failed {
        span: FailedSpan { span_id: row.span_id, name: String::new(), message: None },
        parent: row.parent_id,
        ended_ns: end_ns(row),
    });
    let parents: HashMap<_, _> = rows.iter().map(|row| (row.span_id, row.parent_id)).collect();
    let parent_of = |span| Ok::<_, Infallible>(parents.get(&span).copied().flatten());
    let Ok(origin) = span_rows::failure_origin(candidates.collect(), parent_of);
    let span_id = origin?.span_id;
    failed.into_iter().find(|row| row.span_id == span_id)
}

#[cfg(test)]
mod tests {
    use kansoku_model::SpanId;

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
