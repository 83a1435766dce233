//! State shared by the writer thread and its callers: the length of the queue, pending rejections,
//! and whether writes succeed.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use kansoku_model::Clock;
use rusqlite::Connection;
use tokio::sync::mpsc;

use crate::archive::queue;
use crate::engine::pending::PendingRejections;
use crate::engine::readers;
use crate::engine::reserve::Reserve;
use crate::error::EngineError;
use kansoku_store::{Rejection, StoreError};

/// Minimum time for which a failure is reported, even if small writes succeed meanwhile.
const FAILS_FOR: Duration = Duration::from_secs(1);
/// Minimum time between two log lines about failures.
const LOGGED_EVERY: Duration = Duration::from_secs(10);

pub(super) struct State {
    pub(super) waiting: AtomicUsize,
    pub(super) waiting_bytes: AtomicUsize,
    pub(super) unwritable: Mutex<Unwritable>,
    /// The disk is full: only writes that free space are accepted.
    pub(super) full: AtomicBool,
    pub(super) reserve: Reserve,
    pub(super) archiving: Archiving,
    /// Rejections for the next commit.
    pub(super) rejections: Mutex<PendingRejections>,
    /// Rejections are being committed, and are not visible to readers yet.
    pub(super) rejecting: AtomicBool,
    /// Wakes the maintenance thread after every commit.
    pub(super) wake: OnceLock<mpsc::Sender<()>>,
    pub(super) checkpoint_due: AtomicBool,
    pub(super) shrink_due: AtomicBool,
}

/// Whether changes of traces are queued for the archive.
pub(crate) struct Archiving {
    pub(super) is_begun: AtomicBool,
    pub(super) clock: Arc<dyn Clock>,
}

impl Archiving {
    pub(crate) fn load(db: &Connection, clock: Arc<dyn Clock>) -> Result<Self, EngineError> {
        Ok(Self { is_begun: AtomicBool::new(queue::is_begun(db)?), clock })
    }
}

/// The error of the last commit, and the state of its logging.
#[derive(Default)]
pub(super) struct Unwritable {
    pub(super) why: Option<String>,
    pub(super) failed_at: Option<Instant>,
    is_logged: bool,
    logged_at: Option<Instant>,
}

impl State {
    pub(super) fn new(reserve: Reserve, archiving: Archiving) -> Self {
        Self {
            waiting: AtomicUsize::default(),
            waiting_bytes: AtomicUsize::default(),
            unwritable: Mutex::default(),
            full: AtomicBool::default(),
            reserve,
            archiving,
            rejections: Mutex::default(),
            rejecting: AtomicBool::default(),
            wake: OnceLock::new(),
            checkpoint_due: AtomicBool::default(),
            shrink_due: AtomicBool::default(),
        }
    }

    /// Frees the reserve, so that the write-ahead log can grow, and requests a checkpoint, so that
    /// the log can restart.
    pub(super) fn enter_full(&self) {
        self.full.store(true, Ordering::Relaxed);
        self.reserve.release();
        self.checkpoint_due.store(true, Ordering::Relaxed);
    }

    pub(super) fn take_rejections(&self) -> Vec<Rejection> {
        let mut waiting = self.rejections.lock().expect("noting never panics");
        self.rejecting.store(!waiting.is_empty(), Ordering::SeqCst);
        waiting.take()
    }

    /// Does the checkpoint and the shrinking that were requested, and wakes maintenance.
    pub(super) fn maintain(&self, db: &Connection) {
        if self.checkpoint_due.swap(false, Ordering::Relaxed) {
            let folded = db.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()));
            if let Err(error) = folded {
                tracing::warn!(%error, "the write-ahead log could not be checkpointed; it grows");
            }
        }
        if self.shrink_due.swap(false, Ordering::Relaxed)
            && let Err(error) = readers::shrink(db)
        {
            tracing::debug!(%error, "the writer's page cache could not be released");
        }
        if let Some(wake) = self.wake.get() {
            let _ = wake.try_send(());
        }
    }

    /// Records whether the last commit succeeded, and logs changes of that. Intermittent failures
    /// are logged every [`LOGGED_EVERY`].
    pub(super) fn note(&self, failure: Option<&StoreError>) {
        let mut last = self.unwritable.lock().expect("noting never panics");
        // A deletion that succeeds does not mean that there is space.
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
