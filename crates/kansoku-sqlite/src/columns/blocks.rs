//! Blocks of columns: traces whose ids differ in the low [`TRACE_BITS`] only, packed for metrics.
//!
//! A block is written in three steps: it is claimed (a row of `metric_blocks`), packed from a
//! snapshot taken after the claim, and stored if the claim still exists. A change of its traces in
//! between deletes the claim, by triggers and [`forget`].
use std::cell::RefCell;
use std::collections::BTreeMap;

use kansoku_model::SpanId;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::sql::expression;
use crate::error::EngineError;
use kansoku_store::StoreError;
use kansoku_store::core::columns::block::{ColumnDraft, TextColumn};
use kansoku_store::core::columns::column::Column;
use kansoku_store::core::columns::ints::{Decoder, NONE, damaged};
use kansoku_store::core::columns::packed::PackedBlock;
use kansoku_store::core::span_parts::{SpanInterval, span_parts};

/// 2048 traces per block. Migration 3 contains the same number.
pub(super) const TRACE_BITS: u32 = 11;
const COLUMN_BITS: u32 = 6;
/// Blocks with more spans are not packed: their columns would take too much memory.
const SPANS_MAX: i64 = 200_000;

/// A block that is going to be packed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    block: i64,
    claim: i64,
}

/// A packed block, ready to be stored.
pub(crate) struct Packed {
    of: Claim,
    last_trace: Option<i64>,
    rows_only: bool,
    times: Option<(i64, i64)>,
    span_times: Option<(i64, i64)>,
    columns: Vec<(Column, Vec<u8>)>,
}

/// A stored block with the reader of its columns.
pub(super) struct StoredBlock<'db> {
    pub(super) columns: ColumnReader<'db>,
    pub(super) entry: Entry,
}

impl PackedBlock for StoredBlock<'_> {
    type Error = EngineError;

    fn times(&self) -> Option<(i64, i64)> {
        self.entry.times
    }

    fn span_times(&self) -> Option<(i64, i64)> {
        self.entry.span_times
    }

    fn numbers(&self, column: Column) -> Result<Vec<i64>, EngineError> {
        self.columns.numbers(column)
    }

    fn texts(&self, column: Column) -> Result<TextColumn, EngineError> {
        self.columns.texts(column)
    }
}

/// Properties of a stored block.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// The block has no columns: its traces are read from rows.
    pub(super) rows_only: bool,
    pub(super) times: Option<(i64, i64)>,
    pub(super) span_times: Option<(i64, i64)>,
}

/// Claims the oldest full block that is not packed. A full block never receives new traces.
pub(crate) fn claim(db: &Connection) -> Result<Option<Claim>, EngineError> {
    let Some(block) = gaps(db)?.into_iter().next() else { return Ok(None) };
    let claim = rand::random();
    db.prepare_cached("insert or replace into metric_blocks (block, claim) values (?1, ?2)")?
        .execute([block, claim])?;
    Ok(Some(Claim { block, claim }))
}

/// Number of full blocks that are not packed.
pub(crate) fn unpacked(db: &Connection) -> Result<usize, EngineError> {
    Ok(gaps(db)?.len())
}

/// Full blocks that are not packed, oldest first.
fn gaps(db: &Connection) -> Result<Vec<i64>, EngineError> {
    let ready = ready(db)?;
    let Some((first, last)) = ends(db)? else { return Ok(Vec::new()) };
    Ok((first..last).filter(|block| !ready.contains_key(block)).collect())
}

/// Reads and packs a claimed block. `db` must be a reader whose snapshot includes the claim.
pub(crate) fn pack(db: &Connection, of: Claim) -> Result<Packed, EngineError> {
    let first = of.block << TRACE_BITS;
    let range = (first, first + (1 << TRACE_BITS) - 1);
    let (last_trace, spans): (Option<i64>, Option<i64>) = db.query_row(
        "select max(id), sum(span_count) from traces where id >= ?1 and id <= ?2",
        [range.0, range.1],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let rows_only = spans.is_some_and(|spans| SPANS_MAX < spans);
    let mut packed =
        Packed { of, last_trace, rows_only, times: None, span_times: None, columns: Vec::new() };
    if rows_only {
        return Ok(packed);
    }
    let traces = read(db, "traces t", "t.id", Column::OF_TRACES, range)?;
    let from = "traces t cross join spans s on s.trace = t.id";
    let spans = read(db, from, "s.trace, s.span_id", Column::OF_SPANS, range)?;
    packed.times = ends_of(&traces, Column::Time);
    packed.span_times = ends_of(&spans, Column::SpanStart);
    let parts = span_parts_of(db, range)?;
    for (column, draft) in traces.into_iter().chain(spans).chain(parts) {
        packed.columns.push((column, draft.encode()?));
    }
    Ok(packed)
}

/// Stores a packed block. Returns `false` if a trace of the block has changed since the claim.
pub(crate) fn store(db: &Connection, packed: &Packed) -> Result<bool, EngineError> {
    let Packed { of, last_trace, rows_only, times, span_times, columns } = packed;
    let stored = db
        .prepare_cached(
            "update metric_blocks set claim = null, last_trace = ?3, from_ms = ?4, to_ms = ?5,
                 span_from_ms = ?6, span_to_ms = ?7, rows_only = ?8
             where block = ?1 and claim = ?2",
        )?
        .execute(params![
            of.block,
            of.claim,
            last_trace,
            times.map(|(from, _)| from),
            times.map(|(_, to)| to),
            span_times.map(|(from, _)| from),
            span_times.map(|(_, to)| to),
            rows_only,
        ])?;
    if stored == 0 {
        return Ok(false);
    }
    let mut put =
        db.prepare_cached("insert or replace into metric_columns (id, bytes) values (?1, ?2)")?;
    for (column, bytes) in columns {
        put.execute(params![column_id(of.block, *column), bytes])?;
    }
    Ok(true)
}

/// Invalidates the block of a trace after writes that no trigger covers: replaced spans and a
/// changed session.
pub(crate) fn forget(db: &Connection, trace: i64) -> Result<(), EngineError> {
    db.prepare_cached("delete from metric_blocks where block = ?1")?
        .execute([trace >> TRACE_BITS])?;
    Ok(())
}

/// Blocks that are packed and current.
pub(super) fn ready(db: &Connection) -> Result<BTreeMap<i64, Entry>, EngineError> {
    // SQLite reuses ids after the newest traces were deleted. Such a block has grown since it was
    // packed, and is left out.
    let mut select = db.prepare_cached(
        "select block, rows_only, from_ms, to_ms, span_from_ms, span_to_ms from metric_blocks
         where claim is null and last_trace is
             (select max(id) from traces where id >= block << ?1 and id < (block + 1) << ?1)",
    )?;
    let ends = |row: &Row<'_>, at: usize| -> Result<Option<(i64, i64)>, rusqlite::Error> {
        let (from, to): (Option<i64>, Option<i64>) = (row.get(at)?, row.get(at + 1)?);
        Ok(from.zip(to))
    };
    let rows = select.query_map([TRACE_BITS], |row| {
        let rows_only = row.get(1)?;
        Ok((row.get(0)?, Entry { rows_only, times: ends(row, 2)?, span_times: ends(row, 4)? }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The blocks of the first and the last trace. The last one is still being filled.
pub(super) fn ends(db: &Connection) -> Result<Option<(i64, i64)>, EngineError> {
    let end = |sql| db.query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
    let first = end("select min(id) from traces")?;
    let last = end("select max(id) from traces")?;
    Ok(first.zip(last).map(|(first, last)| (first >> TRACE_BITS, last >> TRACE_BITS)))
}

/// Reads the columns of one block.
pub(super) struct ColumnReader<'db> {
    db: &'db Connection,
    block: i64,
    decoder: RefCell<Decoder>,
}

impl<'db> ColumnReader<'db> {
    pub(super) fn new(db: &'db Connection, block: i64) -> Result<Self, EngineError> {
        Ok(Self { db, block, decoder: RefCell::new(Decoder::new()?) })
    }

    pub(super) fn numbers(&self, column: Column) -> Result<Vec<i64>, EngineError> {
        self.with_bytes(column, |decoder, bytes| decoder.decode(bytes))
    }

    pub(super) fn texts(&self, column: Column) -> Result<TextColumn, EngineError> {
        self.with_bytes(column, TextColumn::decode)
    }

    fn with_bytes<T>(
        &self,
        column: Column,
        decode: impl FnOnce(&mut Decoder, &[u8]) -> Result<T, StoreError>,
    ) -> Result<T, EngineError> {
        let mut select =
            self.db.prepare_cached("select bytes from metric_columns where id = ?1")?;
        let decoded = select
            .query_row([column_id(self.block, column)], |row| {
                let bytes = row.get_ref(0)?.as_blob().map_err(|_| damaged());
                Ok(bytes.and_then(|bytes| decode(&mut self.decoder.borrow_mut(), bytes)))
            })
            .optional()?;
        Ok(decoded.unwrap_or_else(|| Err(damaged()))?)
    }
}

fn column_id(block: i64, column: Column) -> i64 {
    block << COLUMN_BITS | i64::from(column as u8)
}

fn read(
    db: &Connection,
    from: &str,
    order: &str,
    columns: &[Column],
    (first, last): (i64, i64),
) -> Result<Vec<(Column, ColumnDraft)>, EngineError> {
    let expressions: Vec<_> = columns.iter().map(|column| expression(*column)).collect();
    let mut select = db.prepare_cached(&format!(
        "select {} from {from} where t.id >= ?1 and t.id <= ?2 order by {order}",
        expressions.join(", ")
    ))?;
    let mut drafts: Vec<_> =
        columns.iter().map(|column| (*column, ColumnDraft::new(*column))).collect();
    let mut rows = select.query([first, last])?;
    while let Some(row) = rows.next()? {
        for (i, (_, draft)) in drafts.iter_mut().enumerate() {
            match row.get_ref(i)? {
                ValueRef::Integer(number) => draft.push_number(number),
                ValueRef::Text(text) => draft.push_text(text),
                _ => draft.push_number(NONE),
            }
        }
    }
    Ok(drafts)
}

/// Columns that are computed from all spans of a trace.
fn span_parts_of(
    db: &Connection,
    (first, last): (i64, i64),
) -> Result<Vec<(Column, ColumnDraft)>, EngineError> {
    let mut select = db.prepare_cached(
        "select s.trace, s.span_id, s.parent_id, s.start_ns, s.end_ns
         from traces t cross join spans s on s.trace = t.id
         where t.id >= ?1 and t.id <= ?2 order by s.trace, s.span_id",
    )?;
    let id = |stored: i64| SpanId(stored.cast_unsigned());
    let mut rows = select.query([first, last])?;
    let mut columns: Vec<_> =
        Column::OF_SPAN_PARTS.iter().map(|of| (*of, ColumnDraft::new(*of))).collect();
    let mut of = None;
    let mut spans = Vec::new();
    while let Some(row) = rows.next()? {
        let trace: i64 = row.get(0)?;
        if of.replace(trace) != Some(trace) {
            push_span_parts(&mut spans, &mut columns);
        }
        spans.push(SpanInterval {
            span_id: id(row.get(1)?),
            parent_id: row.get::<_, Option<i64>>(2)?.map(id),
            start_ns: row.get(3)?,
            end_ns: row.get(4)?,
        });
    }
    push_span_parts(&mut spans, &mut columns);
    Ok(columns)
}

fn push_span_parts(spans: &mut Vec<SpanInterval>, columns: &mut [(Column, ColumnDraft)]) {
    let place = |place: Option<usize>| place.map_or(NONE, |place| place as i64);
    for part in span_parts(spans) {
        for (column, draft) in &mut *columns {
            draft.push_number(match column {
                Column::SpanParent => place(part.parent),
                Column::SpanPrevious => place(part.previous),
                Column::SpanDuration => part.duration_us.unwrap_or(NONE),
                Column::SpanChildren => part.duration_us.unwrap_or(0) - part.self_us,
                Column::SpanOffPath => part.self_us - part.critical_us,
                _ => NONE,
            });
        }
    }
    spans.clear();
}

fn ends_of(drafts: &[(Column, ColumnDraft)], column: Column) -> Option<(i64, i64)> {
    drafts.iter().find(|(of, _)| *of == column)?.1.ends()
}
