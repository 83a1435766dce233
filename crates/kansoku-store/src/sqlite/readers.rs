//! Read-only connections, each read with a deadline.
//!
//! A read also stops when its caller goes away: a client that left should not
//! keep a core busy.
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::Semaphore;

use super::codec::Codec;
use super::functions;
use crate::StoreError;

/// How many steps of SQLite's machine pass between two looks at the clock.
const STEPS_BETWEEN_CHECKS: i32 = 4000;

#[derive(Clone)]
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn open(path: &Path, count: usize, codec: &Arc<Codec>) -> Result<Self, StoreError> {
        let count = count.max(1);
        let idle = (0..count).map(|_| open_reader(path, codec)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { idle: Arc::new(Mutex::new(idle)), permits: Arc::new(Semaphore::new(count)) })
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        doing: &'static str,
        deadline: Duration,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = self.permits.clone().acquire_owned().await;
        let permit = permit.map_err(|_| StoreError::Stopping)?;
        let idle = self.idle.clone();
        let caller = Caller::default();
        let gone = caller.gone.clone();
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut reader = Borrowed::take(idle);
            read_until(reader.db(), deadline, gone, read)
        });
        match task.await {
            Ok(Err(StoreError::Backend { source, .. })) => {
                Err(StoreError::Backend { doing, source })
            }
            Ok(result) => result,
            Err(panicked) => Err(StoreError::backend(doing, panicked)),
        }
    }

    /// Empties the caches of those that read nothing now.
    pub(super) fn shrink(&self) -> Result<(), StoreError> {
        self.idle.lock().expect("shrinking never panics").iter().try_for_each(shrink)
    }
}

pub(super) fn shrink(db: &Connection) -> Result<(), StoreError> {
    Ok(db.execute_batch("pragma shrink_memory")?)
}

/// A connection that goes back to the others even when a read panics.
struct Borrowed {
    db: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Borrowed {
    fn take(idle: Arc<Mutex<Vec<Connection>>>) -> Self {
        let db = idle.lock().expect("popping never panics").pop();
        Self { db: Some(db.expect("a permit stands for an idle connection")), idle }
    }

    fn db(&mut self) -> &mut Connection {
        self.db.as_mut().expect("only drop takes it out")
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let (Some(db), Ok(mut idle)) = (self.db.take(), self.idle.lock()) {
            idle.push(db);
        }
    }
}

/// Dropped with the future that waits for the read.
#[derive(Default)]
struct Caller {
    gone: Arc<AtomicBool>,
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}

fn read_until<T>(
    db: &mut Connection,
    deadline: Duration,
    gone: Arc<AtomicBool>,
    read: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let until = Instant::now() + deadline;
    let stop = move || gone.load(Ordering::Relaxed) || until < Instant::now();
    if !db.is_autocommit() {
        // A read that panicked left its transaction open.
        db.execute_batch("rollback")?;
    }
    db.progress_handler(STEPS_BETWEEN_CHECKS, Some(stop))?;
    // A read that spans statements sees one state of the store.
    let result = db.execute_batch("begin").map_err(StoreError::from).and_then(|()| read(db));
    db.progress_handler(0, None::<fn() -> bool>)?;
    db.execute_batch("rollback")?;
    result.map_err(|error| {
        if is_interrupt(&error) { StoreError::DeadlineExceeded(deadline.as_secs()) } else { error }
    })
}

pub(super) fn is_interrupt(error: &StoreError) -> bool {
    let StoreError::Backend { source, .. } = error else { return false };
    let sqlite = source.downcast_ref::<rusqlite::Error>();
    sqlite.and_then(rusqlite::Error::sqlite_error_code) == Some(ErrorCode::OperationInterrupted)
}

pub(super) fn open_reader(path: &Path, codec: &Arc<Codec>) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(Duration::from_secs(10))?;
    db.pragma_update(None, "query_only", true)?;
    db.pragma_update(None, "cache_size", -16384)?;
    db.pragma_update(None, "temp_store", "memory")?;
    db.set_prepared_statement_cache_capacity(128);
    functions::register(&db, codec)?;
    Ok(db)
}
