//! The queue of traces that changed since they were archived.
use std::collections::BTreeMap;

use kansoku_model::{ExperimentId, TimestampMs, TraceId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::engine::settings;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::maintenance::count;
use kansoku_store::{ArchiveBacklog, ArchivedIn, StoreError};

/// The setting with the id of the store, which exists once traces are queued.
const STORE_ID: &str = "archive.store";
/// The setting with the last row id of traces that were stored before and are queued now.
const QUEUED_UNTIL: &str = "archive.queued_until";

/// A change of a trace that the archive must learn of.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) experiment: ExperimentId,
    pub(crate) trace_id: TraceId,
    pub(crate) has_new_spans: bool,
    /// The batches that archived a trace which is deleted.
    pub(crate) archived_in: Option<ArchivedIn>,
}

/// Whether changes are queued.
pub(crate) fn is_begun(db: &Connection) -> Result<bool, EngineError> {
    Ok(settings::get(db, STORE_ID)?.is_some())
}

/// Begins to queue changes, and returns the id of the store.
pub(crate) fn begin(tx: &Tx<'_>) -> Result<String, EngineError> {
    if let Some(id) = settings::get(tx, STORE_ID)? {
        tx.begin_archiving();
        return Ok(String::from_utf8_lossy(&id).into_owned());
    }
    let id = format!("{:032x}", rand::random::<u128>());
    settings::put(tx, STORE_ID, id.as_bytes())?;
    settings::put(tx, QUEUED_UNTIL, &i64::MAX.to_be_bytes())?;
    tx.begin_archiving();
    Ok(id)
}

/// Queues the newest traces that were stored before and are not queued yet. Returns whether some are
/// left.
pub(crate) fn queue_stored(
    db: &Connection,
    traces_max: usize,
    now: TimestampMs,
) -> Result<bool, EngineError> {
    let until = settings::get(db, QUEUED_UNTIL)?.and_then(|value| value.try_into().ok());
    let Some(until) = until.map(i64::from_be_bytes) else { return Ok(false) };
    let first: Option<i64> = db
        .prepare_cached(
            "select min(id) from (select id from traces where id < ?1 order by id desc limit ?2)",
        )?
        .query_row(params![until, traces_max as i64], |row| row.get(0))?;
    let Some(first) = first else {
        settings::delete(db, QUEUED_UNTIL)?;
        return Ok(false);
    };
    db.prepare_cached(
        "insert or ignore into archive_queue (experiment_id, trace_id, changed_ms, has_new_spans)
         select experiment_id, trace_id, ?3, 1 from traces where ?1 <= id and id < ?2 order by id",
    )?
    .execute(params![first, until, now.0])?;
    settings::put(db, QUEUED_UNTIL, &first.to_be_bytes())?;
    Ok(true)
}

/// Queues the changes of a commit. A trace that changes again gets a new place in the queue.
pub(crate) fn write(
    db: &Connection,
    changes: &mut Vec<Change>,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let mut by_trace: BTreeMap<(i64, &str), (bool, Option<ArchivedIn>)> = BTreeMap::new();
    for change in changes.iter() {
        let key = (change.experiment.0, change.trace_id.as_str());
        let (has_new_spans, archived_in) = by_trace.entry(key).or_default();
        *has_new_spans |= change.has_new_spans;
        *archived_in = change.archived_in.or(*archived_in);
    }
    let mut put = db.prepare_cached(
        "insert or replace into archive_queue
             (experiment_id, trace_id, changed_ms, has_new_spans, spans_batch, info_batch)
         select ?1, ?2, ?3, max(?4, coalesce(max(has_new_spans), 0)),
             coalesce(?5, max(spans_batch)), coalesce(?6, max(info_batch))
         from archive_queue where experiment_id = ?1 and trace_id = ?2",
    )?;
    for ((experiment, trace), (has_new_spans, archived_in)) in by_trace {
        let (spans, info) = (archived_in.map(|it| it.spans), archived_in.map(|it| it.info));
        put.execute(params![experiment, trace, now.0, has_new_spans, spans, info])?;
    }
    changes.clear();
    Ok(())
}

/// Whether the trace changed since it was archived.
pub(crate) fn has(
    db: &Connection,
    experiment: ExperimentId,
    trace: &TraceId,
) -> Result<bool, EngineError> {
    let mut select = db
        .prepare_cached("select 1 from archive_queue where experiment_id = ?1 and trace_id = ?2")?;
    Ok(select.exists(params![experiment.0, trace.as_str()])?)
}

/// Traces that the archive must have: they are neither queued, nor stored before and about to be.
pub(crate) fn unqueued(
    db: &Connection,
    after: Option<&TraceId>,
    traces_max: usize,
) -> Result<Vec<(ExperimentId, TraceId)>, EngineError> {
    let until = settings::get(db, QUEUED_UNTIL)?.and_then(|value| value.try_into().ok());
    let first = until.map_or(i64::MIN, i64::from_be_bytes);
    let mut select = db.prepare_cached(
        "select t.experiment_id, t.trace_id from traces t
         where ?1 < t.trace_id and ?2 <= t.id
             and exists (select 1 from archived_experiments e
                 where e.experiment_id = t.experiment_id)
             and not exists (select 1 from archive_queue q
                 where q.experiment_id = t.experiment_id and q.trace_id = t.trace_id)
         order by t.trace_id limit ?3",
    )?;
    let after = after.map_or("", TraceId::as_str);
    let mut rows = select.query(params![after, first, traces_max as i64])?;
    let mut traces = Vec::new();
    while let Some(row) = rows.next()? {
        if let Ok(trace) = TraceId::try_from(row.get::<_, String>(1)?) {
            traces.push((ExperimentId(row.get(0)?), trace));
        }
    }
    Ok(traces)
}

pub(crate) fn forget(
    db: &Connection,
    experiment: ExperimentId,
    trace: &TraceId,
) -> Result<(), EngineError> {
    db.prepare_cached("delete from archive_queue where experiment_id = ?1 and trace_id = ?2")?
        .execute(params![experiment.0, trace.as_str()])?;
    Ok(())
}

/// The batches that archived a stored trace last, for its present experiment.
pub(crate) fn archived_in(
    db: &Connection,
    experiment: ExperimentId,
    trace: i64,
) -> Result<Option<ArchivedIn>, EngineError> {
    let mut select = db.prepare_cached(
        "select spans_batch, info_batch from archived_traces
         where trace = ?1 and experiment_id = ?2",
    )?;
    let batches = |row: &Row<'_>| Ok(ArchivedIn { spans: row.get(0)?, info: row.get(1)? });
    Ok(select.query_row([trace, experiment.0], batches).optional()?)
}

pub(crate) fn backlogs(db: &Connection) -> Result<Vec<ArchiveBacklog>, EngineError> {
    let mut select = db.prepare_cached(
        "select experiment_id, count(*), min(changed_ms) from archive_queue group by experiment_id",
    )?;
    let rows = select.query_map([], |row| {
        let (experiment, oldest) = (ExperimentId(row.get(0)?), TimestampMs(row.get(2)?));
        Ok(ArchiveBacklog { experiment, traces: count(row, 1)?, oldest_change: oldest })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The prefix of the names of an experiment's tables.
pub(crate) fn prefix(
    db: &Connection,
    experiment: ExperimentId,
    wanted: &str,
) -> Result<String, EngineError> {
    let mut select =
        db.prepare_cached("select prefix from archived_experiments where experiment_id = ?1")?;
    if let Some(prefix) = select.query_row([experiment.0], |row| row.get(0)).optional()? {
        return Ok(prefix);
    }
    let mut owner =
        db.prepare_cached("select experiment_id from archived_experiments where prefix = ?1")?;
    let owner: Option<i64> = owner.query_row([wanted], |row| row.get(0)).optional()?;
    if let Some(owner) = owner {
        return Err(StoreError::Invalid(format!(
            "the prefix `{wanted}` is that of the archive's tables of experiment `{owner}`; choose another"
        ))
        .into());
    }
    db.prepare_cached(
        "insert into archived_experiments (experiment_id, prefix, last_batch) values (?1, ?2, 0)",
    )?
    .execute(params![experiment.0, wanted])?;
    Ok(wanted.to_owned())
}
