//! Read-only connections, each read with a deadline.
//!
//! Reads are of four classes with connections of their own: what ingest looks up, single traces,
//! searches, and what the server does for itself. Searches that take long so delay other searches
//! alone. The deadline of a read includes the time it waits for a connection. A read also stops, or
//! stops waiting, when its caller goes away: a client that left should not keep a core busy.
use std::cell::RefCell;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::time::{Instant, timeout_at};

use crate::engine::fair_slots::{FairSlots, Slot, TooManyWaiting};
use crate::engine::functions;
use crate::error::EngineError;
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::{ReadCaller, StoreError};

/// How many steps of SQLite's machine pass between two looks at the clock.
const STEPS_BETWEEN_CHECKS: i32 = 4000;
/// Lookups are short: two connections serve any number of callers.
const LOOKUP_CONNECTIONS: usize = 2;
/// A search that waited less does not mention it.
const WAIT_MENTIONED_MIN: Duration = Duration::from_secs(1);

/// What a read is for, and so whose connections it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadClass {
    /// Experiments, runs and infos by id or name: ingest waits for these.
    Lookup,
    /// One trace, or a few named ones.
    Point,
    /// Whatever looks at any number of traces.
    Scan,
    /// What the server does for itself.
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
    /// `points` and `scans` say how many connections these classes have.
    pub(crate) fn open(
        path: &Path,
        points: usize,
        scans: usize,
        codec: &Arc<Codec>,
    ) -> Result<Self, StoreError> {
        // One connection is left for other callers where there are several.
        let shared = |count: usize| count.saturating_sub(1).max(1);
        Ok(Self {
            lookups: Pool::open_for_keys(path, LOOKUP_CONNECTIONS, LOOKUP_CONNECTIONS, codec)?,
            points: Pool::open_for_keys(path, points, shared(points), codec)?,
            scans: Pool::open(path, scans, shared(scans), codec)?,
            maintenance: Pool::open(path, 1, 1, codec)?,
        })
    }

    /// A read of the server for itself.
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

    /// Empties the caches of those that read nothing now.
    pub(crate) fn shrink(&self) -> Result<(), EngineError> {
        [&self.lookups, &self.points, &self.scans, &self.maintenance]
            .into_iter()
            .try_for_each(Pool::shrink)
    }
}

/// Connections that are used in turn by whoever reads.
#[derive(Clone)]
pub(crate) struct Pool {
    idle: Arc<Mutex<Vec<Connection>>>,
    slots: FairSlots,
}

impl Pool {
    /// `per_caller` is how many of the connections one caller may use at one time.
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

    /// For reads by key. SQLite plans a statement anew for each run where it has looked at a bound
    /// value to choose an index, which takes longer than such a read; these keep their plan.
    pub(crate) fn open_for_keys(
        path: &Path,
        count: usize,
        per_caller: usize,
        codec: &Arc<Codec>,
    ) -> Result<Self, EngineError> {
        let pool = Self::open(path, count, per_caller, codec)?;
        for db in pool.idle.lock().expect("opening never panics").iter() {
            db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        }
        Ok(pool)
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

/// A connection that goes back to the others even when a read panics.
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

/// Dropped with the future that waits for the read.
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
    // A read that spans statements sees one state of the store.
    let result = run_cached(db, "begin").and_then(|()| read(db));
    STOP.replace(None);
    db.progress_handler(0, None::<fn() -> bool>)?;
    run_cached(db, "rollback")?;
    result
}

/// Parsing takes longer than what short reads look up.
fn run_cached(db: &Connection, sql: &str) -> Result<(), EngineError> {
    db.prepare_cached(sql)?.execute([])?;
    Ok(())
}

type Stop = Arc<dyn Fn() -> bool + Send + Sync>;

thread_local! {
    /// Whether the read on this thread is to stop.
    static STOP: RefCell<Option<Stop>> = const { RefCell::new(None) };
}

/// Fails where the read on this thread is to stop: for work that takes long between two steps of
/// SQLite's machine, which asks by itself.
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

pub(crate) fn open_reader(path: &Path, codec: &Arc<Codec>) -> Result<Connection, EngineError> {
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
