//! The shape of a trace: the spans that worked at each time, as a strip of few segments.
//!
//! Only leaf spans count. Of concurrent spans the shorter one is shown, and failed ones in
//! preference to all others.
use std::collections::HashSet;
use std::sync::Arc;

use kansoku_model::SpanStatus;
use kansoku_store::{SampledSpan, TraceSummary};

use super::ShapeSegment;

const SEGMENTS_MAX: usize = 24;
const CELLS: usize = 1000;
const UNKNOWN: &str = "UNKNOWN";

/// Types of spans that mostly contain other spans.
const HOLDERS: [&str; 5] = ["AGENT", "CHAIN", "WORKFLOW", "TASK", UNKNOWN];

#[derive(Clone, Debug, PartialEq)]
struct Run {
    start: usize,
    end: usize,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Kind {
    span_type: Arc<str>,
    failed: bool,
}

/// Computes the shape. `span_count` is the number of all spans of the trace; the summary of a large
/// trace has only a sample.
pub(super) fn shape(summary: &TraceSummary, span_count: u64) -> Vec<ShapeSegment> {
    let spans = &summary.spans;
    let starts = spans.iter().map(|span| span.start_ns);
    let ends = spans.iter().map(|span| span.end_ns.unwrap_or(span.start_ns));
    let start = starts.chain(summary.start_ns).min().unwrap_or(0);
    let end = ends.chain(summary.end_ns).max().unwrap_or(0);
    let is_sample = (spans.len() as u64) < span_count;
    let mut leaves = leaves(spans, is_sample);
    let length = |span: &SampledSpan| span.end_ns.unwrap_or(end).saturating_sub(span.start_ns);
    leaves.sort_by_key(|span| (is_failed(span), std::cmp::Reverse(length(span))));
    let scale = |ns: i64| -> usize {
        let (at, all) = (i128::from(ns) - i128::from(start), i128::from(end) - i128::from(start));
        let cell = at * CELLS as i128 / all.max(1);
        cell.clamp(0, CELLS as i128) as usize
    };
    let mut cells: Vec<Option<usize>> = vec![None; CELLS];
    for (n, span) in leaves.iter().enumerate() {
        let from = scale(span.start_ns).min(CELLS - 1);
        let to = match end <= start {
            true => CELLS,
            false => scale(span.end_ns.unwrap_or(end)).max(from + 1),
        };
        cells[from..to].fill(Some(n));
    }
    let kind = |n: usize| Kind {
        span_type: leaves[n].span_type.clone().unwrap_or_else(|| UNKNOWN.into()),
        failed: is_failed(leaves[n]),
    };
    merged(runs(&cells, kind)).into_iter().map(segment).collect()
}

fn is_failed(span: &SampledSpan) -> bool {
    span.status == SpanStatus::Error
}

fn leaves(spans: &[SampledSpan], is_sample: bool) -> Vec<&SampledSpan> {
    let parents: HashSet<_> = spans.iter().filter_map(|span| span.parent_id).collect();
    let is_leaf = |span: &&SampledSpan| !parents.contains(&span.span_id);
    let leaves: Vec<_> = spans.iter().filter(is_leaf).collect();
    if is_sample {
        // Children may be missing from the sample, so leaf spans are recognized by their type.
        let is_work = |span: &&&SampledSpan| {
            let kind = span.span_type.as_deref().unwrap_or(UNKNOWN);
            !HOLDERS.contains(&kind)
        };
        let work: Vec<_> = leaves.iter().filter(is_work).copied().collect();
        if !work.is_empty() {
            return work;
        }
    }
    // If all spans are parents of others in cycles, there are no leaf spans.
    if leaves.is_empty() { spans.iter().collect() } else { leaves }
}

/// Consecutive cells that show the same span, in order.
fn runs(cells: &[Option<usize>], kind: impl Fn(usize) -> Kind) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut last = None;
    for (at, cell) in cells.iter().enumerate() {
        match (cell, runs.last_mut()) {
            (Some(_), Some(run)) if last == Some(*cell) => run.end = at + 1,
            (Some(n), _) => runs.push(Run { start: at, end: at + 1, kind: kind(*n) }),
            (None, _) => {}
        }
        last = Some(*cell);
    }
    runs
}

/// Merges neighbouring runs until there are few enough, starting where the least information is
/// lost.
fn merged(mut runs: Vec<Run>) -> Vec<Run> {
    while SEGMENTS_MAX < runs.len() {
        let lost = |pair: &[Run]| {
            let gap = pair[1].start - pair[0].end;
            let width = |run: &Run| run.end - run.start;
            let other = match pair[0].kind == pair[1].kind {
                true => 0,
                false => width(&pair[0]).min(width(&pair[1])),
            };
            let failure = usize::from(pair[0].kind.failed != pair[1].kind.failed) * CELLS;
            gap + other + failure
        };
        let best = runs.windows(2).enumerate().min_by_key(|(_, pair)| lost(pair));
        let at = best.map_or(0, |(at, _)| at);
        let second = runs.remove(at + 1);
        let first = &mut runs[at];
        let is_longer = first.end - first.start < second.end - second.start;
        if (second.kind.failed, is_longer) > (first.kind.failed, false) {
            first.kind = second.kind;
        }
        first.end = second.end;
    }
    runs
}

fn segment(Run { start, end, kind }: Run) -> ShapeSegment {
    ShapeSegment {
        start: start as u16,
        end: end as u16,
        r#type: kind.span_type.to_string(),
        failed: kind.failed,
    }
}

#[cfg(test)]
mod tests;
