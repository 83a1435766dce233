//! A write in progress: the connection, and changes that are collected until the commit.
use std::cell::RefCell;
use std::ops::Deref;

use kansoku_model::{ExperimentId, TraceId};
use rusqlite::Connection;

use crate::error::EngineError;
use crate::index::postings::{self, Op};
use crate::ingest::ledger::{self, Count};
use kansoku_store::TraceChange;

/// Changes that the writes of a commit have in common, written once at its end.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) index: Vec<Op>,
    pub(crate) counts: Vec<Count>,
    pub(crate) changes: Vec<TraceChange>,
    /// The number of jobs that were added.
    pub(crate) jobs: usize,
}

/// The lengths of [`Gathered`] before a write, to undo it if it fails.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    index: usize,
    counts: usize,
    changes: usize,
    jobs: usize,
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

    pub(crate) fn changed(&self, experiment: ExperimentId, trace_id: &TraceId) {
        let change = TraceChange { experiment, trace_id: trace_id.clone() };
        self.gathered.borrow_mut().changes.push(change);
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

impl Gathered {
    pub(crate) fn mark(&self) -> Mark {
        let Self { index, counts, changes, jobs } = self;
        let jobs = *jobs;
        Mark { index: index.len(), counts: counts.len(), changes: changes.len(), jobs }
    }

    pub(crate) fn back_to(&mut self, mark: Mark) {
        self.index.truncate(mark.index);
        self.counts.truncate(mark.counts);
        self.changes.truncate(mark.changes);
        self.jobs = mark.jobs;
    }

    /// Writes the collected index entries and counts. `changes` and `jobs` are announced after the
    /// commit.
    pub(crate) fn write(&mut self, db: &Connection) -> Result<(), EngineError> {
        postings::flush(db, &mut self.index)?;
        ledger::write(db, &mut self.counts)
    }
}
