//! Background work of the store, done beside the writer and only when needed: checkpoints,
//! compaction, training and replacing dictionaries, packing columns, writing rejections, and
//! freeing memory.
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use kansoku_model::{Clock, TimestampMs};
use rusqlite::Connection;
use tokio::sync::mpsc;

use crate::StoreOptions;
use crate::columns::blocks;
use crate::engine::readers::Readers;
use crate::engine::tx::Tx;
use crate::engine::writer::Writer;
use crate::engine::{connections, readers};
use crate::error::EngineError;
use crate::payload::compaction;
use crate::payload::orphaned_blobs::BlobCollector;
use crate::payload::renewal::{self, Renewal, Tools};
use kansoku_store::StoreError;
use kansoku_store::core::payload::codec::Codec;

/// A write-ahead log larger than this is checkpointed.
const WAL_BYTES_MAX: u64 = 32 << 20;
/// Maximum number of traces compacted in one write.
const COMPACTED_A_WRITE: usize = 32;
/// Minimum time between two rounds.
const PAUSE: Duration = Duration::from_millis(100);
/// Maximum time of compaction in one round, so that checkpoints are not delayed.
const COMPACTION_MAX: Duration = Duration::from_secs(1);
/// Number of unpacked blocks that is tolerated: metrics read their rows fast enough, and request
/// packing.
const UNPACKED_MAX: usize = 8;
/// The pause after packing a block, as a multiple of its duration: packing uses a fifth of a core
/// at most.
const RESTS: u32 = 4;
/// Interval of attempts to free space while the disk is full.
const FULL_AGAIN: Duration = Duration::from_secs(1);
/// Time without writes after which caches are freed.
const QUIET: Duration = Duration::from_secs(5);
/// The page cache of the reader, in KiB.
const READER_CACHE_KIB: i64 = 2 << 10;

pub(crate) struct MaintenanceThread {
    stop: Arc<AtomicBool>,
    pack_all: Arc<AtomicBool>,
    wake: mpsc::Sender<()>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl MaintenanceThread {
    pub(crate) fn start(
        path: &Path,
        writer: Arc<Writer>,
        readers: Readers,
        codec: Arc<Codec>,
        options: &StoreOptions,
    ) -> Result<Self, StoreError> {
        let (wake, wakes) = mpsc::channel(1);
        writer.wake_after_commits(wake.clone());
        let stop = Arc::new(AtomicBool::new(false));
        let pack_all = Arc::new(AtomicBool::new(false));
        let reader = connections::open_reader(path, &codec)?;
        // It reads most pages once.
        reader.pragma_update(None, "cache_size", -READER_CACHE_KIB).map_err(EngineError::from)?;
        let work = Work {
            checkpoints: connections::open_writer(path, &codec)?,
            reader,
            wal: path.with_extension("db-wal"),
            writer,
            readers,
            codec,
            clock: options.clock.clone(),
            compact_after: options.compact_after,
            stop: stop.clone(),
            pack_all: pack_all.clone(),
            blob_collector: BlobCollector::new(options.read_deadline),
            renewal: Renewal::default(),
        };
        let thread = thread::Builder::new()
            .name("sqlite-maintenance".into())
            .spawn(move || work.run(wakes))
            .expect("the OS can start a thread");
        Ok(Self { stop, pack_all, wake, thread: Mutex::new(Some(thread)) })
    }

    /// Stops the thread; returns when the current round is complete.
    pub(crate) async fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.wake.try_send(());
        let thread = self.thread.lock().expect("stopping never panics").take();
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the maintenance thread ended by a panic");
            }
        }
    }

    /// Requests that every full block is packed, because metrics are being read.
    pub(crate) fn pack_all(&self) {
        self.pack_all.store(true, Ordering::Relaxed);
        self.wake();
    }

    /// Starts a round although nothing was written.
    pub(crate) fn wake(&self) {
        let _ = self.wake.try_send(());
    }
}

struct Work {
    checkpoints: Connection,
    reader: Connection,
    wal: PathBuf,
    writer: Arc<Writer>,
    readers: Readers,
    codec: Arc<Codec>,
    clock: Arc<dyn Clock>,
    compact_after: Duration,
    stop: Arc<AtomicBool>,
    pack_all: Arc<AtomicBool>,
    blob_collector: BlobCollector,
    renewal: Renewal,
}

impl Work {
    fn run(mut self, mut wakes: mpsc::Receiver<()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let Ok(runtime) = runtime else {
            tracing::error!("the maintenance thread cannot start: chunks are not compacted");
            return;
        };
        runtime.block_on(async {
            // The first round handles what an earlier process left.
            let mut wait = Some(PAUSE);
            let mut caches_are_empty = false;
            loop {
                let woken = match wait {
                    None if caches_are_empty => wakes.recv().await.is_some(),
                    wait => tokio::time::timeout(wait.unwrap_or(QUIET), wakes.recv()).await.is_ok(),
                };
                if self.stopped() {
                    return;
                }
                caches_are_empty = wait.is_none() && !woken && self.give_memory_back().await;
                if caches_are_empty {
                    // Freeing memory commits, which wakes this thread. The round below covers all
                    // other reasons.
                    let _ = wakes.try_recv();
                }
                wait = match self.round().await {
                    Ok(wait) => wait,
                    Err(StoreError::Stopping) => return,
                    // The writer has logged it.
                    Err(StoreError::DiskFull) => Some(FULL_AGAIN),
                    Err(error) => {
                        tracing::warn!(%error, "maintenance failed and will be retried");
                        Some(Duration::from_secs(10))
                    }
                };
                if wait.is_none_or(|wait| PAUSE < wait) {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        });
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Frees caches after a time without writes. Also truncates the log, because it contains
    /// deleted data.
    async fn give_memory_back(&self) -> bool {
        self.codec.forget_contexts();
        if let Err(error) = renewal::truncate_log(&self.checkpoints, &self.wal) {
            tracing::debug!(%error, "the write-ahead log was not truncated");
        }
        let own = [&self.checkpoints, &self.reader].map(readers::shrink);
        let others = self.readers.shrink();
        let writer = self.writer.shrink().await.map_err(EngineError::from);
        own.into_iter().chain([others, writer]).all(|done| done.is_ok())
    }

    /// Does everything that is due. Returns the time until the next round if nothing is written
    /// until then.
    async fn round(&mut self) -> Result<Option<Duration>, StoreError> {
        self.checkpoint()?;
        if self.writer.has_rejections() {
            self.writer.run_freeing("write rejections", |_| Ok(())).await?;
        }
        if self.writer.is_full() {
            // All other work needs space before it frees any.
            let collected =
                self.blob_collector.collect(&self.reader, &self.codec, &self.writer).await?;
            return Ok(Some(collected.unwrap_or(FULL_AGAIN).max(FULL_AGAIN)));
        }
        self.train().await?;
        let compacted = self.compact().await?;
        let packed = self.pack().await?;
        let collected =
            self.blob_collector.collect(&self.reader, &self.codec, &self.writer).await?;
        let mut renewal = std::mem::take(&mut self.renewal);
        let renewed = renewal.step(self.tools()).await;
        self.renewal = renewal;
        Ok(compacted.into_iter().chain(packed).chain(collected).chain(renewed?).min())
    }

    /// Checkpoints most of the log beside the writer. The writer does the rest after its next
    /// commit, because only then can the log restart.
    fn checkpoint(&self) -> Result<(), EngineError> {
        let bytes_max = if self.writer.is_full() { 0 } else { WAL_BYTES_MAX };
        if bytes_max < std::fs::metadata(&self.wal).map_or(0, |file| file.len()) {
            self.checkpoints.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()))?;
            self.writer.checkpoint_soon();
        }
        Ok(())
    }

    async fn train(&self) -> Result<(), StoreError> {
        let Some(samples) = self.codec.samples.take() else { return Ok(()) };
        let learned = self.tools().learn(samples).await;
        self.codec.samples.trained(matches!(learned, Ok(true)));
        learned.map(drop)
    }

    fn tools(&self) -> Tools<'_> {
        Tools {
            reader: &self.reader,
            checkpoints: &self.checkpoints,
            wal: &self.wal,
            writer: &self.writer,
            codec: &self.codec,
            clock: &self.clock,
        }
    }

    async fn compact(&self) -> Result<Option<Duration>, StoreError> {
        let quiet = i64::try_from(self.compact_after.as_millis()).unwrap_or(i64::MAX);
        let began = Instant::now();
        loop {
            let since = TimestampMs(self.clock.now().0.saturating_sub(quiet));
            let due = compaction::due(&self.reader, since, COMPACTED_A_WRITE)?;
            if due.is_empty() || self.stopped() {
                break;
            }
            if COMPACTION_MAX < began.elapsed() {
                return Ok(Some(Duration::ZERO));
            }
            let (mut compacted, mut unreadable) = (Vec::new(), Vec::new());
            for trace in due {
                match compaction::prepare(&self.reader, &self.codec, trace) {
                    Ok(mut merged) => {
                        merged.offload(&self.codec, &self.writer).await?;
                        compacted.push(merged);
                    }
                    Err(error) => {
                        tracing::warn!(
                            trace.row = trace,
                            error = &error as &dyn Error,
                            "the chunks of a trace cannot be read; it is compacted later"
                        );
                        unreadable.push(trace);
                    }
                }
            }
            let bytes = compacted.iter().map(compaction::Compacted::bytes).sum();
            let now = self.clock.now();
            let replace = move |tx: &Tx<'_>| {
                compaction::put_off(tx, &unreadable, now)?;
                compacted.iter().try_for_each(|compacted| compaction::replace(tx, compacted))
            };
            match self.writer.run("compact traces", bytes, replace).await {
                // Requests have priority over compaction.
                Err(StoreError::Overloaded) => tokio::time::sleep(PAUSE).await,
                done => done?,
            }
        }
        let more = compaction::anything(&self.reader)?;
        Ok(more.then_some(self.compact_after.max(PAUSE)))
    }

    /// Packs one block of columns if too many are unpacked. Returns how long to pause afterwards.
    async fn pack(&self) -> Result<Option<Duration>, StoreError> {
        let unpacked = blocks::unpacked(&self.reader)?;
        if unpacked == 0 {
            self.pack_all.store(false, Ordering::Relaxed);
        }
        let enough = if self.pack_all.load(Ordering::Relaxed) { 0 } else { UNPACKED_MAX };
        if self.stopped() || unpacked <= enough {
            return Ok(None);
        }
        let began = Instant::now();
        let claim = self.writer.run("claim a block of traces", 0, |tx| blocks::claim(tx)).await?;
        let Some(claim) = claim else { return Ok(None) };
        let packed = blocks::pack(&self.reader, claim)?;
        let store = move |tx: &Tx<'_>| blocks::store(tx, &packed);
        self.writer.run("store a block of traces", 0, store).await?;
        Ok(Some(began.elapsed() * RESTS))
    }
}
