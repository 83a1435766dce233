//! Copying a database that is in use, and checking a copy.
//!
//! The copy is of one moment: a read transaction of its own holds that moment
//! while pages are copied, so the writer neither waits nor starts the copy over.
use std::collections::HashSet;
use std::fs::File;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::error::EngineError;
use crate::payload::orphaned_blobs;
use kansoku_store::StoreError;

/// 4 MiB: often enough to say how far it is, and no hurry is lost.
const PAGES_PER_STEP: i32 = 1024;
/// How long another process may hold the file against a copy, all waits together.
const BUSY_MAX: Duration = Duration::from_secs(60);

/// Copies the database at `from` to the new file `to`, which is on disk when this returns.
///
/// `progress` is told how many pages are copied, and of how many.
pub(crate) fn copy_database(
    from: &Path,
    to: &Path,
    mut progress: impl FnMut(u64, u64),
) -> Result<(), EngineError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, flags)?;
    source.busy_timeout(BUSY_MAX)?;
    // The first read opens the snapshot that `begin` only announces.
    source.execute_batch("begin")?;
    source.query_row("select count(*) from sqlite_schema", [], |_| Ok(()))?;

    let mut copy = open_copy(to)?;
    let pages = Backup::new(&source, &mut copy)?;
    let started = Instant::now();
    loop {
        match pages.step(PAGES_PER_STEP)? {
            StepResult::Done => break,
            StepResult::More => {
                let at = pages.progress();
                let of = |pages: i32| u64::try_from(pages).unwrap_or(0);
                progress(of(at.pagecount - at.remaining), of(at.pagecount));
            }
            _ if BUSY_MAX < started.elapsed() => {
                let busy = "another process holds the database";
                return Err(StoreError::backend("copy the database", busy).into());
            }
            _ => sleep(Duration::from_millis(20)),
        }
    }
    drop(pages);
    copy.close().map_err(|(_, error)| error)?;
    let synced = File::open(to).and_then(|file| file.sync_all());
    Ok(synced.map_err(|error| StoreError::backend("write the copy to disk", error))?)
}

/// Nothing reads the copy before it is whole and synced, so it needs no journal.
#[expect(clippy::disallowed_methods, reason = "a new file that no store has open")]
fn open_copy(to: &Path) -> Result<Connection, EngineError> {
    let copy = Connection::open(to)?;
    copy.pragma_update(None, "journal_mode", "off")?;
    copy.pragma_update(None, "synchronous", "off")?;
    Ok(copy)
}

/// The blobs that a copy refers to.
pub(crate) fn blobs_in_use(path: &Path) -> Result<HashSet<String>, EngineError> {
    orphaned_blobs::names_in_use(&Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY,
    )?)
}

/// What SQLite's own check says of a database that nobody uses; `None` when all is well.
pub(crate) fn check_database(path: &Path) -> Result<Option<String>, EngineError> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let said: String = db.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
    Ok((said != "ok").then_some(said))
}
