//! The inverted index on disk: blocks of entries, each block of one term.
//!
//! A commit under load adds hundreds of traces with the same state, span names and tags: their
//! entries are stored as one row instead of hundreds. A block covers [`SPAN_MS`] at most, so that
//! blocks with entries of some time are found near that time.
use std::collections::BinaryHeap;

use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

use crate::error::EngineError;

/// Maximum number of entries in a block.
const ENTRIES_MAX: usize = 512;
/// Maximum time between the newest and the oldest entry of a block, in ms.
const SPAN_MS: i64 = 600_000;

/// A trace that has a term. Entries of a term are read newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Entry {
    pub(crate) time_ms: i64,
    pub(crate) trace: i64,
}

/// One change of the index, kept in memory until its commit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Op {
    pub(crate) term: i64,
    pub(crate) entry: Entry,
    pub(crate) present: bool,
}

/// Writes the changes of a commit. The last of several changes of one entry wins.
pub(crate) fn flush(db: &Connection, ops: &mut Vec<Op>) -> Result<(), EngineError> {
    // The sort is stable: changes of one entry keep their order.
    ops.sort_by(|a, b| (a.term, b.entry).cmp(&(b.term, a.entry)));
    let mut added: Vec<Entry> = Vec::new();
    let mut at = 0;
    while at < ops.len() {
        let Op { term, .. } = ops[at];
        while at < ops.len() && ops[at].term == term {
            let Op { entry, .. } = ops[at];
            while at + 1 < ops.len() && ops[at + 1].term == term && ops[at + 1].entry == entry {
                at += 1;
            }
            match ops[at].present {
                true => added.push(entry),
                false => remove(db, term, entry)?,
            }
            at += 1;
        }
        insert(db, term, &added)?;
        added.clear();
    }
    ops.clear();
    Ok(())
}

/// Inserts `entries`, which are sorted, newest first.
fn insert(db: &Connection, term: i64, mut entries: &[Entry]) -> Result<(), EngineError> {
    while let [newest, ..] = entries {
        let near = |entry: &&Entry| newest.time_ms - entry.time_ms <= SPAN_MS;
        let len = entries.iter().take(ENTRIES_MAX).take_while(near).count();
        let (block, rest) = entries.split_at(len);
        put(db, term, block)?;
        entries = rest;
    }
    Ok(())
}

/// Writes a block. It is merged with a stored block that has the same newest entry.
fn put(db: &Connection, term: i64, block: &[Entry]) -> Result<(), EngineError> {
    let (Some(newest), Some(oldest)) = (block.first(), block.last()) else { return Ok(()) };
    let mut insert = db.prepare_cached(
        "insert or ignore into postings (term, time_ms, trace, count, oldest_ms, older)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let several = 1 < block.len();
    let written = insert.execute(params![
        term,
        newest.time_ms,
        newest.trace,
        block.len() as i64,
        several.then_some(oldest.time_ms),
        several.then(|| encode(block)),
    ])?;
    if written == 0 && several {
        let mut present = block_at(db, term, *newest)?.unwrap_or_default();
        take(db, term, *newest)?;
        present.extend_from_slice(block);
        present.sort_unstable_by(|a, b| b.cmp(a));
        present.dedup();
        return self::insert(db, term, &present);
    }
    Ok(())
}

fn block_at(db: &Connection, term: i64, newest: Entry) -> Result<Option<Vec<Entry>>, EngineError> {
    let mut select = db.prepare_cached(
        "select time_ms, trace, older from postings where term = ?1 and time_ms = ?2 and trace = ?3",
    )?;
    Ok(select.query_row(params![term, newest.time_ms, newest.trace], entries_of).optional()?)
}

fn take(db: &Connection, term: i64, newest: Entry) -> Result<bool, EngineError> {
    let mut delete =
        db.prepare_cached("delete from postings where term = ?1 and time_ms = ?2 and trace = ?3")?;
    Ok(0 < delete.execute(params![term, newest.time_ms, newest.trace])?)
}

/// Removes an entry from every block that contains it.
fn remove(db: &Connection, term: i64, entry: Entry) -> Result<(), EngineError> {
    let mut select = db.prepare_cached(
        "select time_ms, trace, older from postings
         where term = ?1 and time_ms >= ?2 and time_ms <= ?3
         and coalesce(oldest_ms, time_ms) <= ?2",
    )?;
    let rows = select.query_map(
        params![term, entry.time_ms, entry.time_ms.saturating_add(SPAN_MS)],
        entries_of,
    )?;
    let blocks = rows.collect::<Result<Vec<_>, _>>()?;
    for mut block in blocks {
        if let Some(at) = block.iter().position(|present| *present == entry) {
            take(db, term, block[0])?;
            block.remove(at);
            put(db, term, &block)?;
        }
    }
    Ok(())
}

/// Approximate number of entries of a term between two times, up to `max`.
pub(crate) fn count(
    db: &Connection,
    term: i64,
    (from, to): (i64, i64),
    max: i64,
) -> Result<i64, EngineError> {
    let mut select = db.prepare_cached(
        "select count from postings where term = ?1 and time_ms >= ?2 and time_ms <= ?3
         and coalesce(oldest_ms, time_ms) <= ?4",
    )?;
    let mut rows = select.query(params![term, from, to.saturating_add(SPAN_MS), to])?;
    let mut total = 0;
    while total < max
        && let Some(row) = rows.next()?
    {
        total += row.get::<_, i64>(0)?;
    }
    Ok(total.min(max))
}

/// The entries of several terms, newest first, without duplicates.
pub(crate) struct Cursor<'db> {
    terms: Vec<TermCursor<'db>>,
    last: Option<Entry>,
}

impl<'db> Cursor<'db> {
    pub(crate) fn open(
        db: &'db Connection,
        terms: &[i64],
        (from, to): (i64, i64),
    ) -> Result<Self, EngineError> {
        let open = |term: &i64| TermCursor::open(db, *term, from, to);
        Ok(Self { terms: terms.iter().map(open).collect::<Result<_, _>>()?, last: None })
    }

    pub(crate) fn next(&mut self) -> Result<Option<Entry>, EngineError> {
        loop {
            let mut best: Option<(usize, Entry)> = None;
            for (at, term) in self.terms.iter_mut().enumerate() {
                if let Some(entry) = term.peek()?
                    && best.is_none_or(|(_, present)| present < entry)
                {
                    best = Some((at, entry));
                }
            }
            let Some((at, entry)) = best else { return Ok(None) };
            self.terms[at].heap.pop();
            if self.last != Some(entry) {
                self.last = Some(entry);
                return Ok(Some(entry));
            }
        }
    }

    /// Skips entries newer than `entry`, and returns whether `entry` exists. Calls must be in the
    /// order of entries.
    pub(crate) fn has(&mut self, entry: Entry) -> Result<bool, EngineError> {
        let mut found = false;
        for term in &mut self.terms {
            while let Some(present) = term.peek()?
                && entry < present
            {
                term.heap.pop();
            }
            found |= term.peek()? == Some(entry);
        }
        Ok(found)
    }
}

/// Blocks are read on demand; the heap has the entries that can come next.
struct TermCursor<'db> {
    select: CachedStatement<'db>,
    term: i64,
    from: i64,
    to: i64,
    heap: BinaryHeap<Entry>,
    /// Blocks that are read but not yet in the heap, newest last.
    blocks: Vec<Vec<Entry>>,
    /// Upper bound of the next read of blocks; `None` after the last one.
    below: Option<Entry>,
}

const BLOCKS_A_READ: usize = 32;

impl<'db> TermCursor<'db> {
    fn open(db: &'db Connection, term: i64, from: i64, to: i64) -> Result<Self, EngineError> {
        let select = db.prepare_cached(&format!(
            "select time_ms, trace, older from postings
             where term = ?1 and time_ms >= ?2 and (time_ms, trace) < (?3, ?4)
             and coalesce(oldest_ms, time_ms) <= ?5
             order by time_ms desc, trace desc limit {BLOCKS_A_READ}",
        ))?;
        let below = Entry { time_ms: to.saturating_add(SPAN_MS), trace: i64::MAX };
        let (heap, blocks) = (BinaryHeap::new(), Vec::new());
        Ok(Self { select, term, from, to, heap, blocks, below: Some(below) })
    }

    fn peek(&mut self) -> Result<Option<Entry>, EngineError> {
        loop {
            if self.blocks.is_empty() {
                self.read()?;
            }
            let next = self.blocks.last().and_then(|block| block.first());
            match (self.heap.peek(), next) {
                (Some(entry), next) if next.is_none_or(|next| next <= entry) => {
                    return Ok(Some(*entry));
                }
                (_, Some(_)) => {
                    let block = self.blocks.pop().unwrap_or_default();
                    let (from, to) = (self.from, self.to);
                    let wanted = |entry: &Entry| (from..=to).contains(&entry.time_ms);
                    self.heap.extend(block.into_iter().filter(wanted));
                }
                (_, None) => return Ok(self.heap.peek().copied()),
            }
        }
    }

    fn read(&mut self) -> Result<(), EngineError> {
        let Some(below) = self.below else { return Ok(()) };
        let bounds = params![self.term, self.from, below.time_ms, below.trace, self.to];
        let rows = self.select.query_map(bounds, entries_of)?;
        self.blocks = rows.collect::<Result<_, _>>()?;
        let last = self.blocks.last().and_then(|block| block.first()).copied();
        self.below = last.filter(|_| self.blocks.len() == BLOCKS_A_READ);
        self.blocks.reverse();
        Ok(())
    }
}

fn entries_of(row: &Row<'_>) -> Result<Vec<Entry>, rusqlite::Error> {
    let newest = Entry { time_ms: row.get(0)?, trace: row.get(1)? };
    let older = row.get_ref(2)?.as_blob_or_null()?;
    Ok(decode(newest, older.unwrap_or_default()))
}

/// Encodes all entries but the first as differences to their predecessors.
fn encode(block: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(block.len() * 4);
    for pair in block.windows(2) {
        push_varint(&mut bytes, pair[0].time_ms.abs_diff(pair[1].time_ms));
        let trace = pair[0].trace.wrapping_sub(pair[1].trace);
        push_varint(&mut bytes, ((trace << 1) ^ (trace >> 63)).cast_unsigned());
    }
    bytes
}

fn decode(newest: Entry, mut older: &[u8]) -> Vec<Entry> {
    let mut entries = vec![newest];
    let mut last = newest;
    while let (Some(time), Some(trace)) = (take_varint(&mut older), take_varint(&mut older)) {
        let trace = (trace >> 1).cast_signed() ^ -(trace & 1).cast_signed();
        last = Entry {
            time_ms: last.time_ms.wrapping_sub(time.cast_signed()),
            trace: last.trace.wrapping_sub(trace),
        };
        entries.push(last);
    }
    entries
}

fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while 0x80 <= number {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests;
