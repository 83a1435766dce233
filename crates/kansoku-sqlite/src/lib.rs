//! The default store: one file, one writer, some readers, no process beside ours.
pub mod backup;
mod columns;
mod engine;
mod error;
mod index;
mod ingest;
mod maintenance;
mod meta;
pub mod metrics;
mod payload;
mod reads;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kansoku_model::{Clock, SystemClock};
use rusqlite::Connection;
use tokio::sync::broadcast;

use engine::readers::{Pool, Readers};
use engine::reserve::Reserve;
use engine::writer::Writer;
use engine::{functions, migrate};
use error::EngineError;
use kansoku_store::core::blobs::{BlobOptions, Blobs};
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::{StoreError, TraceChange};
use maintenance::thread::MaintenanceThread;
use meta::experiments;
use payload::dictionaries;

/// Of a new database; an older one keeps its own. Every trace touches some pages of indexes that
/// are no neighbours of others: larger ones are more to write, and keep payloads no better.
const PAGE_BYTES: i64 = 4096;

/// How long another process may hold the file against a write: `kansoku token create`.
const BUSY_MAX: Duration = Duration::from_secs(10);

/// News that wait for a slow listener; more and it must look itself.
const CHANGES_KEPT: usize = 4096;

#[derive(Clone)]
pub struct StoreOptions {
    /// Connections for reads of single traces.
    pub readers: usize,
    /// Connections for searches, so many run side by side. With more than one, a single caller
    /// never has all of them.
    pub searches: usize,
    /// Writes that wait for the disk, in bytes; more is refused as overload.
    pub queue_bytes_max: usize,
    /// How long a read other than a search may take.
    pub read_deadline: Duration,
    /// How long a trace must be quiet until its chunks are merged.
    pub compact_after: Duration,
    /// Where payload goes that is too large for the database. `None`: another process looks after
    /// that, and this one neither reads nor writes any.
    pub blobs: Option<BlobOptions>,
    pub clock: Arc<dyn Clock>,
    /// Kept free for deletions on a disk that is full otherwise; 0 keeps nothing.
    pub reserve_bytes: u64,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            readers: 4,
            searches: searches_default(),
            queue_bytes_max: 64 << 20,
            read_deadline: Duration::from_secs(60),
            compact_after: Duration::from_secs(10),
            blobs: Some(BlobOptions::default()),
            clock: Arc::new(SystemClock),
            reserve_bytes: 0,
        }
    }
}

/// More searches than cores only slow each other down; the second of two is for another caller.
fn searches_default() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2))
}

pub struct SqliteStore {
    writer: Arc<Writer>,
    readers: Readers,
    /// Every request asks for its token: searches must not make those wait.
    token_reader: Pool,
    codec: Arc<Codec>,
    maintenance_thread: MaintenanceThread,
    changes: broadcast::Sender<TraceChange>,
    path: PathBuf,
    options: StoreOptions,
}

impl SqliteStore {
    /// Opens or creates the database, and brings an older one up to date.
    pub fn open(path: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let blobs = match &options.blobs {
            Some(blobs) => Blobs::open(folder, blobs)?,
            None => Blobs::none(),
        };
        let codec = Arc::new(Codec::with_blobs(blobs));
        let mut db = connect(path, &codec)?;
        migrate::migrate(&mut db, options.clock.now())?;
        experiments::ensure_default(&db, options.clock.now())?;
        dictionaries::load(&db, &codec, options.blobs.is_some())?;
        let stored_in = path.to_owned();
        let read_one = move |id| Ok(dictionaries::read_one(&stored_in, id)?);
        codec.load_with(Box::new(read_one));
        let readers = Readers::open(path, options.readers, options.searches, &codec)?;
        let token_reader = Pool::open_for_keys(path, 1, 1, &codec)?;
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        let reserve = Reserve::keep(folder, options.reserve_bytes);
        let writer = Arc::new(Writer::start(db, options.queue_bytes_max, changes.clone(), reserve));
        let maintenance_thread = MaintenanceThread::start(
            path,
            writer.clone(),
            readers.clone(),
            codec.clone(),
            &options,
        )?;
        Ok(Self {
            writer,
            readers,
            token_reader,
            codec,
            maintenance_thread,
            changes,
            path: path.to_owned(),
            options,
        })
    }

    /// Brings the database of an older version up to date, and leaves it closed.
    pub(crate) fn migrate(path: &Path, options: StoreOptions) -> Result<(), StoreError> {
        let mut db = connect(path, &Arc::new(Codec::new()))?;
        migrate::migrate(&mut db, options.clock.now())?;
        db.close().map_err(|(_, error)| EngineError::from(error).into())
    }

    /// Finishes what was accepted, folds the write-ahead log into the database and closes it.
    pub async fn close(&self) {
        self.maintenance_thread.stop().await;
        self.writer.close().await;
    }

    /// Why the last write could not be stored, where that was the disk's or the file's fault.
    pub fn unwritable(&self) -> Option<String> {
        self.writer.unwritable().or_else(|| self.codec.blobs.unhealthy_reason())
    }

    /// Brings the gauges of the writer queue and the store's size up to date.
    pub fn record_gauges(&self) {
        self.writer.record_gauges();
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        let wal = self.path.with_extension("db-wal");
        ::metrics::gauge!(crate::metrics::STORE_BYTES).set((size(&self.path) + size(&wal)) as f64);
    }
}

/// A read-write connection set up for durable commits.
#[expect(clippy::disallowed_methods, reason = "the one writer connection is opened here")]
fn connect(path: &Path, codec: &Arc<Codec>) -> Result<Connection, EngineError> {
    let db = Connection::open(path)?;
    db.busy_timeout(BUSY_MAX)?;
    // Before the first page is written.
    db.pragma_update(None, "page_size", PAGE_BYTES)?;
    // Deleted traces give their space back.
    db.pragma_update(None, "auto_vacuum", "incremental")?;
    // And leave nothing readable behind.
    db.pragma_update(None, "secure_delete", true)?;
    db.pragma_update(None, "journal_mode", "wal")?;
    // FULL: a commit is on disk before the client hears about it. Group commit pays for it.
    db.pragma_update(None, "synchronous", "full")?;
    // Every commit looks through all of it while the file is below a gigabyte.
    db.pragma_update(None, "cache_size", -16384)?;
    // The maintenance_thread does it beside the writer; this is for when it cannot keep up.
    db.pragma_update(None, "wal_autocheckpoint", 64_000)?;
    db.pragma_update(None, "temp_store", "memory")?;
    // After a burst the log gives its space back.
    db.pragma_update(None, "journal_size_limit", 64 << 20)?;
    functions::register(&db, codec)?;
    db.set_prepared_statement_cache_capacity(128);
    Ok(db)
}

#[cfg(test)]
mod tests;
