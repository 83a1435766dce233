//! The names of blobs in the database, and the deletion of blobs without a chunk.
//!
//! A name is stored before its blob is written, and deleted after the blob is, so that no crash
//! leaves an unknown blob.
use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use crate::engine::tx::Tx;
use crate::engine::writer::Writer;
use crate::error::EngineError;
use kansoku_store::core::payload::codec::Codec;

/// Maximum number of blobs deleted in one round.
const BLOBS_A_ROUND: usize = 200;
/// Time until the next attempt if a deletion failed or was not possible.
const AGAIN: Duration = Duration::from_secs(2);

/// Stores the name of a blob. Must be committed before the blob is written.
pub(crate) fn reserve(tx: &Tx<'_>, name: &str, bytes: u64) -> Result<(), EngineError> {
    tx.prepare_cached("insert or ignore into blobs (name, bytes) values (?1, ?2)")?
        .execute(params![name, bytes.cast_signed()])?;
    Ok(())
}

/// Names without a chunk.
fn orphaned(db: &Connection) -> Result<Vec<String>, EngineError> {
    let mut select = db.prepare_cached("select name from blobs where trace is null")?;
    let names = select.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// Names with a chunk, in a database that has no writer.
pub(crate) fn names_in_use(db: &Connection) -> Result<HashSet<String>, EngineError> {
    let mut select = db.prepare("select name from blobs where trace is not null")?;
    let names = select.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// Deletes the names of deleted blobs.
fn forget(tx: &Tx<'_>, names: &[String]) -> Result<(), EngineError> {
    let mut delete = tx.prepare_cached("delete from blobs where name = ?1 and trace is null")?;
    names.iter().try_for_each(|name| delete.execute([name]).map(drop))?;
    Ok(())
}

/// Deletes blobs without a chunk, once no reader can need them.
pub(crate) struct BlobCollector {
    /// When each name was first found to be orphaned.
    seen: HashMap<String, Instant>,
    /// Time from then to deletion. A read uses the snapshot from its beginning; none takes longer.
    grace: Duration,
    first: bool,
}

impl BlobCollector {
    pub(crate) fn new(grace: Duration) -> Self {
        Self { seen: HashMap::new(), grace, first: true }
    }

    /// Deletes what is due; returns the time until the next attempt, if anything is left.
    pub(crate) async fn collect(
        &mut self,
        db: &Connection,
        codec: &Codec,
        writer: &Writer,
    ) -> Result<Option<Duration>, EngineError> {
        let blobs = &codec.blobs;
        if !blobs.is_owner() {
            return Ok(None);
        }
        // Must be read first: a name that is orphaned now, was orphaned before and is not in
        // flight, stays orphaned.
        let in_flight = blobs.in_flight();
        let orphaned = orphaned(db)?;
        let now = Instant::now();
        // No reader can need what an earlier process left.
        let since = if self.first { now.checked_sub(self.grace).unwrap_or(now) } else { now };
        self.first = false;
        let known = std::mem::take(&mut self.seen);
        let mut due = Vec::new();
        for name in orphaned {
            match known.get(&name) {
                Some(since) if self.grace <= now - *since && !in_flight.contains(&name) => {
                    due.push(name.clone());
                    self.seen.insert(name, *since);
                }
                known => {
                    let since = known.copied().unwrap_or(since);
                    self.seen.insert(name, since);
                }
            }
        }
        due.truncate(BLOBS_A_ROUND);
        if due.is_empty() {
            let next = self.seen.values().map(|since| self.grace.saturating_sub(now - *since));
            return Ok(next.min().map(|wait| wait.max(Duration::from_millis(100))));
        }
        let Some(_leave) = blobs.leave_to_delete()? else { return Ok(Some(AGAIN)) };
        if let Err(error) = due.iter().try_for_each(|name| blobs.delete(name)) {
            let error = &error as &dyn Error;
            tracing::warn!(
                error,
                "blobs of deleted traces could not be deleted; it is tried again"
            );
            return Ok(Some(AGAIN * 5));
        }
        let names = due.clone();
        writer.run_freeing("forget blobs", move |tx| forget(tx, &names)).await?;
        self.seen.retain(|name, _| !due.contains(name));
        Ok((!self.seen.is_empty()).then_some(Duration::ZERO))
    }
}
