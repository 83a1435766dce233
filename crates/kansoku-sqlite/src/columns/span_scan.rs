//! Scans of the packed columns of spans: fast for any number of traces.
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::time::Instant;

use rusqlite::Connection;

use super::blocks::ColumnReader;
use super::scan::{Part, Selection, newest_blocks_first, rows};
use crate::error::EngineError;
use crate::reads::scan::Answer;
use kansoku_store::core::columns::column::Column;
use kansoku_store::core::columns::ints::{NONE, damaged};
use kansoku_store::core::span_columns::SpanColumnsBuilder;
use kansoku_store::{
    ScanProjection, ScanQuery, SpanColumns, SpanProjection, SpansOfTrace, StoreError, TextColumn,
};

/// Batches of columns that are read before the visitor needs them.
const READ_AHEAD: usize = 1;

/// Passes the spans of the requested traces; requires [`can_answer`](super::scan::can_answer).
/// Columns are read while another thread runs the visitor on the ones before.
pub(crate) fn fold(
    db: &Connection,
    query: &ScanQuery,
    projection: SpanProjection,
    until: Instant,
    each: &mut (dyn FnMut(&SpanColumns) + Send),
) -> Result<Answer, EngineError> {
    std::thread::scope(|threads| {
        let (sender, receiver) = mpsc::sync_channel::<SpanColumns>(READ_AHEAD);
        let visiting = move || receiver.iter().for_each(|columns| each(&columns));
        let visitor = std::thread::Builder::new()
            .name("span scan".to_owned())
            .spawn_scoped(threads, visiting)
            .map_err(|error| StoreError::backend("start a thread", error))?;
        // The visitor's thread ends early only by a panic, which is resumed below.
        let pass = |columns: SpanColumns| drop(sender.send(columns));
        let answer = read_blocks(db, query, projection, until, pass);
        drop(sender);
        visitor.join().unwrap_or_else(|panic| resume_unwind(panic));
        answer
    })
}

fn read_blocks(
    db: &Connection,
    query: &ScanQuery,
    projection: SpanProjection,
    until: Instant,
    mut each: impl FnMut(SpanColumns),
) -> Result<Answer, EngineError> {
    newest_blocks_first(db, query, until, |part, progress| {
        match part {
            Part::Packed(block) => {
                let reader = ColumnReader::new(db, block)?;
                let mut traces = Vec::new();
                Selection::read(&reader)?.each(query, |_, time, spans| {
                    progress.add(time);
                    traces.push(SpansOfTrace { time, spans, trace: None });
                });
                if !traces.is_empty() {
                    each(read(&reader, projection, traces)?);
                }
            }
            Part::Rows(block) => {
                let mut builder = SpanColumnsBuilder::default();
                let fields = ScanProjection { spans: true, ..query.projection.clone() };
                rows(db, query, &fields, block, &mut |trace| {
                    progress.add(trace.time);
                    builder.push(trace, &mut each);
                })?;
                builder.flush(&mut each);
            }
        }
        Ok(())
    })
}

fn read(
    reader: &ColumnReader<'_>,
    projection: SpanProjection,
    traces: Vec<SpansOfTrace>,
) -> Result<SpanColumns, EngineError> {
    let numbers = |column| reader.numbers(column);
    let texts = |column| reader.texts(column);
    let SpanProjection { model, provider, relatives } = projection;
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
        model: if model { texts(Column::SpanModelName)? } else { TextColumn::default() },
        provider: if provider { texts(Column::SpanModelProvider)? } else { TextColumn::default() },
        is_failed: status.codes.iter().map(|code| Some(*code) == error).collect(),
        critical_us: self_us.iter().zip(&off_path).map(minus).collect(),
        self_us,
        first_token_ms: numbers(Column::SpanFirstToken)?,
        total_tokens: numbers(Column::SpanTotalTokens)?,
        cost: numbers(Column::SpanTotalCost)?,
        parent: if relatives { numbers(Column::SpanParent)? } else { Vec::new() },
        previous: if relatives { numbers(Column::SpanPrevious)? } else { Vec::new() },
        duration_us,
    };
    check_lengths(&columns, projection)?;
    Ok(columns)
}

/// Fails unless every column that is read has a value for each span, which visitors rely on.
fn check_lengths(columns: &SpanColumns, projection: SpanProjection) -> Result<(), EngineError> {
    let length = columns.traces.last().map_or(0, |last| last.spans.end);
    let SpanProjection { model, provider, relatives } = projection;
    let lengths = [
        (true, columns.name.codes.len()),
        (true, columns.span_type.codes.len()),
        (model, columns.model.codes.len()),
        (provider, columns.provider.codes.len()),
        (true, columns.is_failed.len()),
        (true, columns.duration_us.len()),
        (true, columns.self_us.len()),
        (true, columns.critical_us.len()),
        (true, columns.first_token_ms.len()),
        (true, columns.total_tokens.len()),
        (true, columns.cost.len()),
        (relatives, columns.parent.len()),
        (relatives, columns.previous.len()),
    ];
    match lengths.iter().all(|(is_read, some)| !is_read || length <= *some) {
        true => Ok(()),
        false => Err(damaged().into()),
    }
}
