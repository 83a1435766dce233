//! What the writer thread and its callers share: the length of the queue, rejections that wait, and
//! whether writes succeed.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::mpsc;

use crate::engine::pending::PendingRejections;
use crate::engine::readers;
use crate::engine::reserve::Reserve;
use kansoku_store::{Rejection, StoreError};

/// How long a failure is reported, whatever small writes succeed meanwhile.
const FAILS_FOR: Duration = Duration::from_secs(1);
/// A failure that comes back within this time is not logged again.
const LOGGED_EVERY: Duration = Duration::from_secs(10);

pub(super) struct State {
    pub(super) waiting: AtomicUsize,
    pub(super) waiting_bytes: AtomicUsize,
    pub(super) unwritable: Mutex<Unwritable>,
    /// The disk has no room: only writes that free space are taken.
    pub(super) full: AtomicBool,
    pub(super) reserve: Reserve,
    /// Written with the next commit.
    pub(super) rejections: Mutex<PendingRejections>,
    /// Some are being written, and no reader sees them yet.
    pub(super) rejecting: AtomicBool,
    /// Wakes the maintenance thread after every commit: there may be something to do.
    pub(super) wake: OnceLock<mpsc::Sender<()>>,
    pub(super) checkpoint_due: AtomicBool,
    pub(super) shrink_due: AtomicBool,
}

/// Why the last commit failed, and what the log says of it.
#[derive(Default)]
pub(super) struct Unwritable {
    pub(super) why: Option<String>,
    pub(super) failed_at: Option<Instant>,
    is_logged: bool,
    logged_at: Option<Instant>,
}

impl State {
    pub(super) fn new(reserve: Reserve) -> Self {
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

    /// Does what is due between commits.
    pub(super) fn maintain(&self, db: &Connection) {
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
    pub(super) fn note(&self, failure: Option<&StoreError>) {
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
