//! Scans of the packed columns of spans: fast for any number of traces.
use std::time::Instant;

use rusqlite::Connection;

use super::blocks;
use super::scan::{Block, Part, newest_blocks_first, rows};
use crate::error::EngineError;
use crate::reads::scan::Answer;
use kansoku_store::core::columns::column::Column;
use kansoku_store::core::columns::ints::{NONE, damaged};
use kansoku_store::core::span_columns::SpanColumnsBuilder;
use kansoku_store::{ScanProjection, ScanQuery, SpanColumns, SpansOfTrace};

/// Passes the spans of the requested traces; requires [`can_answer`](super::scan::can_answer).
pub(crate) fn fold(
    db: &Connection,
    query: &ScanQuery,
    until: Instant,
    each: &mut dyn FnMut(&SpanColumns),
) -> Result<Answer, EngineError> {
    newest_blocks_first(db, query, until, |part, progress| {
        match part {
            Part::Packed(block) => {
                let mut traces = Vec::new();
                Block::read(db, block)?.each(query, &mut |spans, trace| {
                    progress.add(&trace);
                    traces.push(SpansOfTrace { trace, spans });
                });
                if !traces.is_empty() {
                    each(&read(db, block, traces)?);
                }
            }
            Part::Rows(block) => {
                let mut builder = SpanColumnsBuilder::default();
                let projection = ScanProjection { spans: true, ..query.projection.clone() };
                rows(db, query, &projection, block, &mut |trace| {
                    progress.add(trace);
                    builder.push(trace, each);
                })?;
                builder.flush(each);
            }
        }
        Ok(())
    })
}

fn read(
    db: &Connection,
    block: i64,
    traces: Vec<SpansOfTrace>,
) -> Result<SpanColumns, EngineError> {
    let numbers = |column| blocks::numbers(db, block, column);
    let texts = |column| blocks::texts(db, block, column);
    let status = texts(Column::SpanStatus)?;
    let error = status.texts.iter().position(|text| text == "ERROR").map(|place| place as i64);
    let duration_us = numbers(Column::SpanDuration)?;
    let children = numbers(Column::SpanChildren)?;
    let off_path = numbers(Column::SpanOffPath)?;
    let known = |us: i64| if us == NONE { 0 } else { us };
    let minus = |(all, part): (&i64, &i64)| known(*all) - known(*part);
    let self_us: Vec<i64> = duration_us.iter().zip(&children).map(minus).collect();
    let columns = SpanColumns {
        traces,
        name: texts(Column::SpanName)?,
        span_type: texts(Column::SpanType)?,
        model: texts(Column::SpanModelName)?,
        provider: texts(Column::SpanModelProvider)?,
        is_failed: status.codes.iter().map(|code| Some(*code) == error).collect(),
        critical_us: self_us.iter().zip(&off_path).map(minus).collect(),
        self_us,
        first_token_ms: numbers(Column::SpanFirstToken)?,
        total_tokens: numbers(Column::SpanTotalTokens)?,
        cost: numbers(Column::SpanTotalCost)?,
        parent: numbers(Column::SpanParent)?,
        previous: numbers(Column::SpanPrevious)?,
        duration_us,
    };
    check_lengths(&columns)?;
    Ok(columns)
}

/// Fails unless every column has a value for each span, which readers rely on.
fn check_lengths(columns: &SpanColumns) -> Result<(), EngineError> {
    let length = columns.traces.last().map_or(0, |last| last.spans.end);
    let lengths = [
        columns.name.codes.len(),
        columns.span_type.codes.len(),
        columns.model.codes.len(),
        columns.provider.codes.len(),
        columns.is_failed.len(),
        columns.duration_us.len(),
        columns.self_us.len(),
        columns.critical_us.len(),
        columns.first_token_ms.len(),
        columns.total_tokens.len(),
        columns.cost.len(),
        columns.parent.len(),
        columns.previous.len(),
    ];
    match lengths.iter().all(|some| length <= *some) {
        true => Ok(()),
        false => Err(damaged().into()),
    }
}
