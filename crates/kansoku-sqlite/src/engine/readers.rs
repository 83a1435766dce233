//! Read-only connections; each read has a deadline.
//!
//! Reads belong to four classes with their own connections: lookups of ingest, single traces,
//! searches and maintenance. Slow searches therefore delay only other searches. The deadline of a
//! read includes the wait for a connection. A read is cancelled when its future is dropped: a
//! client that disconnected must not occupy a core.
use std::cell::RefCell;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use tokio::time::{Instant, timeout_at};

use crate::engine::connections::open_reader;
use crate::engine::fair_slots::{FairSlots, Slot, TooManyWaiting};
use crate::error::EngineError;
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::{ReadCaller, StoreError};

/// Number of SQLite's virtual machine instructions between two checks of the deadline.
const STEPS_BETWEEN_CHECKS: i32 = 4000;
/// Lookups are short, so two connections serve any number of callers.
const LOOKUP_CONNECTIONS: usize = 2;
/// Searches that exceeded their deadline report their waiting time from this on.
const WAIT_MENTIONED_MIN: Duration = Duration::from_secs(1);

/// The purpose of a read, which determines its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadClass {
    /// Experiments, runs and trace infos by id or name; ingest waits for these.
    Lookup,
    /// One trace, or a few by id.
    Point,
    /// Any number of traces.
    Scan,
    /// Maintenance by the server itself.
    Maintenance,
}

#[derive(Clone)]
pub(crate) struct Readers {
    lookups: Pool,
    points: Pool,
    scans: Pool,
    maintenance: Pool,
}

impl Readers {
    /// `points` and `scans` are the numbers of connections of these classes.
    pub(crate) fn open(
        path: &Path,
        points: usize,
        scans: usize,
        codec: &Arc<Codec>,
    ) -> Result<Self, StoreError> {
        // A caller can use all connections but one, if there are several.
        let shared = |count: usize| count.saturating_sub(1).max(1);
        Ok(Self {
            lookups: Pool::open(path, LOOKUP_CONNECTIONS, LOOKUP_CONNECTIONS, codec)?,
            points: Pool::open(path, points, shared(points), codec)?,
            scans: Pool::open(path, scans, shared(scans), codec)?,
            maintenance: Pool::open(path, 1, 1, codec)?,
        })
    }

    /// Runs a read of class [`ReadClass::Maintenance`].
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        doing: &'static str,
        deadline: Duration,
        read: impl FnOnce(&Connection) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run_as(ReadClass::Maintenance, doing, deadline, read).await
    }

    pub(crate) async fn run_as<T: Send + 'static>(
        &self,
        class: ReadClass,
        doing: &'static str,
        deadline: Duration,
        read: impl FnOnce(&Connection) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let pool = match class {
            ReadClass::Lookup => &self.lookups,
            ReadClass::Point => &self.points,
            ReadClass::Scan => &self.scans,
            ReadClass::Maintenance => &self.maintenance,
        };
        pool.run(doing, deadline, read).await
    }

    /// Frees the caches of idle connections.
    pub(crate) fn shrink(&self) -> Result<(), EngineError> {
        [&self.lookups, &self.points, &self.scans, &self.maintenance]
            .into_iter()
            .try_for_each(Pool::shrink)
    }
}

/// A pool of connections.
#[derive(Clone)]
pub(crate) struct Pool {
    idle: Arc<Mutex<Vec<Connection>>>,
    slots: FairSlots,
}

impl Pool {
    /// `per_caller` is the number of connections that one caller can use at a time.
    pub(crate) fn open(
        path: &Path,
        count: usize,
        per_caller: usize,
        codec: &Arc<Codec>,
    ) -> Result<Self, StoreError> {
        let count = count.max(1);
        let idle = (0..count).map(|_| open_reader(path, codec)).collect::<Result<Vec<_>, _>>()?;
        let slots = FairSlots::new(count, per_caller.max(1));
        Ok(Self { idle: Arc::new(Mutex::new(idle)), slots })
    }

    pub(crate) async fn run<T: Send + 'static>(
        &self,
        doing: &'static str,
        deadline: Duration,
        read: impl FnOnce(&Connection) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let began = Instant::now();
        let slot = self.wait(began, deadline).await?;
        let waited = began.elapsed();
        let left = deadline.saturating_sub(waited);
        let idle = self.idle.clone();
        let waiting = Waiting::default();
        let gone = waiting.gone.clone();
        let task = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            let mut reader = Borrowed::take(idle);
            read_until(reader.db(), left, gone, read)
        });
        match task.await {
            Ok(Err(error)) if is_interrupt(&error) => Err(StoreError::DeadlineExceeded {
                deadline,
                waited: Some(waited).filter(|waited| WAIT_MENTIONED_MIN <= *waited),
            }),
            Ok(Err(EngineError(StoreError::Backend { source, .. }))) => {
                Err(StoreError::Backend { doing, source })
            }
            Ok(result) => Ok(result?),
            Err(panicked) => Err(StoreError::backend(doing, panicked)),
        }
    }

    async fn wait(&self, began: Instant, deadline: Duration) -> Result<Slot, StoreError> {
        let slot = self.slots.acquire(ReadCaller::current());
        let slot = match began.checked_add(deadline) {
            Some(until) => match timeout_at(until, slot).await {
                Ok(slot) => slot,
                Err(_) => return Err(StoreError::WaitedTooLong(deadline)),
            },
            None => slot.await,
        };
        slot.map_err(|TooManyWaiting| StoreError::TooManyReads)
    }

    pub(crate) fn shrink(&self) -> Result<(), EngineError> {
        self.idle.lock().expect("shrinking never panics").iter().try_for_each(shrink)
    }
}

pub(crate) fn shrink(db: &Connection) -> Result<(), EngineError> {
    Ok(db.execute_batch("pragma shrink_memory")?)
}

/// A connection that is returned to the pool when dropped, even after a panic.
struct Borrowed {
    db: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Borrowed {
    fn take(idle: Arc<Mutex<Vec<Connection>>>) -> Self {
        let db = idle.lock().expect("popping never panics").pop();
        Self { db: Some(db.expect("a slot stands for an idle connection")), idle }
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

/// Marks the read as cancelled when the future that waits for it is dropped.
#[derive(Default)]
struct Waiting {
    gone: Arc<AtomicBool>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}

fn read_until<T>(
    db: &mut Connection,
    left: Duration,
    gone: Arc<AtomicBool>,
    read: impl FnOnce(&Connection) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let until = std::time::Instant::now().checked_add(left);
    let stop: Stop = Arc::new(move || {
        let late = until.is_some_and(|until| until < std::time::Instant::now());
        late || gone.load(Ordering::Relaxed)
    });
    if !db.is_autocommit() {
        // A read that panicked left its transaction open.
        db.execute_batch("rollback")?;
    }
    let asked = stop.clone();
    db.progress_handler(STEPS_BETWEEN_CHECKS, Some(move || asked()))?;
    STOP.replace(Some(stop));
    // One transaction, so that a read of several statements uses one snapshot.
    let result = run_cached(db, "begin").and_then(|()| read(db));
    STOP.replace(None);
    db.progress_handler(0, None::<fn() -> bool>)?;
    run_cached(db, "rollback")?;
    result
}

/// Caches the statement: parsing it takes longer than a short read.
fn run_cached(db: &Connection, sql: &str) -> Result<(), EngineError> {
    db.prepare_cached(sql)?.execute([])?;
    Ok(())
}

type Stop = Arc<dyn Fn() -> bool + Send + Sync>;

thread_local! {
    /// Returns whether the read on this thread should stop.
    static STOP: RefCell<Option<Stop>> = const { RefCell::new(None) };
}

/// Fails if the read on this thread should stop. For work in Rust that takes long between two
/// instructions of SQLite's virtual machine, which checks by itself.
pub(crate) fn check_stop() -> Result<(), EngineError> {
    let stop = STOP.with_borrow(|stop| stop.as_ref().is_some_and(|stop| stop()));
    if !stop {
        return Ok(());
    }
    let interrupted = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_INTERRUPT);
    Err(rusqlite::Error::SqliteFailure(interrupted, None).into())
}

pub(crate) fn is_interrupt(EngineError(error): &EngineError) -> bool {
    let StoreError::Backend { source, .. } = error else { return false };
    let sqlite = source.downcast_ref::<rusqlite::Error>();
    sqlite.and_then(rusqlite::Error::sqlite_error_code) == Some(ErrorCode::OperationInterrupted)
}
