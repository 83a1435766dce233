//! The default store: one SQLite file, one writer, several readers, no other process.
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
use tokio::sync::{broadcast, watch};

use engine::readers::{Pool, Readers};
use engine::reserve::Reserve;
use engine::writer::{Subscribers, Writer};
use engine::{functions, migrate};
use error::EngineError;
use kansoku_store::core::blobs::{BlobOptions, Blobs};
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::{StoreError, TraceChange};
use maintenance::thread::MaintenanceThread;
use meta::experiments;
use payload::dictionaries;

/// Page size of new databases in bytes; existing ones keep theirs. Each trace changes index pages
/// in different places, so larger pages mean more to write, and they do not store payload better.
const PAGE_BYTES: i64 = 4096;

/// How long a write waits for a lock of another process, such as `kansoku token create`.
const BUSY_MAX: Duration = Duration::from_secs(10);

/// Capacity of the change channel. A subscriber that falls further behind loses changes and must
/// query again.
const CHANGES_KEPT: usize = 4096;

#[derive(Clone)]
pub struct StoreOptions {
    /// Number of connections for reads of single traces.
    pub readers: usize,
    /// Number of connections for searches, which is how many run in parallel. If there are several,
    /// a single caller cannot use all of them.
    pub searches: usize,
    /// Maximum size of queued writes in bytes; further writes fail as overload.
    pub queue_bytes_max: usize,
    /// Deadline of reads that have none of their own.
    pub read_deadline: Duration,
    /// How long a trace must be without changes before its chunks are merged.
    pub compact_after: Duration,
    /// Storage of payload that is too large for the database. `None` if another process is
    /// responsible for it: this one then neither reads nor writes blobs.
    pub blobs: Option<BlobOptions>,
    pub clock: Arc<dyn Clock>,
    /// The URI below which new experiments have their artifacts, each in a folder named by its id;
    /// `None` leaves it to the server.
    pub artifact_root: Option<String>,
    /// Bytes to reserve on disk so that deletions work when the disk is full; 0 reserves nothing.
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
            artifact_root: None,
            reserve_bytes: 0,
        }
    }
}

/// More searches than cores only slow each other down. Two is the minimum, so that a second caller
/// finds one.
fn searches_default() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2))
}

pub struct SqliteStore {
    writer: Arc<Writer>,
    readers: Readers,
    /// Every request looks up its token, and must not wait for searches.
    token_reader: Pool,
    codec: Arc<Codec>,
    maintenance_thread: MaintenanceThread,
    changes: broadcast::Sender<TraceChange>,
    jobs_added: watch::Sender<u64>,
    path: PathBuf,
    options: StoreOptions,
}

impl SqliteStore {
    /// Opens or creates the database, and migrates an older one.
    pub fn open(path: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let blobs = match &options.blobs {
            Some(blobs) => Blobs::open(folder, blobs)?,
            None => Blobs::none(),
        };
        let codec = Arc::new(Codec::with_blobs(blobs));
        let mut db = connect(path, &codec)?;
        migrate::migrate(&mut db, options.clock.now())?;
        experiments::ensure_default(&db, options.artifact_root.as_deref(), options.clock.now())?;
        dictionaries::load(&db, &codec, options.blobs.is_some())?;
        let stored_in = path.to_owned();
        let read_one = move |id| Ok(dictionaries::read_one(&stored_in, id)?);
        codec.load_with(Box::new(read_one));
        let readers = Readers::open(path, options.readers, options.searches, &codec)?;
        let token_reader = Pool::open_for_keys(path, 1, 1, &codec)?;
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        let (jobs_added, _) = watch::channel(0);
        let subscribers = Subscribers { changes: changes.clone(), jobs_added: jobs_added.clone() };
        let reserve = Reserve::keep(folder, options.reserve_bytes);
        let writer = Arc::new(Writer::start(db, options.queue_bytes_max, subscribers, reserve));
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
            jobs_added,
            path: path.to_owned(),
            options,
        })
    }

    /// Migrates the database of an older version, and closes it.
    pub(crate) fn migrate(path: &Path, options: StoreOptions) -> Result<(), StoreError> {
        let mut db = connect(path, &Arc::new(Codec::new()))?;
        migrate::migrate(&mut db, options.clock.now())?;
        db.close().map_err(|(_, error)| EngineError::from(error).into())
    }

    /// Completes the queued writes, checkpoints the write-ahead log and closes the database.
    pub async fn close(&self) {
        self.maintenance_thread.stop().await;
        self.writer.close().await;
    }

    /// The reason why the last write failed, if it was the fault of the disk or the file.
    pub fn unwritable(&self) -> Option<String> {
        self.writer.unwritable().or_else(|| self.codec.blobs.unhealthy_reason())
    }

    /// Updates the gauges of the writer queue and the store's size.
    pub fn record_gauges(&self) {
        self.writer.record_gauges();
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        let wal = self.path.with_extension("db-wal");
        ::metrics::gauge!(crate::metrics::STORE_BYTES).set((size(&self.path) + size(&wal)) as f64);
    }
}

/// Opens the read-write connection with settings for durable commits.
#[expect(clippy::disallowed_methods, reason = "the one writer connection is opened here")]
fn connect(path: &Path, codec: &Arc<Codec>) -> Result<Connection, EngineError> {
    let db = Connection::open(path)?;
    db.busy_timeout(BUSY_MAX)?;
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
    // 16 MiB: while the file is smaller than a gigabyte, every commit touches pages all over it.
    db.pragma_update(None, "cache_size", -16384)?;
    // The maintenance thread checkpoints beside the writer; this applies when it cannot keep up.
    db.pragma_update(None, "wal_autocheckpoint", 64_000)?;
    db.pragma_update(None, "temp_store", "memory")?;
    // The log is truncated to this size after a burst.
    db.pragma_update(None, "journal_size_limit", 64 << 20)?;
    functions::register(&db, codec)?;
    db.set_prepared_statement_cache_capacity(128);
    Ok(db)
}

#[cfg(test)]
mod tests;
