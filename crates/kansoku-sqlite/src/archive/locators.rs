//! Locators: the rows of each trace in a file.
use std::collections::HashSet;

use kansoku_model::ExperimentId;
use rusqlite::{Connection, OptionalExtension, params};

use super::files::{self, COLUMNS};
use crate::engine::tx::Tx;
use crate::error::EngineError;
use kansoku_store::{LocatedRows, TraceRows};

const ROWS_BYTES: usize = 20;
/// Entries that are larger do not fit into a page of the index.
const ENTRY_ROWS_MAX: usize = 40;

/// Stores the locator of a file.
pub(super) fn put(tx: &Tx<'_>, file: i64, locator: &[TraceRows]) -> Result<(), EngineError> {
    let mut sorted = locator.to_vec();
    sorted.sort_unstable();
    let mut insert = tx.prepare_cached(
        "insert into archive_locators (file, first_hash, entries) values (?1, ?2, ?3)",
    )?;
    let mut left = &sorted[..];
    while let Some(first) = left.first() {
        let mut end = left.len().min(ENTRY_ROWS_MAX);
        // All rows of a trace are in one entry, however many these are.
        while end < left.len() && left[end].trace == left[end - 1].trace {
            end += 1;
        }
        let (entry, rest) = left.split_at(end);
        insert.execute(params![file, key(first.trace), encode(entry)])?;
        left = rest;
    }
    Ok(())
}

/// The locator of a file, sorted.
pub(super) fn read(db: &Connection, path: &str) -> Result<Vec<TraceRows>, EngineError> {
    let mut select = db.prepare_cached(
        "select entries from archive_locators
         where file = (select id from archive_files where path = ?1) order by first_hash",
    )?;
    let mut rows = select.query([path])?;
    let mut locator = Vec::new();
    while let Some(row) = rows.next()? {
        locator.extend(decode(row.get_ref(0)?.as_blob().unwrap_or_default()));
    }
    Ok(locator)
}

/// The rows of traces with these hashes, by file.
pub(super) fn locate(
    db: &Connection,
    experiment: ExperimentId,
    table: &str,
    traces: &[u64],
) -> Result<Vec<LocatedRows>, EngineError> {
    let wanted: HashSet<u64> = traces.iter().copied().collect();
    let mut entry = db.prepare_cached(
        "select first_hash, entries from archive_locators where file = ?1 and first_hash <= ?2
         order by first_hash desc limit 1",
    )?;
    let mut select = db.prepare_cached(&format!(
        "select {COLUMNS}, id from archive_files
         where experiment_id = ?1 and state = 'live' and table_name = ?2
         order by first_batch, path"
    ))?;
    let mut rows = select.query(params![experiment.0, table])?;
    let mut located = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(10)?;
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        for trace in &wanted {
            let entry = entry.query_row([id, key(*trace)], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
            });
            let Some((first, entries)) = entry.optional()? else { continue };
            if seen.insert(first) {
                found.extend(decode(&entries).filter(|rows| wanted.contains(&rows.trace)));
            }
        }
        if !found.is_empty() {
            located.push(LocatedRows { file: files::file(row)?, rows: found });
        }
    }
    Ok(located)
}

/// The hash as a signed number with the same order.
fn key(hash: u64) -> i64 {
    (hash ^ (1 << 63)).cast_signed()
}

fn encode(rows: &[TraceRows]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rows.len() * ROWS_BYTES);
    for TraceRows { trace, row_group, first, rows } in rows {
        bytes.extend_from_slice(&trace.to_be_bytes());
        [row_group, first, rows].iter().for_each(|it| bytes.extend_from_slice(&it.to_be_bytes()));
    }
    bytes
}

fn decode(entries: &[u8]) -> impl Iterator<Item = TraceRows> {
    let (entries, _) = entries.as_chunks::<ROWS_BYTES>();
    entries.iter().map(|entry| {
        let [a, b, c, d, e, f, g, h, rest @ ..] = *entry;
        let number =
            |at: usize| u32::from_be_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
        TraceRows {
            trace: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            row_group: number(0),
            first: number(4),
            rows: number(8),
        }
    })
}
