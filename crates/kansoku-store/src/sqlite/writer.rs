//! The only thread that writes to SQLite.
//!
//! While one commit waits for the disk, callers queue up behind it; the next
//! commit takes all of them. Batches grow with load and need no timer. The
//! queue is bounded in bytes: past that a write is refused, not kept waiting.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use rusqlite::{Connection, Savepoint, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::{StoreError, metrics as names};

const BATCH_MAX: usize = 512;
/// What a write counts for beside the bytes it brings.
const WRITE_OVERHEAD_BYTES: usize = 1024;

pub(super) struct Writer {
    queue: Mutex<Option<mpsc::UnboundedSender<Box<dyn Write>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    state: Arc<State>,
    bytes_max: usize,
}

#[derive(Default)]
struct State {
    waiting: AtomicUsize,
    waiting_bytes: AtomicUsize,
    unwritable: Mutex<Option<String>>,
}

impl Writer {
    pub(super) fn start(mut db: Connection, bytes_max: usize) -> Self {
        let (queue, mut inbox) = mpsc::unbounded_channel::<Box<dyn Write>>();
        let state = Arc::new(State::default());
        let shared = state.clone();
        let thread = thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || {
                let mut batch = Vec::new();
                while inbox.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
                    let outcome = commit(&mut db, &mut batch);
                    shared.note(outcome.as_ref().err());
                    let outcome = outcome.map_err(|e| Arc::new(e.to_string()));
                    for write in batch.drain(..) {
                        shared.waiting.fetch_sub(1, Ordering::Relaxed);
                        shared.waiting_bytes.fetch_sub(write.bytes(), Ordering::Relaxed);
                        write.answer(&outcome);
                    }
                }
                finish(&db);
            })
            .expect("the OS can start a thread");
        Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)), state, bytes_max }
    }

    /// Runs `work` inside the next commit and returns after that commit is durable.
    ///
    /// `bytes` is what the write keeps in memory while it waits.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        doing: &'static str,
        bytes: usize,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let bytes = bytes + WRITE_OVERHEAD_BYTES;
        let waiting = self.state.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        // A write larger than the whole queue passes when it is alone, or it never could.
        if waiting > 0 && self.bytes_max < waiting + bytes {
            self.state.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            return Err(StoreError::Overloaded);
        }
        self.state.waiting.fetch_add(1, Ordering::Relaxed);
        let (reply, answer) = oneshot::channel();
        let write = Box::new(Job { doing, bytes, work: Some(work), result: None, reply });
        let sent = match self.queue.lock().expect("senders never panic").as_ref() {
            Some(queue) => queue.send(write).is_ok(),
            None => false,
        };
        if !sent {
            self.state.waiting.fetch_sub(1, Ordering::Relaxed);
            self.state.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            return Err(StoreError::Stopping);
        }
        answer.await.map_err(|e| StoreError::backend(doing, e))?
    }

    /// Refuses new writes, finishes those that wait, and returns when the file is closed.
    pub(super) async fn close(&self) {
        drop(self.queue.lock().expect("senders never panic").take());
        let thread = self.thread.lock().expect("closing never panics").take();
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the writer thread ended by a panic");
            }
        }
    }

    pub(super) fn unwritable(&self) -> Option<String> {
        self.state.unwritable.lock().expect("noting never panics").clone()
    }

    pub(super) fn record_gauges(&self) {
        let state = &self.state;
        metrics::gauge!(names::WRITER_QUEUE_REQUESTS)
            .set(state.waiting.load(Ordering::Relaxed) as f64);
        metrics::gauge!(names::WRITER_QUEUE_BYTES)
            .set(state.waiting_bytes.load(Ordering::Relaxed) as f64);
    }
}

impl State {
    /// Remembers whether the last commit reached the disk, and says so once when that changes.
    fn note(&self, failure: Option<&StoreError>) {
        let now = failure.map(ToString::to_string);
        let mut last = self.unwritable.lock().expect("noting never panics");
        match (&*last, &now) {
            (None, Some(why)) => tracing::error!(error = %why, "writes fail"),
            (Some(_), None) => tracing::info!("writes succeed again"),
            _ => {}
        }
        *last = now;
    }
}

/// One savepoint per write: a write that fails undoes itself and spares its neighbours.
fn commit(db: &mut Connection, batch: &mut [Box<dyn Write>]) -> Result<(), StoreError> {
    let started = Instant::now();
    let mut tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for write in batch.iter_mut() {
        write.apply(tx.savepoint()?);
    }
    let applied = Instant::now();
    tx.commit()?;
    metrics::histogram!(names::COMMIT_REQUESTS).record(batch.len() as f64);
    metrics::histogram!(names::COMMIT_APPLY_SECONDS).record((applied - started).as_secs_f64());
    metrics::histogram!(names::COMMIT_FSYNC_SECONDS).record(applied.elapsed().as_secs_f64());
    Ok(())
}

fn finish(db: &Connection) {
    // `optimize` costs milliseconds and keeps the planner's statistics fresh for the next start.
    let tidy = db.execute_batch("pragma optimize; pragma wal_checkpoint(truncate);");
    if let Err(error) = tidy {
        tracing::warn!(%error, "the write-ahead log stays as it is; the next start reads it");
    }
}

trait Write: Send {
    fn apply(&mut self, savepoint: Savepoint<'_>);
    fn bytes(&self) -> usize;
    fn answer(self: Box<Self>, committed: &Result<(), Arc<String>>);
}

struct Job<F, T> {
    doing: &'static str,
    bytes: usize,
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Write for Job<F, T>
where
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn apply(&mut self, savepoint: Savepoint<'_>) {
        let work = self.work.take().expect("a write is applied once");
        self.result = Some(work(&savepoint).and_then(|value| {
            savepoint.commit()?;
            Ok(value)
        }));
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn answer(self: Box<Self>, committed: &Result<(), Arc<String>>) {
        let result = match (self.result, committed) {
            (Some(Err(StoreError::Backend { source, .. })), _) => {
                Err(StoreError::Backend { doing: self.doing, source })
            }
            (Some(Err(refused)), _) => Err(refused),
            (_, Err(why)) => Err(StoreError::Unwritable(why.to_string())),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => unreachable!("every write of a batch was applied"),
        };
        // A caller that went away no longer needs its answer.
        let _ = self.reply.send(result);
    }
}
