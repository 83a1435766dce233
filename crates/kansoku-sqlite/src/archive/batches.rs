//! Batches of the archive, from their plan to their end.
use kansoku_model::{ExperimentId, TimestampMs, TraceId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::files;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use kansoku_store::{
    ArchiveBatch, ArchivedIn, BatchPlan, POSTPONED_MS, QueuedChange, QueuedTrace, StoreError,
};

/// A trace of an open batch as it is stored: its position in the queue, its id, and whether its spans
/// are written. Finishing the batch needs no more.
type StoredTrace = (i64, String, bool);

/// The traces that are due, the longest queued first, and queue positions of traces that were deleted
/// before they were archived.
#[derive(Default)]
pub(crate) struct Due {
    pub(crate) traces: Vec<QueuedTrace>,
    pub(crate) forgotten: Vec<i64>,
}

pub(crate) fn due(db: &Connection, plan: BatchPlan) -> Result<Due, EngineError> {
    let mut select = db.prepare_cached(
        "select q.sequence, q.trace_id, q.has_new_spans,
             case when t.experiment_id = q.experiment_id then t.request_time_ms end,
             coalesce(q.spans_batch, a.spans_batch), coalesce(q.info_batch, a.info_batch)
         from archive_queue q
         left join traces t on t.trace_id = q.trace_id
         left join archived_traces a on a.trace = t.id and a.experiment_id = q.experiment_id
         where q.experiment_id = ?1 and (q.changed_ms <= ?2 or t.id is null)
             and (t.root_open = 0 or t.id is null or q.changed_ms <= ?3)
             and (?5 = 0 or t.id is null or t.experiment_id <> q.experiment_id)
             and not exists (select 1 from archive_restores r where r.trace_id = q.trace_id)
         order by q.sequence limit ?4",
    )?;
    let BatchPlan { experiment, quiet_since, abandoned_since, traces_max, only_deleted } = plan;
    let mut rows = select.query(params![
        experiment.0,
        quiet_since.0,
        abandoned_since.0,
        traces_max as i64,
        only_deleted
    ])?;
    let mut due = Due::default();
    while let Some(row) = rows.next()? {
        let sequence = row.get(0)?;
        match queued_trace(sequence, row)? {
            Some(trace) => due.traces.push(trace),
            None => due.forgotten.push(sequence),
        }
    }
    Ok(due)
}

fn queued_trace(sequence: i64, row: &Row<'_>) -> Result<Option<QueuedTrace>, rusqlite::Error> {
    let (has_new_spans, time_ms): (bool, Option<i64>) = (row.get(2)?, row.get(3)?);
    let batches: (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
    let archived_in = batches.0.zip(batches.1).map(|(spans, info)| ArchivedIn { spans, info });
    let change = match (time_ms, has_new_spans, archived_in) {
        (None, _, None) => return Ok(None),
        (None, _, Some(_)) => QueuedChange::Deleted,
        (Some(_), false, Some(_)) => QueuedChange::Info,
        (Some(_), _, _) => QueuedChange::Spans,
    };
    let trace_id = TraceId::try_from(row.get::<_, String>(1)?).ok();
    Ok(trace_id.map(|trace_id| QueuedTrace {
        trace_id,
        request_time: time_ms.map(TimestampMs),
        sequence,
        archived_in,
        change,
    }))
}

/// Opens a batch of the traces that are due; `None` if there are none.
pub(crate) fn open_due(
    tx: &Tx<'_>,
    experiment: ExperimentId,
    due: Due,
) -> Result<Option<ArchiveBatch>, EngineError> {
    let mut forget = tx.prepare_cached("delete from archive_queue where sequence = ?1")?;
    due.forgotten.iter().try_for_each(|sequence| forget.execute([sequence]).map(drop))?;
    match due.traces.is_empty() {
        true => Ok(None),
        false => open(tx, experiment, due.traces).map(Some),
    }
}

pub(crate) fn open(
    tx: &Tx<'_>,
    experiment: ExperimentId,
    traces: Vec<QueuedTrace>,
) -> Result<ArchiveBatch, EngineError> {
    let opened: Option<(i64, String)> = tx
        .prepare_cached(
            "update archived_experiments set last_batch = last_batch + 1 where experiment_id = ?1
             returning last_batch, prefix",
        )?
        .query_row([experiment.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (number, prefix) = opened.ok_or_else(|| {
        StoreError::Invalid(format!("experiment `{experiment}` has no tables in the archive"))
    })?;
    let stored: Vec<StoredTrace> = traces.iter().map(stored_trace).collect();
    let stored = to_json(&stored)?;
    tx.prepare_cached(
        "insert into archive_batches (experiment_id, number, is_written, traces)
         values (?1, ?2, 0, ?3)",
    )?
    .execute(params![experiment.0, number, stored])?;
    Ok(ArchiveBatch { experiment, prefix, number, traces, files: None })
}

/// The open batches. Their traces are known by position and id only.
pub(crate) fn all_open(db: &Connection) -> Result<Vec<ArchiveBatch>, EngineError> {
    let mut select = db.prepare_cached(
        "select b.experiment_id, e.prefix, b.number, b.is_written
         from archive_batches b join archived_experiments e using (experiment_id)",
    )?;
    let rows = select.query_map([], |row| {
        let batch = ArchiveBatch {
            experiment: ExperimentId(row.get(0)?),
            prefix: row.get(1)?,
            number: row.get(2)?,
            traces: Vec::new(),
            files: None,
        };
        Ok((batch, row.get::<_, bool>(3)?))
    })?;
    let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
    let batches = rows.into_iter().map(|(batch, is_written)| {
        let files = is_written.then(|| files::of_batch(db, batch.experiment)).transpose()?;
        Ok(ArchiveBatch { files, ..batch })
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

fn stored_trace(trace: &QueuedTrace) -> StoredTrace {
    let has_spans = trace.change == QueuedChange::Spans;
    (trace.sequence, trace.trace_id.to_string(), has_spans)
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
    traces.retain(|(_, trace, _)| postponed.iter().all(|postponed| postponed.as_str() != trace));
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
    // A trace that moved keeps its old experiment's batches in that experiment's queue.
    let mut former = tx.prepare_cached(
        "select a.experiment_id, a.spans_batch, a.info_batch
         from traces t join archived_traces a on a.trace = t.id
         where t.trace_id = ?1 and a.experiment_id <> ?2",
    )?;
    let mut keep_former = tx.prepare_cached(
        "update archive_queue set spans_batch = coalesce(spans_batch, ?3),
             info_batch = coalesce(info_batch, ?4)
         where experiment_id = ?1 and trace_id = ?2",
    )?;
    let mut archived = tx.prepare_cached(
        "insert into archived_traces (trace, experiment_id, spans_batch, info_batch)
         select id, experiment_id, ?3, ?3 from traces where trace_id = ?1 and experiment_id = ?2
         on conflict (trace) do update set experiment_id = excluded.experiment_id,
             spans_batch = case when ?4 then excluded.spans_batch else spans_batch end,
             info_batch = excluded.info_batch",
    )?;
    // A trace that was deleted meanwhile has rows in this batch, which the next one removes.
    let mut deleted = tx.prepare_cached(
        "update archive_queue set info_batch = ?3,
             spans_batch = case when ?4 then ?3 else coalesce(spans_batch, ?3) end
         where trace_id = ?1 and experiment_id = ?2
             and not exists (select 1 from traces where trace_id = ?1 and experiment_id = ?2)",
    )?;
    for (sequence, trace, has_spans) in traces {
        unqueue.execute([sequence])?;
        let moved = former.query_row(params![trace, experiment.0], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        });
        if let Some((experiment, spans, info)) = moved.optional()? {
            keep_former.execute(params![experiment, trace, spans, info])?;
        }
        let row = params![trace, experiment.0, batch, has_spans];
        if archived.execute(row)? == 0 {
            deleted.execute(row)?;
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
