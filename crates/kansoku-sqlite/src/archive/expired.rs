//! Traces that are only in the archive.
use std::collections::HashMap;

use kansoku_model::{ExperimentId, TimestampMs, TraceId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::engine::tx::{Changed, Tx};
use crate::error::EngineError;
use crate::maintenance::count;
use kansoku_store::{ArchivedIn, trace_hash};

/// A trace is no longer stored here, and stays in the archive.
pub(crate) fn put(
    tx: &Tx<'_>,
    experiment: ExperimentId,
    trace: &TraceId,
    time: TimestampMs,
) -> Result<(), EngineError> {
    tx.prepare_cached(
        "insert or replace into expired_traces (hash, experiment_id) values (?1, ?2)",
    )?
    .execute([key(trace), experiment.0])?;
    tx.prepare_cached(
        "update archived_experiments set floor_ms = max(coalesce(floor_ms, ?2), ?2)
         where experiment_id = ?1",
    )?
    .execute([experiment.0, time.0])?;
    Ok(())
}

pub(super) fn floors(db: &Connection) -> Result<HashMap<ExperimentId, TimestampMs>, EngineError> {
    let mut select = db.prepare_cached(
        "select experiment_id, floor_ms from archived_experiments where floor_ms is not null",
    )?;
    let rows =
        select.query_map([], |row| Ok((ExperimentId(row.get(0)?), TimestampMs(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn among(
    db: &Connection,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, ExperimentId>, EngineError> {
    let mut found = HashMap::new();
    let mut select =
        db.prepare_cached("select experiment_id from expired_traces where hash = ?1")?;
    for trace in traces {
        let experiment = select.query_row([key(trace)], |row| row.get(0)).optional()?;
        found.extend(experiment.map(|experiment| (trace.clone(), ExperimentId(experiment))));
    }
    Ok(found)
}

pub(super) fn count_in(db: &Connection, experiment: ExperimentId) -> Result<u64, EngineError> {
    let mut select =
        db.prepare_cached("select count(*) from expired_traces where experiment_id = ?1")?;
    Ok(select.query_row([experiment.0], |row| count(row, 0))?)
}

pub(super) fn delete(
    tx: &Tx<'_>,
    experiment: ExperimentId,
    traces: Vec<(TraceId, ArchivedIn)>,
) -> Result<Vec<TraceId>, EngineError> {
    let mut delete =
        tx.prepare_cached("delete from expired_traces where hash = ?1 and experiment_id = ?2")?;
    let mut deleted = Vec::new();
    for (trace, archived_in) in traces {
        if delete.execute([key(&trace), experiment.0])? == 1 {
            let archived_in = Some(archived_in);
            tx.changed(experiment, &trace, Changed::Deleted { archived_in });
            deleted.push(trace);
        }
    }
    Ok(deleted)
}

/// Whether the trace is being stored again, with everything that the archive has of it.
pub(crate) fn is_restoring(tx: &Tx<'_>, trace: &TraceId) -> Result<bool, EngineError> {
    if !tx.is_archiving() {
        return Ok(false);
    }
    let mut select = tx.prepare_cached("select 1 from archive_restores where trace_id = ?1")?;
    Ok(select.exists([trace.as_str()])?)
}

pub(super) fn begin_restore(
    tx: &Tx<'_>,
    experiment: ExperimentId,
    trace: &TraceId,
) -> Result<(), EngineError> {
    tx.prepare_cached(
        "insert or replace into archive_restores (trace_id, experiment_id) values (?1, ?2)",
    )?
    .execute(params![trace.as_str(), experiment.0])?;
    Ok(())
}

pub(super) fn finish_restore(
    tx: &Tx<'_>,
    experiment: ExperimentId,
    trace: &TraceId,
    archived_in: ArchivedIn,
) -> Result<(), EngineError> {
    tx.prepare_cached(
        "insert or replace into archived_traces (trace, experiment_id, spans_batch, info_batch)
         select id, experiment_id, ?3, ?4 from traces where trace_id = ?1 and experiment_id = ?2",
    )?
    .execute(params![trace.as_str(), experiment.0, archived_in.spans, archived_in.info])?;
    tx.prepare_cached("delete from expired_traces where hash = ?1")?.execute([key(trace)])?;
    tx.prepare_cached("delete from archive_restores where trace_id = ?1")?
        .execute([trace.as_str()])?;
    Ok(())
}

pub(super) fn open_restores(db: &Connection) -> Result<Vec<(TraceId, ExperimentId)>, EngineError> {
    let mut select = db.prepare_cached("select trace_id, experiment_id from archive_restores")?;
    let rows = select
        .query_map([], |row| Ok((row.get::<_, String>(0)?, ExperimentId(row.get(1)?))))?
        .collect::<Result<Vec<_>, _>>()?;
    let restores = rows.into_iter();
    Ok(restores.filter_map(|(trace, of)| Some((TraceId::try_from(trace).ok()?, of))).collect())
}

fn key(trace: &TraceId) -> i64 {
    trace_hash(trace).cast_signed()
}
