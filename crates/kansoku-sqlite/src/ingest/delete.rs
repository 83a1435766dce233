//! Deletes traces with all rows that refer to them.
use kansoku_model::{ExperimentId, TraceId};
use rusqlite::{OptionalExtension, params};

use crate::archive::{expired, queue};
use crate::engine::tx::{Changed, Tx};
use crate::error::EngineError;
use crate::index::terms;
use crate::ingest::ledger::Count;
use crate::ingest::rows;
use crate::ingest::tags_and_metadata;
use kansoku_store::core::terms::{Position, of_trace};
use kansoku_store::{Deletion, Unarchived};

const TABLES: [&str; 13] = [
    "delete from spans where trace = ?1",
    "delete from span_chunks where trace = ?1",
    "delete from trace_tags where trace = ?1",
    "delete from trace_metadata where trace = ?1",
    "delete from trace_runs where trace = ?1",
    "delete from trace_prompts where trace = ?1",
    "delete from assessments where trace = ?1",
    "delete from review_queue_items where trace = ?1",
    "delete from span_previews where trace = ?1",
    "delete from unsealed where trace = ?1",
    "delete from archived_traces where trace = ?1",
    "delete from scoring_failures where trace_id = (select trace_id from traces where id = ?1)",
    "delete from traces where id = ?1",
];

pub(crate) fn delete(
    db: &Tx<'_>,
    experiment: ExperimentId,
    which: Deletion,
) -> Result<Vec<TraceId>, EngineError> {
    let expires = match &which {
        Deletion::Expired { unarchived, .. } => Some(*unarchived),
        Deletion::Ids(_) | Deletion::UntilTime { .. } => None,
    };
    let condemned = match which {
        Deletion::Ids(ids) | Deletion::Expired { ids, .. } => ids,
        Deletion::UntilTime { until, max_traces } => {
            let limit = max_traces.and_then(|n| i64::try_from(n).ok()).unwrap_or(-1);
            let mut select = db.prepare_cached(
                "select trace_id from traces where experiment_id = ?1 and request_time_ms <= ?2
                 order by request_time_ms, trace_id limit ?3",
            )?;
            let rows = select
                .query_map(params![experiment.0, until.0, limit], |row| row.get::<_, String>(0))?;
            let ids = rows.collect::<Result<Vec<_>, _>>()?;
            ids.into_iter().filter_map(|id| TraceId::try_from(id).ok()).collect()
        }
    };
    let mut deleted = Vec::new();
    for trace in condemned {
        if delete_one(db, experiment, &trace, expires)? {
            deleted.push(trace);
        }
    }
    Ok(deleted)
}

fn delete_one(
    db: &Tx<'_>,
    experiment: ExperimentId,
    trace: &TraceId,
    expires: Option<Unarchived>,
) -> Result<bool, EngineError> {
    if expires == Some(Unarchived::Stay) && queue::has(db, experiment, trace)? {
        return Ok(false);
    }
    let here: Option<i64> = db
        .prepare_cached("select id from traces where trace_id = ?1 and experiment_id = ?2")?
        .query_row(params![trace.as_str(), experiment.0], |row| row.get(0))
        .optional()?;
    let Some(id) = here else { return Ok(false) };
    let Some((_, record)) = rows::load(db, trace.as_str())? else { return Ok(false) };
    let tags_and_metadata = tags_and_metadata::load(db, id)?;
    let at = Position::from_row(&record);
    terms::delete(db, id, at, &of_trace(&record, &tags_and_metadata));
    terms::delete(db, id, at, &terms::of_rows(db, id)?);
    db.count(Count::Deleted { spans: record.span_count });
    let archived_in = queue::archived_in(db, experiment, id)?;
    if let Some(unarchived) = expires {
        queue::forget(db, experiment, trace)?;
        db.changed(experiment, trace, Changed::Expired);
        if archived_in.is_some() && unarchived == Unarchived::Stay {
            expired::put(db, experiment, trace, record.request_time)?;
        }
    } else {
        db.changed(experiment, trace, Changed::Deleted { archived_in });
    }
    for table in TABLES {
        db.prepare_cached(table)?.execute([id])?;
    }
    Ok(true)
}
