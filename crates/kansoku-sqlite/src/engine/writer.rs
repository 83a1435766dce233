//! The only thread that writes to SQLite.
//!
//! While one commit waits for the disk, callers queue up behind it; the next commit takes all of
//! them. Batches grow with load and need no timer. The queue is bounded in bytes: when it is full,
//! a write fails instead of waiting.
mod commit;
mod job;
mod state;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::engine::reserve::Reserve;
use crate::engine::tx::{Gathered, Tx};
use crate::error::EngineError;
use crate::metrics as names;
use commit::commit;
use job::{Job, Uncommitted, WRITE_OVERHEAD_BYTES, Write};
use kansoku_store::{Rejection, StoreError, TraceChange};
use state::State;

pub(crate) use state::Archiving;

/// Maximum number of writes in one commit.
const BATCH_MAX: usize = 512;

pub(crate) struct Writer {
    queue: Mutex<Option<mpsc::UnboundedSender<Box<dyn Write>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    state: Arc<State>,
    bytes_max: usize,
}

/// The channels that are notified after a commit.
pub(crate) struct Subscribers {
    pub(crate) changes: broadcast::Sender<TraceChange>,
    pub(crate) jobs_added: watch::Sender<u64>,
}

/// The effect of a write on disk space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Grows,
    /// Also accepted while the disk is full.
    Frees,
}

impl Writer {
    pub(crate) fn start(
        mut db: Connection,
        bytes_max: usize,
        subscribers: Subscribers,
        reserve: Reserve,
        archiving: Archiving,
    ) -> Self {
        let (queue, mut inbox) = mpsc::unbounded_channel();
        let state = Arc::new(State::new(reserve, archiving));
        let shared = state.clone();
        let thread = thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write_batches(&mut db, &mut inbox, &shared, &subscribers))
            .expect("the OS can start a thread");
        Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)), state, bytes_max }
    }

    /// Runs `work` inside the next commit and returns after that commit is durable.
    ///
    /// `bytes` is the memory that the write holds while it waits.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        doing: &'static str,
        bytes: usize,
        work: impl FnOnce(&Tx<'_>) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut work = Some(work);
        let once = move |tx: &Tx<'_>| work.take().expect("applied once")(tx);
        self.queue(Effect::Grows, Job::new(doing, bytes, false, once)).await
    }

    /// As [`Writer::run`], for work that frees space or needs almost none: it is accepted even
    /// while the disk is full.
    pub(crate) async fn run_freeing<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Tx<'_>) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut work = Some(work);
        let once = move |tx: &Tx<'_>| work.take().expect("applied once")(tx);
        self.queue(Effect::Frees, Job::new(doing, 0, false, once)).await
    }

    /// As [`Writer::run`], for work that fails only before it writes anything, and can be repeated:
    /// it needs no savepoint, and writes a third faster.
    pub(crate) async fn run_checked<T: Send + 'static>(
        &self,
        doing: &'static str,
        bytes: usize,
        work: impl FnMut(&Tx<'_>) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.queue(Effect::Grows, Job::new(doing, bytes, true, work)).await
    }

    /// Fails if a client's write is larger than the whole queue: as it can never be accepted, a
    /// retry is pointless.
    pub(crate) fn check_size(&self, bytes: usize) -> Result<(), StoreError> {
        let (bytes, bytes_max) = (bytes + WRITE_OVERHEAD_BYTES, self.bytes_max);
        if bytes_max < bytes { Err(StoreError::TooLarge { bytes, bytes_max }) } else { Ok(()) }
    }

    async fn queue<F, T>(
        &self,
        effect: Effect,
        (write, answer): (Job<F, T>, oneshot::Receiver<Result<T, StoreError>>),
    ) -> Result<T, StoreError>
    where
        F: FnMut(&Tx<'_>) -> Result<T, EngineError> + Send + 'static,
        T: Send + 'static,
    {
        if effect == Effect::Grows && self.is_full() {
            return Err(StoreError::DiskFull);
        }
        let (doing, bytes) = (write.doing, write.bytes);
        let waiting = self.state.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        // Internal writes may exceed the whole queue: they are accepted when the queue is empty.
        if waiting > 0 && self.bytes_max < waiting + bytes {
            self.state.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            return Err(StoreError::Overloaded);
        }
        self.state.waiting.fetch_add(1, Ordering::Relaxed);
        let sent = match self.queue.lock().expect("senders never panic").as_ref() {
            Some(queue) => queue.send(Box::new(write)).is_ok(),
            None => false,
        };
        if !sent {
            self.state.waiting.fetch_sub(1, Ordering::Relaxed);
            self.state.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            return Err(StoreError::Stopping);
        }
        answer.await.map_err(|e| StoreError::backend(doing, e))?
    }

    /// Rejects new writes, completes those in the queue, and returns when the database is closed.
    pub(crate) async fn close(&self) {
        drop(self.queue.lock().expect("senders never panic").take());
        let thread = self.thread.lock().expect("closing never panics").take();
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the writer thread ended by a panic");
            }
        }
    }

    pub(crate) fn wake_after_commits(&self, wake: mpsc::Sender<()>) {
        let _ = self.state.wake.set(wake);
    }

    /// Requests that the writer checkpoints the rest of the log after the next commit.
    pub(crate) fn checkpoint_soon(&self) {
        self.state.checkpoint_due.store(true, Ordering::Relaxed);
    }

    /// Frees the page cache.
    pub(crate) async fn shrink(&self) -> Result<(), StoreError> {
        self.state.shrink_due.store(true, Ordering::Relaxed);
        self.run_freeing("give memory back", |_| Ok(())).await
    }

    /// Adds a rejection to the next commit without waiting for it.
    pub(crate) fn record_rejection(&self, rejection: Rejection) {
        self.state.rejections.lock().expect("noting never panics").add(rejection);
    }

    /// Whether there are rejections that are not committed yet.
    pub(crate) fn has_rejections(&self) -> bool {
        let waiting = self.state.rejections.lock().expect("noting never panics");
        !waiting.is_empty() || self.state.rejecting.load(Ordering::SeqCst)
    }

    pub(crate) fn unwritable(&self) -> Option<String> {
        self.state.unwritable.lock().expect("noting never panics").why.clone()
    }

    /// Whether only writes that free space are accepted, because the disk is full.
    pub(crate) fn is_full(&self) -> bool {
        self.state.full.load(Ordering::Relaxed)
    }

    /// Accepts all writes again if the disk has space for the reserve. Blocks on disk I/O.
    pub(crate) fn look_for_space(&self) {
        if self.is_full() && self.state.reserve.restore().is_ok() {
            self.state.unwritable.lock().expect("noting never panics").failed_at = None;
            self.state.full.store(false, Ordering::Relaxed);
        }
    }

    pub(crate) fn record_gauges(&self) {
        let state = &self.state;
        metrics::gauge!(names::WRITER_QUEUE_REQUESTS)
            .set(state.waiting.load(Ordering::Relaxed) as f64);
        metrics::gauge!(names::WRITER_QUEUE_BYTES)
            .set(state.waiting_bytes.load(Ordering::Relaxed) as f64);
    }
}

/// The loop of the writer thread; ends when the queue is closed.
fn write_batches(
    db: &mut Connection,
    inbox: &mut mpsc::UnboundedReceiver<Box<dyn Write>>,
    state: &State,
    subscribers: &Subscribers,
) {
    let mut batch = Vec::new();
    while inbox.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
        let outcome = commit(db, &mut batch, state).map_err(StoreError::from);
        state.rejecting.store(false, Ordering::SeqCst);
        let is_full = batch.iter().any(|write| write.met_full_disk())
            || matches!(outcome, Err(StoreError::DiskFull));
        if is_full {
            state.enter_full();
        } else if outcome.is_err() {
            // The write-ahead log may be the file that cannot grow.
            state.checkpoint_due.store(true, Ordering::Relaxed);
        }
        state.note(outcome.as_ref().err());
        let outcome = match outcome {
            Ok(gathered) => {
                subscribers.notify(gathered);
                Ok(())
            }
            Err(StoreError::DiskFull) => Err(Uncommitted::DiskFull),
            Err(error) => Err(Uncommitted::Failed(error.to_string().into())),
        };
        for write in batch.drain(..) {
            state.waiting.fetch_sub(1, Ordering::Relaxed);
            state.waiting_bytes.fetch_sub(write.bytes(), Ordering::Relaxed);
            write.answer(&outcome);
        }
        state.maintain(db);
    }
    finish(db);
}

impl Subscribers {
    /// Announces what a commit changed.
    fn notify(&self, committed: Gathered) {
        if 0 < committed.jobs {
            self.jobs_added.send_modify(|number| *number += 1);
        }
        if 0 < self.changes.receiver_count() {
            for change in committed.changes {
                // Fails only if the last subscriber has left meanwhile.
                let _ = self.changes.send(change);
            }
        }
    }
}

fn finish(db: &Connection) {
    // `optimize` costs milliseconds and keeps the planner's statistics fresh for the next start.
    let done = db.execute_batch("pragma optimize; pragma wal_checkpoint(truncate);");
    if let Err(error) = done {
        tracing::warn!(%error, "the write-ahead log could not be checkpointed; the next start will do it");
    }
}
