//! Scans of traces: over packed columns if they contain everything projected, otherwise over rows.
mod load;

use std::ops::ControlFlow;
use std::time::Instant;

use kansoku_filter::Filter;
use kansoku_model::TimestampMs;
use rusqlite::Connection;

use crate::columns;
use crate::engine::readers::is_interrupt;
use crate::error::EngineError;
use crate::index::postings::Entry;
use crate::reads::search;
use kansoku_store::TraceSearch;
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::core::span_columns::SpanColumnsBuilder;
use kansoku_store::{
    Coverage, ScanProjection, ScanQuery, ScannedTrace, SpanColumns, SpanProjection,
};
pub(crate) use load::Loader;

/// The result, and whether it would have been faster with more blocks packed.
pub(crate) struct Answer {
    pub(crate) coverage: Coverage,
    pub(crate) has_gaps: bool,
}

pub(crate) fn fold(
    db: &Connection,
    codec: &Codec,
    query: &ScanQuery,
    each: &mut dyn FnMut(&ScannedTrace),
) -> Result<Answer, EngineError> {
    let until = Instant::now() + query.deadline;
    if columns::scan::can_answer(db, query)? {
        return columns::scan::fold(db, query, until, each);
    }
    fold_rows(db, codec, query, until, each)
}

/// Passes the spans of the traces that [`fold`] passes.
pub(crate) fn fold_spans(
    db: &Connection,
    codec: &Codec,
    query: &ScanQuery,
    projection: SpanProjection,
    each: &mut (dyn FnMut(&SpanColumns) + Send),
) -> Result<Answer, EngineError> {
    let until = Instant::now() + query.deadline;
    if columns::scan::can_answer(db, query)? {
        return columns::span_scan::fold(db, query, projection, until, each);
    }
    let projection = ScanProjection { spans: true, ..query.projection.clone() };
    let query = ScanQuery { projection, ..query.clone() };
    let mut builder = SpanColumnsBuilder::default();
    let answer = fold_rows(db, codec, &query, until, &mut |trace| {
        builder.push(trace, |columns| each(&columns));
    })?;
    builder.flush(|columns| each(&columns));
    Ok(answer)
}

fn fold_rows(
    db: &Connection,
    codec: &Codec,
    query: &ScanQuery,
    until: Instant,
    each: &mut dyn FnMut(&ScannedTrace),
) -> Result<Answer, EngineError> {
    let mut coverage = Coverage { complete: true, ..Coverage::default() };
    let mut loader = Loader::new(db, &query.projection);
    let mut some = |entries: &[Entry]| {
        let left = query.traces_max - coverage.traces as usize;
        let seen = &entries[..left.min(entries.len())];
        loader.each(seen, each)?;
        coverage.traces += seen.len() as u64;
        if let Some(oldest) = seen.last() {
            coverage.covered_from = Some(TimestampMs(oldest.time_ms));
        }
        if seen.len() < entries.len() || until <= Instant::now() {
            coverage.complete = false;
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    };
    match search::each_match(db, codec, &as_search(query), query.filter.is_all(), &mut some) {
        Err(error) if is_interrupt(&error) => coverage.complete = false,
        result => result?,
    }
    if coverage.complete {
        coverage.covered_from = None;
    }
    Ok(Answer { coverage, has_gaps: false })
}

fn as_search(query: &ScanQuery) -> TraceSearch {
    TraceSearch {
        experiments: vec![query.experiment],
        filter: query.filter.clone().and(Filter::between(query.from, query.to)),
        order_by: Vec::new(),
        // One more than the maximum, to find out whether there are more.
        max_results: query.traces_max.saturating_add(1),
        page_token: None,
        deadline: query.deadline,
    }
}
