//! One commit: all writes of a batch in one transaction.
use std::cell::RefCell;
use std::sync::atomic::Ordering;
use std::time::Instant;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::job::{Applied, Write};
use super::state::State;
use crate::engine::tx::{Gathered, Tx};
use crate::error::EngineError;
use crate::ingest::ledger;
use crate::metrics as names;

/// Applies and commits a batch, and returns what is to be announced. A write that fails is rolled
/// back without affecting the others.
///
/// Savepoints cost a copy of every page they touch, so checked writes run without. If one of them
/// fails nevertheless, the transaction is rolled back and repeated with savepoints.
pub(super) fn commit(
    db: &mut Connection,
    batch: &mut [Box<dyn Write>],
    state: &State,
) -> Result<Gathered, EngineError> {
    let started = Instant::now();
    let archiving = &state.archiving;
    let new = || Gathered::new(archiving.is_begun.load(Ordering::Relaxed));
    let gathered = RefCell::new(new());
    let mut tx = begin(db)?;
    let (checked, others): (Vec<_>, Vec<_>) = batch.iter_mut().partition(|write| write.checked());
    let mut checked: Vec<&mut Box<dyn Write>> = checked;
    let sound =
        checked.iter_mut().all(|write| write.apply(&Tx::new(&tx, &gathered)) != Applied::Failed);
    if !sound {
        tx.rollback()?;
        gathered.replace(new());
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
    gathered.write(&tx, archiving.clock.now())?;
    let applied = Instant::now();
    tx.commit()?;
    if gathered.begins_archiving {
        archiving.is_begun.store(true, Ordering::Relaxed);
    }
    metrics::histogram!(names::COMMIT_REQUESTS).record(batch.len() as f64);
    metrics::histogram!(names::COMMIT_APPLY_SECONDS).record((applied - started).as_secs_f64());
    metrics::histogram!(names::COMMIT_FSYNC_SECONDS).record(applied.elapsed().as_secs_f64());
    Ok(gathered)
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
