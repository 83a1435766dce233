//! Connections to the database, and the settings that all of them share.
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::engine::functions;
use crate::error::EngineError;
use kansoku_store::core::payload::codec::Codec;

/// Page size of new databases in bytes; existing ones keep theirs. Each trace changes index pages
/// in different places, so larger pages mean more to write, and they do not store payload better.
pub(crate) const PAGE_BYTES: i64 = 4096;

/// How long a statement waits for a lock of another process, such as `kansoku token create`.
pub(crate) const BUSY_MAX: Duration = Duration::from_secs(10);

/// Opens the read-write connection, whose commits are durable. Creates the database if it does not
/// exist.
#[expect(clippy::disallowed_methods, reason = "the one writer connection is opened here")]
pub(crate) fn open_writer(path: &Path, codec: &Arc<Codec>) -> Result<Connection, EngineError> {
    let db = Connection::open(path)?;
    // Effective only before the first page is written.
    db.pragma_update(None, "page_size", PAGE_BYTES)?;
    // Space of deleted traces can be returned to the file system.
    db.pragma_update(None, "auto_vacuum", "incremental")?;
    // Deleted content is overwritten.
    db.pragma_update(None, "secure_delete", true)?;
    db.pragma_update(None, "journal_mode", "wal")?;
    // FULL: a commit is on disk before the client receives the response. Group commit makes up for
    // the cost.
    db.pragma_update(None, "synchronous", "full")?;
    // The maintenance thread checkpoints beside the writer; this applies when it cannot keep up.
    db.pragma_update(None, "wal_autocheckpoint", 64_000)?;
    // The log is truncated to this size after a burst.
    db.pragma_update(None, "journal_size_limit", 64 << 20)?;
    configure(&db, codec)?;
    Ok(db)
}

pub(crate) fn open_reader(path: &Path, codec: &Arc<Codec>) -> Result<Connection, EngineError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.pragma_update(None, "query_only", true)?;
    configure(&db, codec)?;
    Ok(db)
}

fn configure(db: &Connection, codec: &Arc<Codec>) -> Result<(), EngineError> {
    db.busy_timeout(BUSY_MAX)?;
    // SQLite's query planner stability guarantee: a statement is planned once. Without it, SQLite
    // plans a statement again for each new value of a parameter as soon as there are statistics,
    // which takes longer than most of these statements run.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // 16 MiB: while the file is smaller than a gigabyte, every commit changes pages all over it.
    db.pragma_update(None, "cache_size", -16384)?;
    db.pragma_update(None, "temp_store", "memory")?;
    db.set_prepared_statement_cache_capacity(128);
    functions::register(db, codec)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::{StatementStatus, params};

    use super::*;

    /// A database with statistics from which SQLite would plan `a = ?1` by the value.
    fn with_statistics(path: &Path) {
        let db = open_writer(path, &Arc::default()).unwrap();
        db.execute_batch("create table t (a, b); create index t_a on t (a)").unwrap();
        db.execute_batch("create index t_b on t (b)").unwrap();
        let mut insert = db.prepare("insert into t values (?1, ?2)").unwrap();
        for n in 0..2000 {
            insert.execute(params![n % 10 * (n % 2), n % 7]).unwrap();
        }
        db.execute_batch("analyze").unwrap();
    }

    #[test]
    fn a_statement_is_planned_once_for_all_values() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kansoku.db");
        with_statistics(&path);
        for open in [open_writer, open_reader] {
            let db = open(&path, &Arc::default()).unwrap();
            let mut select = db.prepare("select count(*) from t where a = ?1 and b = ?2").unwrap();
            for n in 0..5 {
                select.query_row([n, n], |row| row.get::<_, i64>(0)).unwrap();
            }
            let planned = [StatementStatus::Run, StatementStatus::RePrepare];
            assert_eq!(planned.map(|what| select.get_status(what)), [5, 0]);
        }
    }
}
