//! Copies a database that is in use, and checks a copy.
//!
//! The copy is a snapshot: it is made under its own read transaction, so the writer neither waits
//! nor restarts the copy.
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

/// Pages copied between two reports of progress: 4 MiB at the default page size.
const PAGES_PER_STEP: i32 = 1024;
/// How long locks of other processes are waited for, over the whole copy.
const BUSY_MAX: Duration = Duration::from_secs(60);

/// Copies the database at `from` to the new file `to`; returns when the copy is synced to disk.
///
/// `progress` receives the number of pages copied and the total. Fails if another process holds the
/// database for longer than [`BUSY_MAX`].
pub(crate) fn copy_database(
    from: &Path,
    to: &Path,
    mut progress: impl FnMut(u64, u64),
) -> Result<(), EngineError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, flags)?;
    source.busy_timeout(BUSY_MAX)?;
    // `begin` is deferred: only the first read opens the snapshot.
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

/// Nothing reads the copy before it is complete and synced, so it needs no journal.
#[expect(clippy::disallowed_methods, reason = "a new file that no store has open")]
fn open_copy(to: &Path) -> Result<Connection, EngineError> {
    let copy = Connection::open(to)?;
    copy.pragma_update(None, "journal_mode", "off")?;
    copy.pragma_update(None, "synchronous", "off")?;
    Ok(copy)
}

/// Names of the blobs that the copy at `path` refers to.
pub(crate) fn blobs_in_use(path: &Path) -> Result<HashSet<String>, EngineError> {
    orphaned_blobs::names_in_use(&Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY,
    )?)
}

/// The first problem that SQLite's `integrity_check` reports for a database that is not in use;
/// `None` if there is none.
pub(crate) fn check_database(path: &Path) -> Result<Option<String>, EngineError> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let said: String = db.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
    Ok((said != "ok").then_some(said))
}
