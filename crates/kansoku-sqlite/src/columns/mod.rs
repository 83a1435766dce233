//! Metrics of traces, spans and assessments: narrow reads, aggregated in Rust.
//!
//! Queries over many traces use packed blocks of columns. Traces that are not packed, and values
//! that blocks do not contain, are read from the rows.
pub(crate) mod activity;
pub(crate) mod blocks;
mod rows;
pub(crate) mod scan;
pub(crate) mod span_scan;
mod sql;

use std::ops::RangeInclusive;

use rusqlite::{Connection, params};

use crate::error::EngineError;
use blocks::{ColumnReader, Entry, StoredBlock};
use kansoku_store::MetricsQuery;
use kansoku_store::core::columns::groups::Groups;
use kansoku_store::core::columns::packed;

/// Queries over fewer traces read the rows, which an index finds.
const TRACES_FEW: i64 = if cfg!(test) { 0 } else { 20_000 };

/// The result, and whether it would have been faster with more blocks packed.
pub(crate) struct Answer {
    pub(crate) groups: Groups,
    pub(crate) has_gaps: bool,
}

pub(crate) fn query(db: &Connection, query: &MetricsQuery) -> Result<Answer, EngineError> {
    let mut groups = Groups::new(query);
    let by_blocks = packed::can_answer(query) && TRACES_FEW <= count_up_to_few(db, query)?;
    let has_gaps = match blocks::ends(db)? {
        Some(ends) if by_blocks => scan_blocks(db, query, ends, &mut groups)?,
        _ => {
            rows::scan(db, query, None, &mut groups)?;
            false
        }
    };
    Ok(Answer { groups, has_gaps })
}

/// Scans all blocks; traces of blocks that are not packed are read from their rows.
fn scan_blocks(
    db: &Connection,
    query: &MetricsQuery,
    ends: (i64, i64),
    groups: &mut Groups,
) -> Result<bool, EngineError> {
    along_blocks(db, ends, |part| match part {
        Part::All => rows::scan(db, query, None, groups),
        Part::Rows(traces) => rows::scan(db, query, Some(traces), groups),
        Part::Packed(block, entry) => {
            let columns = ColumnReader::new(db, block)?;
            packed::scan(&StoredBlock { columns, entry }, query, groups)
        }
    })
}

/// A portion of the traces, and how to read it.
enum Part {
    /// All traces, from their rows.
    All,
    /// The traces with these row ids, from their rows.
    Rows(RangeInclusive<i64>),
    /// The traces of this block, from its columns.
    Packed(i64, Entry),
}

/// Passes each trace to `scan` once, in portions. Returns whether packing more blocks would help.
fn along_blocks(
    db: &Connection,
    (first, last): (i64, i64),
    mut scan: impl FnMut(Part) -> Result<(), EngineError>,
) -> Result<bool, EngineError> {
    let ready = blocks::ready(db)?;
    if ready.is_empty() {
        scan(Part::All)?;
        return Ok(first < last);
    }
    let mut has_gaps = false;
    let mut gap = None;
    for block in first..=last {
        match ready.get(&block) {
            None => {
                gap.get_or_insert(block);
                has_gaps |= block < last;
            }
            Some(entry) if entry.rows_only => {
                gap.get_or_insert(block);
            }
            Some(entry) => {
                if let Some(start) = gap.take() {
                    scan(Part::Rows(traces_of(start, block)))?;
                }
                scan(Part::Packed(block, *entry))?;
            }
        }
    }
    if let Some(start) = gap {
        scan(Part::Rows(traces_of(start, last + 1)))?;
    }
    Ok(has_gaps)
}

/// The possible row ids of traces in the blocks `start..end`.
fn traces_of(start: i64, end: i64) -> RangeInclusive<i64> {
    (start << blocks::TRACE_BITS)..=((end << blocks::TRACE_BITS) - 1)
}

fn count_up_to_few(db: &Connection, query: &MetricsQuery) -> Result<i64, EngineError> {
    // `SpanCost` is filtered by the spans' own times, which no index has, so all traces count.
    let by_span = matches!(query.metric, kansoku_store::Metric::SpanCost(_));
    let from = query.from.filter(|_| !by_span).map_or(i64::MIN, |from| from.0);
    let to = query.to.filter(|_| !by_span).map_or(i64::MAX, |to| to.0);
    let mut select = db.prepare_cached(
        "select count(*) from (select 1 from traces where experiment_id = ?1
             and request_time_ms >= ?2 and request_time_ms <= ?3 limit ?4)",
    )?;
    let mut count = 0;
    for experiment in &query.experiments {
        count += select
            .query_row(params![experiment.0, from, to, TRACES_FEW], |row| row.get::<_, i64>(0))?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests;
