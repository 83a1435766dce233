//! The summary of a trace for lists, and its failure origin.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kansoku_model::{SpanId, SpanRow, SpanStatus};

use super::{Totals, sample_order};
use crate::core::list_bounds::short_name;
use crate::{FailedSpan, SampledSpan, TraceSummary};

/// The most failed spans of one trace that are compared to find the failure origin.
pub const FAILED_MAX: usize = 64;
/// The most ancestors of one failed span that are looked up.
const DEPTH_MAX: usize = 64;

/// Summarizes spans. `totals` are those of the trace's row, which a client may have set.
pub fn summary(rows: &[SpanRow], (usage, cost): Totals) -> TraceSummary {
    let mut rows: Vec<&SpanRow> = rows.iter().collect();
    rows.sort_unstable_by_key(|row| sample_order(row));
    let mut types: HashMap<&str, Arc<str>> = HashMap::new();
    let sampled = rows.iter().take(TraceSummary::SPANS_MAX).map(|row| SampledSpan {
        span_id: row.span_id,
        parent_id: row.parent_id,
        span_type: row
            .span_type
            .as_deref()
            .map(|name| types.entry(name).or_insert_with(|| name.into()).clone()),
        status: row.status,
        start_ns: row.start_ns,
        end_ns: row.end_ns,
    });
    let spans = sampled.collect();
    let failed: Vec<_> = rows.iter().filter(|row| row.status == SpanStatus::Error).collect();
    let parents: HashMap<SpanId, Option<SpanId>> =
        rows.iter().map(|row| (row.span_id, row.parent_id)).collect();
    let candidates = failed.iter().take(FAILED_MAX).map(|row| Failed {
        span: FailedSpan {
            span_id: row.span_id,
            name: short_name(&row.name),
            message: row.error.clone(),
        },
        parent: row.parent_id,
        ended_ns: row.end_ns.unwrap_or(row.start_ns),
    });
    let parent_of = |span| Ok::<_, std::convert::Infallible>(parents.get(&span).copied().flatten());
    let Ok(error) = failure_origin(candidates.collect(), parent_of);
    TraceSummary {
        start_ns: rows.iter().map(|row| row.start_ns).min(),
        end_ns: rows.iter().filter_map(|row| row.end_ns).max(),
        usage,
        cost,
        spans,
        failed_spans: failed.len() as u64,
        error,
    }
}

/// A failed span, with the data that decides whether it is the failure origin.
pub struct Failed {
    pub span: FailedSpan,
    pub parent: Option<SpanId>,
    /// The end of the span, or its start while it is open.
    pub ended_ns: i64,
}

/// The failure origin: among the failed spans without a failed descendant, the one that ended
/// first. `parent_of` looks up the parent of a span.
pub fn failure_origin<E>(
    failed: Vec<Failed>,
    mut parent_of: impl FnMut(SpanId) -> Result<Option<SpanId>, E>,
) -> Result<Option<FailedSpan>, E> {
    if failed.len() == 1 {
        return Ok(failed.into_iter().next().map(|failed| failed.span));
    }
    let mut above = HashSet::new();
    for span in &failed {
        let mut parent = span.parent;
        for _ in 0..DEPTH_MAX {
            let Some(ancestor) = parent else { break };
            if !above.insert(ancestor) {
                break;
            }
            parent = parent_of(ancestor)?;
        }
    }
    let is_deepest = |failed: &&Failed| !above.contains(&failed.span.span_id);
    let first = failed.iter().filter(is_deepest).min_by_key(|failed| failed.ended_ns);
    // Spans whose parents form a cycle are all ancestors of each other.
    Ok(first.or(failed.first()).map(|failed| failed.span.clone()))
}
