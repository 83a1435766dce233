//! A write in progress: the connection, and changes that are collected until the commit.
use std::cell::RefCell;
use std::ops::Deref;

use kansoku_model::{ExperimentId, TimestampMs, TraceId};
use rusqlite::Connection;

use crate::archive::queue;
use crate::error::EngineError;
use crate::index::postings::{self, Op};
use crate::ingest::ledger::{self, Count};
use kansoku_store::{ArchivedIn, TraceChange};

/// Changes that the writes of a commit have in common, written once at its end.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) index: Vec<Op>,
    pub(crate) counts: Vec<Count>,
    pub(crate) changes: Vec<TraceChange>,
    /// The number of jobs that were added.
    pub(crate) jobs: usize,
    /// Changes for the archive, which are collected once it was begun.
    archive: Vec<queue::Change>,
    is_archiving: bool,
    /// Whether later commits collect them, too.
    pub(crate) begins_archiving: bool,
}

/// The lengths of [`Gathered`] before a write, to undo it if it fails.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    index: usize,
    counts: usize,
    changes: usize,
    jobs: usize,
    archive: usize,
}

pub(crate) struct Tx<'a> {
    db: &'a Connection,
    gathered: &'a RefCell<Gathered>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(db: &'a Connection, gathered: &'a RefCell<Gathered>) -> Self {
        Self { db, gathered }
    }

    pub(crate) fn index(&self, ops: impl IntoIterator<Item = Op>) {
        self.gathered.borrow_mut().index.extend(ops);
    }

    pub(crate) fn count(&self, count: Count) {
        self.gathered.borrow_mut().counts.push(count);
    }

    /// Announces a change of a trace, and queues it for the archive.
    pub(crate) fn changed(&self, experiment: ExperimentId, trace_id: &TraceId, what: Changed) {
        let change = TraceChange { experiment, trace_id: trace_id.clone() };
        let mut gathered = self.gathered.borrow_mut();
        gathered.changes.push(change);
        if !gathered.is_archiving || what == Changed::Expired {
            return;
        }
        let archived_in = match what {
            Changed::Deleted { archived_in } => archived_in,
            Changed::Info | Changed::Spans | Changed::Expired => None,
        };
        gathered.archive.push(queue::Change {
            experiment,
            trace_id: trace_id.clone(),
            has_new_spans: what == Changed::Spans,
            archived_in,
        });
    }

    pub(crate) fn is_archiving(&self) -> bool {
        self.gathered.borrow().is_archiving
    }

    /// From now on, changes are queued for the archive.
    pub(crate) fn begin_archiving(&self) {
        let mut gathered = self.gathered.borrow_mut();
        (gathered.is_archiving, gathered.begins_archiving) = (true, true);
    }

    pub(crate) fn job_added(&self) {
        self.gathered.borrow_mut().jobs += 1;
    }
}

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.db
    }
}

/// The kind of a change of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// Its info, assessments or links.
    Info,
    /// It got spans or log records.
    Spans,
    /// It is deleted; batches may have archived it.
    Deleted { archived_in: Option<ArchivedIn> },
    /// It is deleted here, and stays in the archive.
    Expired,
}

impl Gathered {
    pub(crate) fn new(is_archiving: bool) -> Self {
        Self { is_archiving, ..Self::default() }
    }

    pub(crate) fn mark(&self) -> Mark {
        let Self { index, counts, changes, archive, jobs, .. } = self;
        let (index, counts, changes) = (index.len(), counts.len(), changes.len());
        Mark { index, counts, changes, jobs: *jobs, archive: archive.len() }
    }

    pub(crate) fn back_to(&mut self, mark: Mark) {
        self.index.truncate(mark.index);
        self.counts.truncate(mark.counts);
        self.changes.truncate(mark.changes);
        self.archive.truncate(mark.archive);
        self.jobs = mark.jobs;
    }

    /// Writes the collected index entries, counts and changes for the archive. `changes` and `jobs`
    /// are announced after the commit.
    pub(crate) fn write(&mut self, db: &Connection, now: TimestampMs) -> Result<(), EngineError> {
        postings::flush(db, &mut self.index)?;
        queue::write(db, &mut self.archive, now)?;
        ledger::write(db, &mut self.counts)
    }
}
