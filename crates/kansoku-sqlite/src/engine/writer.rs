//! The only thread that writes to SQLite.
//!
//! While one commit waits for the disk, callers queue up behind it; the next
//! commit takes all of them. Batches grow with load and need no timer. The
//! queue is bounded in bytes: past that a write is refused, not kept waiting.
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::engine::pending::PendingRejections;
use crate::engine::readers;
use crate::engine::reserve::Reserve;
use crate::engine::tx::{Gathered, Tx};
use crate::error::EngineError;
use crate::ingest::ledger;
use crate::metrics as names;
use kansoku_store::{Rejection, StoreError, TraceChange};

const BATCH_MAX: usize = 512;
/// What a write counts for beside the bytes it brings.
const WRITE_OVERHEAD_BYTES: usize = 1024;
/// A failure counts for so long, whatever small writes succeed meanwhile.
const FAILS_FOR: Duration = Duration::from_secs(1);
/// A failure that comes back within this time is not logged again.
const LOGGED_EVERY: Duration = Duration::from_secs(10);

pub(crate) struct Writer {
    queue: Mutex<Option<mpsc::UnboundedSender<Box<dyn Write>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    state: Arc<State>,
    bytes_max: usize,
}

struct State {
    waiting: AtomicUsize,
    waiting_bytes: AtomicUsize,
    unwritable: Mutex<Unwritable>,
    /// The disk has no room: only writes that free space are taken.
    full: AtomicBool,
    reserve: Reserve,
    /// Written with the next commit.
    rejections: Mutex<PendingRejections>,
    /// Some are being written, and no reader sees them yet.
    rejecting: AtomicBool,
    /// Rung after every commit: there may be something to tidy.
    wake: OnceLock<mpsc::Sender<()>>,
    checkpoint_due: AtomicBool,
    shrink_due: AtomicBool,
}

/// Why the last commit failed, and what the log says of it.
#[derive(Default)]
struct Unwritable {
    why: Option<String>,
    failed_at: Option<Instant>,
    is_logged: bool,
    logged_at: Option<Instant>,
}

/// What a write does to the space that is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Grows,
    /// Taken when the disk is full, too.
    Frees,
}

impl Writer {
    pub(crate) fn start(
        mut db: Connection,
        bytes_max: usize,
        changes: broadcast::Sender<TraceChange>,
        reserve: Reserve,
    ) -> Self {
        let (queue, mut inbox) = mpsc::unbounded_channel::<Box<dyn Write>>();
        let state = Arc::new(State::new(reserve));
        let shared = state.clone();
        let thread = thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || {
                let mut batch = Vec::new();
                while inbox.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
                    let outcome = commit(&mut db, &mut batch, &shared).map_err(StoreError::from);
                    shared.rejecting.store(false, Ordering::SeqCst);
                    let is_full = batch.iter().any(|write| write.met_full_disk())
                        || matches!(outcome, Err(StoreError::DiskFull));
                    if is_full {
                        shared.enter_full();
                    } else if outcome.is_err() {
                        // The log may be what cannot grow.
                        shared.checkpoint_due.store(true, Ordering::Relaxed);
                    }
                    shared.note(outcome.as_ref().err());
                    let outcome = match outcome {
                        Ok(changed) => {
                            tell(&changes, changed);
                            Ok(())
                        }
                        Err(StoreError::DiskFull) => Err(Uncommitted::DiskFull),
                        Err(error) => Err(Uncommitted::Failed(error.to_string().into())),
                    };
                    for write in batch.drain(..) {
                        shared.waiting.fetch_sub(1, Ordering::Relaxed);
                        shared.waiting_bytes.fetch_sub(write.bytes(), Ordering::Relaxed);
                        write.answer(&outcome);
                    }
                    shared.tidy(&db);
                }
                finish(&db);
            })
            .expect("the OS can start a thread");
        Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)), state, bytes_max }
    }

    /// Runs `work` inside the next commit and returns after that commit is durable.
    ///
    /// `bytes` is what the write keeps in memory while it waits.
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

    /// As [`Writer::run`], for work that frees space, or needs next to none: it is taken though
    /// the disk is full.
    pub(crate) async fn run_freeing<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Tx<'_>) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut work = Some(work);
        let once = move |tx: &Tx<'_>| work.take().expect("applied once")(tx);
        self.queue(Effect::Frees, Job::new(doing, 0, false, once)).await
    }

    /// As [`Writer::run`], for work that refuses before it writes anything and may be run again:
    /// it needs no savepoint, and writes a third faster.
    pub(crate) async fn run_checked<T: Send + 'static>(
        &self,
        doing: &'static str,
        bytes: usize,
        work: impl FnMut(&Tx<'_>) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.queue(Effect::Grows, Job::new(doing, bytes, true, work)).await
    }

    /// Refuses what a client sent if it could never wait beside others: it would be told to try
    /// again for ever.
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
        // Of our own writes one larger than the whole queue passes when it is alone, or it never could.
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

    /// Refuses new writes, finishes those that wait, and returns when the file is closed.
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

    /// After the next commit the writer folds in what is left of the log.
    pub(crate) fn checkpoint_soon(&self) {
        self.state.checkpoint_due.store(true, Ordering::Relaxed);
    }

    /// Empties the cache.
    pub(crate) async fn shrink(&self) -> Result<(), StoreError> {
        self.state.shrink_due.store(true, Ordering::Relaxed);
        self.run_freeing("give memory back", |_| Ok(())).await
    }

    /// Keeps a rejection for the next commit; never waits.
    pub(crate) fn record_rejection(&self, rejection: Rejection) {
        self.state.rejections.lock().expect("noting never panics").add(rejection);
    }

    /// Whether some were noted that no reader sees yet.
    pub(crate) fn has_rejections(&self) -> bool {
        let waiting = self.state.rejections.lock().expect("noting never panics");
        !waiting.is_empty() || self.state.rejecting.load(Ordering::SeqCst)
    }

    pub(crate) fn unwritable(&self) -> Option<String> {
        self.state.unwritable.lock().expect("noting never panics").why.clone()
    }

    /// Whether only writes that free space are taken.
    pub(crate) fn is_full(&self) -> bool {
        self.state.full.load(Ordering::Relaxed)
    }

    /// Takes all writes again where the disk has room for the reserve and more. Waits for the disk.
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

impl State {
    fn new(reserve: Reserve) -> Self {
        Self {
            waiting: AtomicUsize::default(),
            waiting_bytes: AtomicUsize::default(),
            unwritable: Mutex::default(),
            full: AtomicBool::default(),
            reserve,
            rejections: Mutex::default(),
            rejecting: AtomicBool::default(),
            wake: OnceLock::new(),
            checkpoint_due: AtomicBool::default(),
            shrink_due: AtomicBool::default(),
        }
    }

    /// The reserve gives the log room; what is in the log goes to the database, so that it can
    /// begin anew.
    fn enter_full(&self) {
        self.full.store(true, Ordering::Relaxed);
        self.reserve.release();
        self.checkpoint_due.store(true, Ordering::Relaxed);
    }

    fn take_rejections(&self) -> Vec<Rejection> {
        let mut waiting = self.rejections.lock().expect("noting never panics");
        self.rejecting.store(!waiting.is_empty(), Ordering::SeqCst);
        waiting.take()
    }

    /// Between commits.
    fn tidy(&self, db: &Connection) {
        if self.checkpoint_due.swap(false, Ordering::Relaxed) {
            let folded = db.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()));
            if let Err(error) = folded {
                tracing::warn!(%error, "the write-ahead log could not be folded in; it grows");
            }
        }
        if self.shrink_due.swap(false, Ordering::Relaxed)
            && let Err(error) = readers::shrink(db)
        {
            tracing::debug!(%error, "the writer keeps its cache");
        }
        if let Some(wake) = self.wake.get() {
            let _ = wake.try_send(());
        }
    }

    /// Remembers whether the last commit reached the disk, and says so when that changes; a
    /// failure that comes and goes is said now and then.
    fn note(&self, failure: Option<&StoreError>) {
        let mut last = self.unwritable.lock().expect("noting never panics");
        // Deletions that succeed do not mean that there is space.
        let full = self.full.load(Ordering::Relaxed).then(|| StoreError::DiskFull.to_string());
        let why = full.or_else(|| failure.map(ToString::to_string));
        if why.is_some() {
            last.failed_at = Some(Instant::now());
        } else if last.failed_at.is_some_and(|at| at.elapsed() < FAILS_FOR) {
            return;
        }
        last.why = why;
        let is_due = last.logged_at.is_none_or(|at| LOGGED_EVERY <= at.elapsed());
        match &last.why {
            Some(why) if !last.is_logged && is_due => {
                tracing::error!(error = %why, "writes fail");
                (last.is_logged, last.logged_at) = (true, Some(Instant::now()));
            }
            None if last.is_logged => {
                tracing::info!("writes succeed again");
                last.is_logged = false;
            }
            _ => {}
        }
    }
}

/// A write that fails undoes itself and spares its neighbours.
///
/// Savepoints cost a copy of every page they touch. Checked writes do without: should one of them
/// break after all, everything is undone and done again with savepoints.
fn commit(
    db: &mut Connection,
    batch: &mut [Box<dyn Write>],
    state: &State,
) -> Result<Vec<TraceChange>, EngineError> {
    let started = Instant::now();
    let gathered = RefCell::new(Gathered::default());
    let mut tx = begin(db)?;
    let (checked, others): (Vec<_>, Vec<_>) = batch.iter_mut().partition(|write| write.checked());
    let mut checked: Vec<&mut Box<dyn Write>> = checked;
    let sound =
        checked.iter_mut().all(|write| write.apply(&Tx::new(&tx, &gathered)) != Applied::Failed);
    if !sound {
        tx.rollback()?;
        gathered.take();
        tx = begin(db)?;
        for write in checked {
            apply_apart(&mut tx, &gathered, write)?;
        }
    }
    for write in others {
        apply_apart(&mut tx, &gathered, write)?;
    }
    let rejections = state.take_rejections();
    ledger::reject(&tx, &rejections)?;
    let mut gathered = gathered.into_inner();
    gathered.write(&tx)?;
    let applied = Instant::now();
    tx.commit()?;
    metrics::histogram!(names::COMMIT_REQUESTS).record(batch.len() as f64);
    metrics::histogram!(names::COMMIT_APPLY_SECONDS).record((applied - started).as_secs_f64());
    metrics::histogram!(names::COMMIT_FSYNC_SECONDS).record(applied.elapsed().as_secs_f64());
    Ok(gathered.changes)
}

fn begin(db: &mut Connection) -> Result<Transaction<'_>, EngineError> {
    Ok(db.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

fn apply_apart(
    tx: &mut Transaction<'_>,
    gathered: &RefCell<Gathered>,
    write: &mut Box<dyn Write>,
) -> Result<(), EngineError> {
    let mark = gathered.borrow().mark();
    let savepoint = tx.savepoint()?;
    match write.apply(&Tx::new(&savepoint, gathered)) {
        Applied::Done => savepoint.commit()?,
        Applied::Rejected | Applied::Failed => {
            savepoint.finish()?;
            gathered.borrow_mut().back_to(mark);
        }
    }
    Ok(())
}

/// Only listeners cost anything.
fn tell(changes: &broadcast::Sender<TraceChange>, changed: Vec<TraceChange>) {
    if 0 < changes.receiver_count() {
        for change in changed {
            // The last listener may have left meanwhile.
            let _ = changes.send(change);
        }
    }
}

fn finish(db: &Connection) {
    // `optimize` costs milliseconds and keeps the planner's statistics fresh for the next start.
    let tidy = db.execute_batch("pragma optimize; pragma wal_checkpoint(truncate);");
    if let Err(error) = tidy {
        tracing::warn!(%error, "the write-ahead log stays as it is; the next start reads it");
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Applied {
    Done,
    /// It said no, for a reason of its own.
    Rejected,
    /// The database failed it; what it wrote until then is there.
    Failed,
}

trait Write: Send {
    fn checked(&self) -> bool;
    fn apply(&mut self, tx: &Tx<'_>) -> Applied;
    fn bytes(&self) -> usize;
    fn met_full_disk(&self) -> bool;
    fn answer(self: Box<Self>, committed: &Result<(), Uncommitted>);
}

/// Why a commit failed, for each of its writes.
#[derive(Clone)]
enum Uncommitted {
    DiskFull,
    Failed(Arc<str>),
}

impl From<&Uncommitted> for StoreError {
    fn from(why: &Uncommitted) -> Self {
        match why {
            Uncommitted::DiskFull => Self::DiskFull,
            Uncommitted::Failed(why) => Self::Unwritable(why.to_string()),
        }
    }
}

struct Job<F, T> {
    doing: &'static str,
    bytes: usize,
    checked: bool,
    work: F,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Job<F, T> {
    fn new(
        doing: &'static str,
        bytes: usize,
        checked: bool,
        work: F,
    ) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        let bytes = bytes + WRITE_OVERHEAD_BYTES;
        (Self { doing, bytes, checked, work, result: None, reply }, answer)
    }
}

impl<F, T> Write for Job<F, T>
where
    F: FnMut(&Tx<'_>) -> Result<T, EngineError> + Send,
    T: Send,
{
    fn checked(&self) -> bool {
        self.checked
    }

    fn apply(&mut self, tx: &Tx<'_>) -> Applied {
        let result = (self.work)(tx).map_err(StoreError::from);
        let applied = match &result {
            Ok(_) => Applied::Done,
            Err(error) if error.is_failure() => Applied::Failed,
            Err(_) => Applied::Rejected,
        };
        self.result = Some(result);
        applied
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn met_full_disk(&self) -> bool {
        matches!(self.result, Some(Err(StoreError::DiskFull)))
    }

    fn answer(self: Box<Self>, committed: &Result<(), Uncommitted>) {
        let result = match (self.result, committed) {
            (Some(Err(StoreError::Backend { source, .. })), _) => {
                Err(StoreError::Backend { doing: self.doing, source })
            }
            (Some(Err(refused)), _) => Err(refused),
            (_, Err(why)) => Err(why.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => unreachable!("every write of a batch was applied"),
        };
        // A caller that went away no longer needs its answer.
        let _ = self.reply.send(result);
    }
}
