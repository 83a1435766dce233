//! The default store: one SQLite file, one writer, several readers, no other process.
mod archive;
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
use tokio::sync::{broadcast, watch};

use engine::connections::open_writer;
use engine::migrate;
use engine::readers::{Pool, Readers};
use engine::reserve::Reserve;
use engine::writer::{Archiving, Subscribers, Writer};
use error::EngineError;
use kansoku_store::core::blobs::{BlobOptions, Blobs};
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::{StoreError, TraceChange};
use maintenance::thread::MaintenanceThread;
use meta::experiments;
use payload::dictionaries;

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
        let mut db = open_writer(path, &codec)?;
        migrate::migrate(&mut db, options.clock.now())?;
        experiments::ensure_default(&db, options.artifact_root.as_deref(), options.clock.now())?;
        dictionaries::load(&db, &codec, options.blobs.is_some())?;
        let stored_in = path.to_owned();
        let read_one = move |id| Ok(dictionaries::read_one(&stored_in, id)?);
        codec.load_with(Box::new(read_one));
        let readers = Readers::open(path, options.readers, options.searches, &codec)?;
        let token_reader = Pool::open(path, 1, 1, &codec)?;
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        let (jobs_added, _) = watch::channel(0);
        let subscribers = Subscribers { changes: changes.clone(), jobs_added: jobs_added.clone() };
        let reserve = Reserve::keep(folder, options.reserve_bytes);
        let archiving = Archiving::load(&db, options.clock.clone())?;
        let max = options.queue_bytes_max;
        let writer = Arc::new(Writer::start(db, max, subscribers, reserve, archiving));
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
        let mut db = open_writer(path, &Arc::new(Codec::new()))?;
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

#[cfg(test)]
mod tests;
