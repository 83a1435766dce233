//! Batches of the archive, from their plan to their end.
use kansoku_model::{ExperimentId, TimestampMs, TraceId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::files;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use kansoku_store::{ArchiveBatch, BatchPlan, POSTPONED_MS, QueuedChange, QueuedTrace, StoreError};

/// A trace of an open batch as it is stored: what finishing the batch needs.
type StoredTrace = (i64, String);

/// Opens a batch of the traces that are due, the longest queued first.
pub(crate) fn plan(tx: &Tx<'_>, plan: BatchPlan) -> Result<Option<ArchiveBatch>, EngineError> {
    let experiment = plan.experiment;
    let (traces, forgotten) = due(tx, plan)?;
    let mut forget = tx.prepare_cached("delete from archive_queue where sequence = ?1")?;
    forgotten.iter().try_for_each(|sequence| forget.execute([sequence]).map(drop))?;
    if traces.is_empty() {
        return Ok(None);
    }
    open(tx, experiment, traces).map(Some)
}

/// The traces that are due, and queue positions of traces that were deleted before they were
/// archived.
fn due(db: &Connection, plan: BatchPlan) -> Result<(Vec<QueuedTrace>, Vec<i64>), EngineError> {
    let mut select = db.prepare_cached(
        "select q.sequence, q.trace_id, q.has_new_spans, coalesce(q.archived_in, a.batch),
             t.id is not null and t.experiment_id = q.experiment_id
         from archive_queue q
         left join traces t on t.trace_id = q.trace_id
         left join archived_traces a on a.trace = t.id and a.experiment_id = q.experiment_id
         where q.experiment_id = ?1 and q.changed_ms <= ?2
             and (t.root_open = 0 or t.id is null or q.changed_ms <= ?3)
         order by q.sequence limit ?4",
    )?;
    let BatchPlan { experiment, quiet_since, abandoned_since, traces_max } = plan;
    let mut rows =
        select.query(params![experiment.0, quiet_since.0, abandoned_since.0, traces_max as i64])?;
    let (mut traces, mut forgotten) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let sequence = row.get(0)?;
        match queued_trace(row)? {
            Some(trace) => traces.push(trace),
            None => forgotten.push(sequence),
        }
    }
    Ok((traces, forgotten))
}

fn queued_trace(row: &Row<'_>) -> Result<Option<QueuedTrace>, rusqlite::Error> {
    let (has_new_spans, is_stored): (bool, bool) = (row.get(2)?, row.get(4)?);
    let archived_in: Option<i64> = row.get(3)?;
    let change = match (is_stored, has_new_spans, archived_in) {
        (false, _, None) => return Ok(None),
        (false, _, Some(_)) => QueuedChange::Deleted,
        (true, false, Some(_)) => QueuedChange::Info,
        (true, _, _) => QueuedChange::Spans,
    };
    let trace_id = TraceId::try_from(row.get::<_, String>(1)?).ok();
    Ok(trace_id.map(|trace_id| QueuedTrace {
        trace_id,
        sequence: row.get_unwrap(0),
        archived_in,
        change,
    }))
}

pub(crate) fn open(
    tx: &Tx<'_>,
    experiment: ExperimentId,
    traces: Vec<QueuedTrace>,
) -> Result<ArchiveBatch, EngineError> {
    let number: Option<i64> = tx
        .prepare_cached(
            "update archived_experiments set last_batch = last_batch + 1 where experiment_id = ?1
             returning last_batch",
        )?
        .query_row([experiment.0], |row| row.get(0))
        .optional()?;
    let number = number.ok_or_else(|| {
        StoreError::Invalid(format!("experiment `{experiment}` has no tables in the archive"))
    })?;
    let stored: Vec<StoredTrace> =
        traces.iter().map(|it| (it.sequence, it.trace_id.to_string())).collect();
    let stored = to_json(&stored)?;
    tx.prepare_cached(
        "insert into archive_batches (experiment_id, number, is_written, traces)
         values (?1, ?2, 0, ?3)",
    )?
    .execute(params![experiment.0, number, stored])?;
    Ok(ArchiveBatch { experiment, number, traces, files: None })
}

/// The open batches. Their traces are known by position and id only.
pub(crate) fn all_open(db: &Connection) -> Result<Vec<ArchiveBatch>, EngineError> {
    let mut select =
        db.prepare_cached("select experiment_id, number, is_written from archive_batches")?;
    let rows = select.query_map([], |row| {
        Ok((ExperimentId(row.get(0)?), row.get::<_, i64>(1)?, row.get::<_, bool>(2)?))
    })?;
    let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
    let batches = rows.into_iter().map(|(experiment, number, is_written)| {
        let files = is_written.then(|| files::of_batch(db, experiment)).transpose()?;
        Ok(ArchiveBatch { experiment, number, traces: Vec::new(), files })
    });
    batches.collect()
}

/// The number of the open batch, and whether its files are written.
pub(crate) fn number(
    db: &Connection,
    experiment: ExperimentId,
) -> Result<(i64, bool), EngineError> {
    let mut select = db.prepare_cached(
        "select number, is_written from archive_batches where experiment_id = ?1",
    )?;
    let found =
        select.query_row([experiment.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    found.ok_or_else(|| {
        StoreError::Invalid(format!("experiment `{experiment}` has no open batch")).into()
    })
}

pub(crate) fn mark_written(tx: &Tx<'_>, experiment: ExperimentId) -> Result<(), EngineError> {
    tx.prepare_cached("update archive_batches set is_written = 1 where experiment_id = ?1")?
        .execute([experiment.0])?;
    Ok(())
}

/// The traces of the open batch whose files are written.
pub(crate) fn traces(
    db: &Connection,
    experiment: ExperimentId,
) -> Result<Vec<StoredTrace>, EngineError> {
    let mut select =
        db.prepare_cached("select traces from archive_batches where experiment_id = ?1")?;
    let stored: String = select.query_row([experiment.0], |row| row.get(0))?;
    serde_json::from_str(&stored)
        .map_err(|error| StoreError::backend("read a batch of the archive", error).into())
}

fn to_json(traces: &[StoredTrace]) -> Result<String, EngineError> {
    serde_json::to_string(traces)
        .map_err(|error| StoreError::backend("write a batch of the archive", error).into())
}

/// Takes traces out of the open batch. They stay queued, as if they changed an hour from now.
pub(crate) fn postpone(
    tx: &Tx<'_>,
    experiment: ExperimentId,
    postponed: &[TraceId],
    now: TimestampMs,
) -> Result<(), EngineError> {
    let mut wait = tx.prepare_cached(
        "update archive_queue set changed_ms = ?3 where experiment_id = ?1 and trace_id = ?2",
    )?;
    for trace in postponed {
        wait.execute(params![experiment.0, trace.as_str(), now.0 + POSTPONED_MS])?;
    }
    let mut traces = traces(tx, experiment)?;
    traces.retain(|(_, trace)| postponed.iter().all(|postponed| postponed.as_str() != trace));
    tx.prepare_cached("update archive_batches set traces = ?2 where experiment_id = ?1")?
        .execute(params![experiment.0, to_json(&traces)?])?;
    Ok(())
}

/// Takes traces of a batch out of the queue, unless they changed since it was planned. Can be
/// repeated.
pub(crate) fn settle(
    tx: &Tx<'_>,
    experiment: ExperimentId,
    batch: i64,
    traces: &[StoredTrace],
) -> Result<(), EngineError> {
    let mut unqueue = tx.prepare_cached("delete from archive_queue where sequence = ?1")?;
    // A trace that moved keeps its old experiment's batch in that experiment's queue.
    let mut former = tx.prepare_cached(
        "select a.experiment_id, a.batch from traces t join archived_traces a on a.trace = t.id
         where t.trace_id = ?1 and a.experiment_id <> ?2",
    )?;
    let mut keep_former = tx.prepare_cached(
        "update archive_queue set archived_in = coalesce(archived_in, ?3)
         where experiment_id = ?1 and trace_id = ?2",
    )?;
    let mut archived = tx.prepare_cached(
        "insert or replace into archived_traces (trace, experiment_id, batch)
         select id, experiment_id, ?3 from traces where trace_id = ?1 and experiment_id = ?2",
    )?;
    // A trace that was deleted meanwhile has rows in this batch, which the next one removes.
    let mut deleted = tx.prepare_cached(
        "update archive_queue set archived_in = ?3
         where trace_id = ?1 and experiment_id = ?2
             and not exists (select 1 from traces where trace_id = ?1 and experiment_id = ?2)",
    )?;
    for (sequence, trace) in traces {
        unqueue.execute([sequence])?;
        let moved = former.query_row(params![trace, experiment.0], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        });
        if let Some((experiment, batch)) = moved.optional()? {
            keep_former.execute(params![experiment, trace, batch])?;
        }
        if archived.execute(params![trace, experiment.0, batch])? == 0 {
            deleted.execute(params![trace, experiment.0, batch])?;
        }
    }
    Ok(())
}

pub(crate) fn close(tx: &Tx<'_>, experiment: ExperimentId) -> Result<(), EngineError> {
    tx.prepare_cached("delete from archive_batches where experiment_id = ?1")?
        .execute([experiment.0])?;
    Ok(())
}

/// Gives up the open batch; its files can be deleted at once.
pub(crate) fn drop_open(
    tx: &Tx<'_>,
    experiment: ExperimentId,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let (_, is_written) = number(tx, experiment)?;
    if is_written {
        let problem = "a batch whose files are written can only be finished".to_owned();
        return Err(StoreError::Invalid(problem).into());
    }
    files::remove_reserved(tx, experiment, now)?;
    close(tx, experiment)
}
