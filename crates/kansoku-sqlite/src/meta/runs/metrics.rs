//! Values of metrics. NaN is stored as NULL.
use kansoku_model::{Metric, MetricSubject, ModelId, RunId, TimestampMs};
use rusqlite::{Connection, Row, params};

use crate::error::EngineError;
use crate::meta::logged_models;
use kansoku_store::core::runs::sampled_points;
use kansoku_store::{MetricHistory, MetricSample};

const COLUMNS: &str = "key, value, timestamp_ms, step, model_id, dataset_name, dataset_digest";

/// A trigger keeps the latest value of each metric.
pub(super) fn log(db: &Connection, run: &RunId, metric: &Metric) -> Result<(), EngineError> {
    logged_models::add_metric(db, run, metric)?;
    let MetricSubject { model_id, dataset_name, dataset_digest } = &metric.subject;
    // NULLs are not equal to the constraint of the table.
    db.prepare_cached(
        "insert into run_metrics (run_id, key, timestamp_ms, step, value, model_id, dataset_name,
             dataset_digest)
         select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 where not exists (
             select 1 from run_metrics
             where run_id = ?1 and key = ?2 and step = ?4 and timestamp_ms = ?3 and value is ?5)",
    )?
    .execute(params![
        run.as_str(),
        metric.key,
        metric.timestamp.0,
        metric.step,
        metric.value,
        model_id.as_ref().map(ModelId::as_str),
        dataset_name,
        dataset_digest,
    ])?;
    Ok(())
}

/// The latest value of each metric of a run.
pub(super) fn latest(db: &Connection, run: &RunId) -> Result<Vec<Metric>, EngineError> {
    let sql = format!("select {COLUMNS} from run_latest_metrics where run_id = ?1 order by key");
    let mut select = db.prepare_cached(&sql)?;
    let rows = select.query_map([run.as_str()], metric)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn history(
    db: &Connection,
    query: &MetricHistory,
) -> Result<(Vec<Metric>, bool), EngineError> {
    let sql = format!(
        "select {COLUMNS} from run_metrics where run_id = ?1 and key = ?2
         order by timestamp_ms, step, value limit ?3 offset ?4"
    );
    let mut select = db.prepare_cached(&sql)?;
    let limit = query.max_results.saturating_add(1) as i64;
    let offset = query.offset as i64;
    let rows = select.query_map(params![query.run.as_str(), query.key, limit, offset], metric)?;
    let mut found = rows.collect::<Result<Vec<_>, _>>()?;
    let more = query.max_results < found.len();
    found.truncate(query.max_results);
    Ok((found, more))
}

pub(super) fn sample(db: &Connection, query: &MetricSample) -> Result<Vec<Metric>, EngineError> {
    let (first, last) = match &query.steps {
        Some(steps) => (*steps.start(), *steps.end()),
        None => (i64::MIN, i64::MAX),
    };
    let of_metric = "from run_metrics where run_id = ?1 and key = ?2 and step between ?3 and ?4";
    let bound = params![query.run.as_str(), query.key, first, last];
    let count: i64 = db
        .prepare_cached(&format!("select count(*) {of_metric}"))?
        .query_row(bound, |row| row.get(0))?;
    let wanted = sampled_points(usize::try_from(count).unwrap_or_default(), query.points_max);
    let sql = format!("select {COLUMNS} {of_metric} order by step, timestamp_ms, value");
    let mut select = db.prepare_cached(&sql)?;
    let (mut rows, mut at) = (select.query(bound)?, 0);
    let mut sample = Vec::with_capacity(wanted.len());
    for next in wanted {
        while at < next {
            rows.next()?;
            at += 1;
        }
        let Some(row) = rows.next()? else { break };
        sample.push(metric(row)?);
        at += 1;
    }
    Ok(sample)
}

fn metric(row: &Row<'_>) -> Result<Metric, rusqlite::Error> {
    Ok(Metric {
        key: row.get(0)?,
        value: row.get::<_, Option<f64>>(1)?.unwrap_or(f64::NAN),
        timestamp: TimestampMs(row.get(2)?),
        step: row.get(3)?,
        subject: MetricSubject {
            model_id: row.get::<_, Option<String>>(4)?.map(ModelId),
            dataset_name: row.get(5)?,
            dataset_digest: row.get(6)?,
        },
    })
}
