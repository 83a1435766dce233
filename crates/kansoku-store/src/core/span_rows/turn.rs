//! A trace as a turn of its session.
use std::cmp::Reverse;

use kansoku_model::{SpanRow, SpanStatus};

use crate::core::list_bounds::short_name;
use crate::{FailedSpan, Turn, TurnStep};

/// The spans with the user's input and the response, the steps that were taken, and the failed
/// spans.
pub fn turn(rows: &[SpanRow]) -> Turn {
    let ended = |row: &SpanRow| row.end_ns.unwrap_or(row.start_ns);
    let id = |row: &SpanRow| super::sample_order(row);
    let is_of_type = |row: &SpanRow, types: &[&str]| {
        row.span_type.as_deref().is_some_and(|name| types.contains(&name))
    };
    let roots = rows.iter().filter(|row| row.parent_id.is_none());
    let root = roots.min_by_key(|row| (row.start_ns, id(row)));
    let calls = || rows.iter().filter(|row| is_of_type(row, &["LLM", "CHAT_MODEL"]));
    let first_call = calls().min_by_key(|row| (row.start_ns, id(row)));
    let last_call = calls().min_by_key(|row| Reverse((ended(row), id(row))));
    let mut turn = Turn::default();
    for (call, speakers) in
        [(first_call, &mut turn.input_spans), (last_call, &mut turn.output_spans)]
    {
        let mut ids: Vec<_> = [root, call].into_iter().flatten().map(|row| row.span_id).collect();
        ids.dedup();
        *speakers = ids;
    }
    let mut steps: Vec<_> = rows.iter().filter(|row| is_of_type(row, &Turn::STEP_TYPES)).collect();
    steps.sort_unstable_by_key(|row| (row.start_ns, id(row)));
    let step = |row: &&SpanRow| TurnStep {
        span_id: row.span_id,
        name: short_name(&row.name),
        span_type: row.span_type.clone().unwrap_or_default(),
        failed: row.status == SpanStatus::Error,
        duration_ms: row.end_ns.map(|end_ns| end_ns.wrapping_sub(row.start_ns) as f64 / 1e6),
    };
    turn.steps = steps.iter().take(Turn::SPANS_MAX).map(step).collect();
    let mut failed: Vec<_> = rows.iter().filter(|row| row.status == SpanStatus::Error).collect();
    failed.sort_unstable_by_key(|row| (ended(row), id(row)));
    let failure = |row: &&SpanRow| FailedSpan {
        span_id: row.span_id,
        name: short_name(&row.name),
        message: row.error.clone(),
    };
    turn.failed = failed.iter().take(Turn::SPANS_MAX).map(failure).collect();
    turn
}
