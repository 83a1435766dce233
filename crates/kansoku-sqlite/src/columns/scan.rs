//! Scans of packed columns: fast for any number of traces, if columns contain everything requested.
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use kansoku_model::{Money, TimestampMs, TokenUsage, TraceState};
use rusqlite::{Connection, params};

use super::TRACES_FEW;
use super::blocks::{self, ColumnReader};
use crate::error::EngineError;
use crate::index::postings::Entry;
use crate::reads::scan::{Answer, Loader};
use kansoku_store::core::columns::block::TextColumn;
use kansoku_store::core::columns::column::Column;
use kansoku_store::core::columns::ints::NONE;
use kansoku_store::core::columns::packed::overlaps;
use kansoku_store::{Coverage, ScanProjection, ScanQuery, ScannedTrace};

/// Number of traces read from rows at once, in blocks that are not packed.
const ROWS_AT_ONCE: usize = 2048;

/// Whether columns contain everything that is requested, and there are enough traces to use them.
pub(crate) fn can_answer(db: &Connection, query: &ScanQuery) -> Result<bool, EngineError> {
    if !query.filter.is_all() || query.projection != ScanProjection::default() {
        return Ok(false);
    }
    let mut select = db.prepare_cached(
        "select count(*) from (select 1 from traces where experiment_id = ?1
             and request_time_ms >= ?2 and request_time_ms <= ?3 limit ?4)",
    )?;
    let (from, to) = range(query);
    let few = params![query.experiment.0, from, to, TRACES_FEW];
    let count: i64 = select.query_row(few, |row| row.get(0))?;
    Ok(TRACES_FEW <= count)
}

fn range(query: &ScanQuery) -> (i64, i64) {
    (query.from.map_or(i64::MIN, |from| from.0), query.to.map_or(i64::MAX, |to| to.0))
}

pub(crate) fn fold(
    db: &Connection,
    query: &ScanQuery,
    until: Instant,
    each: &mut dyn FnMut(&ScannedTrace),
) -> Result<Answer, EngineError> {
    newest_blocks_first(db, query, until, |part, progress| {
        let mut each = |scanned: &ScannedTrace| {
            progress.add(scanned.time);
            each(scanned);
        };
        match part {
            Part::Packed(block) => Block::read(db, block)?.each(query, &mut each),
            Part::Rows(block) => rows(db, query, &query.projection, block, &mut each)?,
        }
        Ok(())
    })
}

/// A block, and how to read its traces.
pub(super) enum Part {
    Packed(i64),
    Rows(i64),
}

/// Number and earliest time of the traces read so far.
#[derive(Default)]
pub(super) struct Progress {
    traces: u64,
    oldest: Option<TimestampMs>,
}

impl Progress {
    pub(super) fn add(&mut self, time: TimestampMs) {
        self.traces += 1;
        self.oldest = [self.oldest, Some(time)].into_iter().flatten().min();
    }
}

pub(super) fn newest_blocks_first(
    db: &Connection,
    query: &ScanQuery,
    until: Instant,
    mut read: impl FnMut(Part, &mut Progress) -> Result<(), EngineError>,
) -> Result<Answer, EngineError> {
    let mut progress = Progress::default();
    let (mut complete, mut has_gaps) = (true, false);
    let ready = blocks::ready(db)?;
    if let Some((first, last)) = blocks::ends(db)? {
        // Blocks are filled in order of arrival, so the last block has the newest traces.
        for block in (first..=last).rev() {
            if until <= Instant::now() {
                complete = false;
                break;
            }
            match ready.get(&block) {
                Some(entry) if !entry.rows_only => {
                    if overlaps(entry.times, query.from, query.to) {
                        read(Part::Packed(block), &mut progress)?;
                    }
                }
                unpacked => {
                    has_gaps |= unpacked.is_none() && block < last;
                    read(Part::Rows(block), &mut progress)?;
                }
            }
        }
    }
    let covered_from = progress.oldest.filter(|_| !complete);
    Ok(Answer { coverage: Coverage { traces: progress.traces, complete, covered_from }, has_gaps })
}

/// Reads the traces of a block that is not packed.
pub(super) fn rows(
    db: &Connection,
    query: &ScanQuery,
    projection: &ScanProjection,
    block: i64,
    each: &mut dyn FnMut(&ScannedTrace),
) -> Result<(), EngineError> {
    let ids = (block << blocks::TRACE_BITS)..((block + 1) << blocks::TRACE_BITS);
    let mut select = db.prepare_cached(
        "select request_time_ms, id from traces where id >= ?1 and id < ?2
         and experiment_id = ?3 and request_time_ms >= ?4 and request_time_ms <= ?5",
    )?;
    let (from, to) = range(query);
    let bounds = params![ids.start, ids.end, query.experiment.0, from, to];
    let entry = |row: &rusqlite::Row<'_>| Ok(Entry { time_ms: row.get(0)?, trace: row.get(1)? });
    let entries = select.query_map(bounds, entry)?.collect::<Result<Vec<_>, _>>()?;
    let mut loader = Loader::new(db, projection);
    for some in entries.chunks(ROWS_AT_ONCE) {
        loader.each(some, each)?;
    }
    Ok(())
}

/// The columns of one block by which a scan selects traces, with one row per trace.
pub(super) struct Selection {
    experiments: Vec<i64>,
    times: Vec<i64>,
    spans: Vec<i64>,
}

impl Selection {
    pub(super) fn read(columns: &ColumnReader<'_>) -> Result<Self, EngineError> {
        Ok(Self {
            experiments: columns.numbers(Column::Experiment)?,
            times: columns.numbers(Column::Time)?,
            spans: columns.numbers(Column::Spans)?,
        })
    }

    /// Passes the row and the start of each requested trace, with the range of its spans in the
    /// columns of spans.
    pub(super) fn each(
        &self,
        query: &ScanQuery,
        mut each: impl FnMut(usize, TimestampMs, Range<usize>),
    ) {
        let (from, to) = range(query);
        let mut start = 0;
        for n in 0..self.times.len() {
            let spans = start..start + usize::try_from(self.spans[n]).unwrap_or(0);
            start = spans.end;
            if self.experiments[n] == query.experiment.0 && (from..=to).contains(&self.times[n]) {
                each(n, TimestampMs(self.times[n]), spans);
            }
        }
    }
}

/// The columns of one block, with one row per trace.
struct Block {
    selection: Selection,
    durations: Vec<i64>,
    states: Vec<TraceState>,
    names: Vec<Option<Arc<str>>>,
    sessions: Vec<i64>,
    failed: Vec<u64>,
    tokens: [Vec<i64>; 7],
    costs: Vec<i64>,
}

impl Block {
    fn read(db: &Connection, block: i64) -> Result<Self, EngineError> {
        let columns = ColumnReader::new(db, block)?;
        let numbers = |column| columns.numbers(column);
        let texts = |column| -> Result<Vec<Option<Arc<str>>>, EngineError> {
            let TextColumn { texts, codes } = columns.texts(column)?;
            let texts: Vec<Arc<str>> = texts.into_iter().map(Into::into).collect();
            let text = |code: i64| texts.get(usize::try_from(code).ok()?).cloned();
            Ok(codes.into_iter().map(text).collect())
        };
        let states = texts(Column::Status)?;
        let state = |text: &Option<Arc<str>>| TraceState::from_text(text.as_deref().unwrap_or(""));
        let selection = Selection::read(&columns)?;
        Ok(Self {
            failed: failed(&columns, &selection.spans)?,
            selection,
            durations: numbers(Column::Latency)?,
            states: states.iter().map(state).collect(),
            names: texts(Column::Name)?,
            sessions: numbers(Column::Session)?,
            tokens: [
                numbers(Column::InputTokens)?,
                numbers(Column::OutputTokens)?,
                numbers(Column::TotalTokens)?,
                numbers(Column::CacheReadTokens)?,
                numbers(Column::CacheCreationTokens)?,
                numbers(Column::CacheCreationAbove1hrTokens)?,
                numbers(Column::ReasoningTokens)?,
            ],
            costs: numbers(Column::TotalCost)?,
        })
    }

    /// Passes each requested trace.
    fn each(&self, query: &ScanQuery, each: &mut dyn FnMut(&ScannedTrace)) {
        self.selection.each(query, |n, _, _| each(&self.trace(n)));
    }

    fn trace(&self, n: usize) -> ScannedTrace {
        let [input, output, total, read, creation, above_1hr, reasoning] = &self.tokens;
        let count = |column: &[i64]| known(column[n]).map(i64::cast_unsigned);
        let usage = count(total).map(|total_tokens| TokenUsage {
            input_tokens: count(input).unwrap_or(0),
            output_tokens: count(output).unwrap_or(0),
            total_tokens,
            cache_read_input_tokens: count(read),
            cache_creation_input_tokens: count(creation),
            cache_creation_input_tokens_above_1hr: count(above_1hr),
            reasoning_output_tokens: count(reasoning),
        });
        ScannedTrace {
            time: TimestampMs(self.selection.times[n]),
            state: self.states[n],
            failed_spans: self.failed[n],
            span_count: self.selection.spans[n].cast_unsigned(),
            duration_ms: known(self.durations[n]),
            name: self.names[n].clone(),
            usage,
            cost: known(self.costs[n]).map(Money),
            session_hash: known(self.sessions[n]),
            ..ScannedTrace::default()
        }
    }
}

fn known(number: i64) -> Option<i64> {
    (number != NONE).then_some(number)
}

/// Number of failed spans of each trace. Columns of spans are ordered by trace.
fn failed(columns: &ColumnReader<'_>, spans: &[i64]) -> Result<Vec<u64>, EngineError> {
    let TextColumn { texts, codes } = columns.texts(Column::SpanStatus)?;
    let Some(error) = texts.iter().position(|text| text == "ERROR") else {
        return Ok(vec![0; spans.len()]);
    };
    let error = error as i64;
    let mut next = 0;
    let count = |range: Range<usize>| {
        let codes = codes.get(range).unwrap_or_default();
        codes.iter().filter(|code| **code == error).count() as u64
    };
    let of_trace = |spans: &i64| {
        let start = next;
        next += usize::try_from(*spans).unwrap_or(0);
        count(start..next)
    };
    Ok(spans.iter().map(of_trace).collect())
}
