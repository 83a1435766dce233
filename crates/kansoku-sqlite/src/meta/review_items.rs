//! The traces in review queues.
use std::collections::BTreeMap;

use kansoku_model::{
    ExperimentId, ReviewItem, ReviewQueue, ReviewQueueId, ReviewStatus, TimestampMs, TraceId,
};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::engine::statement::Statement;
use crate::error::EngineError;
use kansoku_store::core::review_queues;
use kansoku_store::{ReviewItemQuery, ReviewProgress, StoreError};

const COLUMNS: &str = "i.queue_id, t.trace_id, i.status, i.completed_by, i.completed_ms,
    i.created_ms, i.last_update_ms";

pub(super) fn add(
    db: &Connection,
    queue: &ReviewQueue,
    traces: &[TraceId],
    now: TimestampMs,
) -> Result<(), EngineError> {
    let id = queue.queue_id.as_str();
    for trace in traces {
        let row: Option<i64> = db
            .prepare_cached("select id from traces where trace_id = ?1 and experiment_id = ?2")?
            .query_row(params![trace.as_str(), queue.experiment.0], |row| row.get(0))
            .optional()?;
        let row = row.ok_or_else(|| StoreError::TraceNotFound(trace.clone()))?;
        db.prepare_cached(
            "insert or ignore into review_queue_items (queue_id, trace, status, created_ms,
                 last_update_ms)
             values (?1, ?2, ?3, ?4, ?4)",
        )?
        .execute(params![id, row, ReviewStatus::Pending.as_str(), now.0])?;
    }
    let count: i64 = db
        .prepare_cached("select count(*) from review_queue_items where queue_id = ?1")?
        .query_row([id], |row| row.get(0))?;
    if ReviewQueue::ITEMS_MAX < count.cast_unsigned() {
        return Err(StoreError::Invalid(format!(
            "a review queue has {} items at most",
            ReviewQueue::ITEMS_MAX
        ))
        .into());
    }
    Ok(())
}

pub(super) fn remove(
    db: &Connection,
    queue: &ReviewQueue,
    traces: &[TraceId],
) -> Result<(), EngineError> {
    for trace in traces {
        db.prepare_cached(
            "delete from review_queue_items
             where queue_id = ?1 and trace = (select id from traces where trace_id = ?2)",
        )?
        .execute(params![queue.queue_id.as_str(), trace.as_str()])?;
    }
    Ok(())
}

pub(super) fn set_status(
    db: &Connection,
    queue: &ReviewQueueId,
    trace: &TraceId,
    status: ReviewStatus,
    completed_by: Option<String>,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let sql = format!(
        "select {COLUMNS} from review_queue_items i join traces t on t.id = i.trace
         where i.queue_id = ?1 and t.trace_id = ?2"
    );
    let found = db
        .prepare_cached(&sql)?
        .query_row(params![queue.as_str(), trace.as_str()], from_row)
        .optional()?;
    let missing = || StoreError::ReviewItemNotFound { queue: queue.clone(), trace: trace.clone() };
    let mut item = found.ok_or_else(missing)?;
    review_queues::set_status(&mut item, status, completed_by, now);
    db.prepare_cached(
        "update review_queue_items set status = ?3, completed_by = ?4, completed_ms = ?5,
             last_update_ms = ?6
         where queue_id = ?1 and trace = (select id from traces where trace_id = ?2)",
    )?
    .execute(params![
        queue.as_str(),
        trace.as_str(),
        item.status.as_str(),
        item.completed_by,
        item.completed.map(|time| time.0),
        item.last_update.0,
    ])?;
    Ok(())
}

pub(super) fn list(
    db: &Connection,
    query: &ReviewItemQuery,
) -> Result<(Vec<ReviewItem>, bool), EngineError> {
    let mut sql = Statement::default();
    sql.push(&format!(
        "select {COLUMNS} from review_queue_items i join traces t on t.id = i.trace"
    ));
    sql.push_with(" where i.queue_id = ", query.queue.0.clone());
    if let Some(status) = query.status {
        sql.push_with(" and i.status = ", status.as_str().to_owned());
    }
    if let Some(traces) = &query.traces {
        sql.push(" and t.trace_id in (");
        sql.push_list(traces.iter().map(|trace| Value::from(trace.as_str().to_owned())));
        sql.push(")");
    }
    sql.push(" order by i.created_ms desc, t.trace_id");
    Ok(sql.page(db, query.offset, query.max_results, from_row)?)
}

/// Items by queue, status and reviewer, counted.
pub(super) fn progress(
    db: &Connection,
    experiment: ExperimentId,
) -> Result<BTreeMap<ReviewQueueId, ReviewProgress>, EngineError> {
    let mut select = db.prepare_cached(
        "select i.queue_id, i.status, i.completed_by, count(*)
         from review_queues q join review_queue_items i on i.queue_id = q.queue_id
         where q.experiment_id = ?1
         group by i.queue_id, i.status, i.completed_by",
    )?;
    let mut rows = select.query([experiment.0])?;
    let mut progress: BTreeMap<ReviewQueueId, ReviewProgress> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let of_queue = progress.entry(ReviewQueueId(row.get(0)?)).or_default();
        of_queue.add(status_in(row, 1)?, row.get(2)?, row.get::<_, i64>(3)?.cast_unsigned());
    }
    Ok(progress)
}

fn status_in(row: &Row<'_>, column: usize) -> Result<ReviewStatus, rusqlite::Error> {
    let status = ReviewStatus::from_text(row.get_ref(column)?.as_str()?);
    Ok(status.unwrap_or(ReviewStatus::Pending))
}

fn from_row(row: &Row<'_>) -> Result<ReviewItem, rusqlite::Error> {
    let trace: String = row.get(1)?;
    let trace = TraceId::try_from(trace)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    Ok(ReviewItem {
        queue_id: ReviewQueueId(row.get(0)?),
        trace,
        status: status_in(row, 2)?,
        completed_by: row.get(3)?,
        completed: row.get::<_, Option<i64>>(4)?.map(TimestampMs),
        created: TimestampMs(row.get(5)?),
        last_update: TimestampMs(row.get(6)?),
    })
}
