//! Logged models with their params, tags and metrics.
use async_trait::async_trait;
use kansoku_filter::sql::sqlite;
use kansoku_model::{
    ExperimentId, KeyValue, LifecycleStage, LoggedModel, LoggedModelInfo, LoggedModelStatus,
    Metric, MetricSubject, ModelId, ModelMetric, RunId, TimestampMs,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::SqliteStore;
use crate::engine::statement::Statement;
use crate::error::EngineError;
use crate::meta::experiments::key_value;
use kansoku_store::core::{list_bounds::ListRoom, logged_models};
use kansoku_store::{LoggedModelEdit, LoggedModelSearch, LoggedModelStore, StoreError};

#[async_trait]
impl LoggedModelStore for SqliteStore {
    async fn create_logged_model(
        &self,
        info: LoggedModelInfo,
        params: Vec<KeyValue>,
        tags: Vec<KeyValue>,
    ) -> Result<LoggedModel, StoreError> {
        self.write("create a logged model", move |db| create(db, &info, &params, &tags)).await
    }

    async fn logged_model(&self, id: &ModelId) -> Result<LoggedModel, StoreError> {
        let id = id.clone();
        self.look_up("read a logged model", move |db| get(db, &id)).await
    }

    async fn search_logged_models(
        &self,
        search: LoggedModelSearch,
    ) -> Result<(Vec<LoggedModel>, bool), StoreError> {
        let find = move |db: &_| self::search(db, &search);
        self.read_many("search logged models", self.options.read_deadline, find).await
    }

    async fn edit_logged_model(
        &self,
        id: &ModelId,
        edit: LoggedModelEdit,
    ) -> Result<(), StoreError> {
        let (id, now) = (id.clone(), self.options.clock.now());
        self.write("change a logged model", move |db| self::edit(db, &id, edit, now)).await
    }
}

const COLUMNS: &str =
    "l.model_id, l.experiment_id, l.name, l.model_type, l.source_run_id, l.status,
    l.creation_time_ms, l.last_update_time_ms, l.lifecycle_stage";

fn create(
    db: &Connection,
    info: &LoggedModelInfo,
    params: &[KeyValue],
    tags: &[KeyValue],
) -> Result<LoggedModel, EngineError> {
    crate::ingest::traces::require_active(db, info.experiment_id)?;
    db.prepare_cached("insert into logged_models values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
        .execute(params![
            info.model_id.as_str(),
            info.experiment_id.0,
            info.name,
            info.model_type,
            info.source_run_id,
            info.status.as_str(),
            info.creation_time.0,
            info.last_update_time.0,
            info.lifecycle_stage.as_str(),
        ])?;
    put(db, "logged_model_params", &info.model_id, params)?;
    put(db, "logged_model_tags", &info.model_id, tags)?;
    get(db, &info.model_id)
}

pub(crate) fn get(db: &Connection, id: &ModelId) -> Result<LoggedModel, EngineError> {
    let sql = format!("select {COLUMNS} from logged_models l where l.model_id = ?1");
    let found = db.prepare_cached(&sql)?.query_row([id.as_str()], from_row).optional()?;
    with_data(db, found.ok_or_else(|| StoreError::LoggedModelNotFound(id.clone()))?)
}

fn search(
    db: &Connection,
    search: &LoggedModelSearch,
) -> Result<(Vec<LoggedModel>, bool), EngineError> {
    let mut sql = Statement::default();
    sql.push(&format!("select {COLUMNS} from logged_models l where l.experiment_id in ("));
    sql.push_list(search.experiments.iter().map(|id| id.0.into()));
    sql.push(") and l.lifecycle_stage = 'active' and ");
    sql.push_sql(sqlite::logged_model_condition(&search.filter));
    sql.push(" order by ");
    sql.push_sql(sqlite::logged_model_order_by(&search.order_by));
    let (found, more) = sql.page(db, search.offset, search.max_results, from_row)?;
    let (mut models, mut room) = (Vec::new(), ListRoom::default());
    for info in found {
        let model = with_data(db, info)?;
        if !room.take(held_bytes(&model)) {
            return Ok((models, true));
        }
        models.push(model);
    }
    Ok((models, more))
}

/// About how many bytes a model takes in a list.
fn held_bytes(model: &LoggedModel) -> usize {
    const ENTRY_BYTES: usize = 100;
    let texts = model.params.iter().chain(&model.tags).map(|it| it.key.len() + it.value.len());
    let metrics = model.metrics.iter().map(|it| 2 * ENTRY_BYTES + it.metric.key.len());
    texts.chain(metrics).map(|bytes| ENTRY_BYTES + bytes).sum()
}

fn edit(
    db: &Connection,
    id: &ModelId,
    edit: LoggedModelEdit,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let mut model = get(db, id)?;
    let before = model.clone();
    logged_models::edit(&mut model, edit, now)?;
    db.prepare_cached(
        "update logged_models set status = ?2, lifecycle_stage = ?3, last_update_time_ms = ?4
         where model_id = ?1",
    )?
    .execute(params![
        id.as_str(),
        model.info.status.as_str(),
        model.info.lifecycle_stage.as_str(),
        model.info.last_update_time.0,
    ])?;
    put(db, "logged_model_params", id, &new_in(&model.params, &before.params))?;
    put(db, "logged_model_tags", id, &new_in(&model.tags, &before.tags))?;
    for gone in before.tags.iter().filter(|tag| !model.tags.iter().any(|it| it.key == tag.key)) {
        db.prepare_cached("delete from logged_model_tags where model_id = ?1 and key = ?2")?
            .execute(params![id.as_str(), gone.key])?;
    }
    Ok(())
}

fn new_in(after: &[KeyValue], before: &[KeyValue]) -> Vec<KeyValue> {
    after.iter().filter(|entry| !before.contains(entry)).cloned().collect()
}

fn put(
    db: &Connection,
    table: &'static str,
    id: &ModelId,
    entries: &[KeyValue],
) -> Result<(), EngineError> {
    for KeyValue { key, value } in entries {
        db.prepare_cached(&format!("insert or replace into {table} values (?1, ?2, ?3)"))?
            .execute(params![id.as_str(), key, value])?;
    }
    Ok(())
}

/// Adds a metric of a run to the model that it names.
pub(crate) fn add_metric(db: &Connection, run: &RunId, metric: &Metric) -> Result<(), EngineError> {
    let MetricSubject { model_id: Some(model), dataset_name, dataset_digest } = &metric.subject
    else {
        return Ok(());
    };
    let mut known = db.prepare_cached("select 1 from logged_models where model_id = ?1")?;
    if !known.exists([model.as_str()])? {
        return Err(StoreError::MetricModelNotFound(model.clone()).into());
    }
    db.prepare_cached(
        "insert into logged_model_metrics (model_id, key, timestamp_ms, step, run_id, value,
             dataset_name, dataset_digest)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         on conflict (model_id, key, timestamp_ms, step, run_id) do nothing",
    )?
    .execute(params![
        model.as_str(),
        metric.key,
        metric.timestamp.0,
        metric.step,
        run.as_str(),
        metric.value,
        dataset_name,
        dataset_digest,
    ])?;
    Ok(())
}

fn with_data(db: &Connection, info: LoggedModelInfo) -> Result<LoggedModel, EngineError> {
    let id = info.model_id.as_str();
    let entries = |table: &'static str| -> Result<Vec<KeyValue>, rusqlite::Error> {
        let sql = format!("select key, value from {table} where model_id = ?1 order by key");
        let mut select = db.prepare_cached(&sql)?;
        select.query_map([id], key_value)?.collect()
    };
    let (params, tags) = (entries("logged_model_params")?, entries("logged_model_tags")?);
    let mut newest = db.prepare_cached(
        "select key, value, timestamp_ms, step, run_id, dataset_name, dataset_digest
         from logged_model_metrics where model_id = ?1
         order by timestamp_ms desc, step desc, key, run_id limit ?2",
    )?;
    let rows = newest.query_map(params![id, LoggedModel::METRICS_MAX as i64], |row| {
        Ok(ModelMetric {
            run_id: RunId(row.get(4)?),
            metric: Metric {
                key: row.get(0)?,
                value: row.get::<_, Option<f64>>(1)?.unwrap_or(f64::NAN),
                timestamp: TimestampMs(row.get(2)?),
                step: row.get(3)?,
                subject: MetricSubject {
                    model_id: Some(info.model_id.clone()),
                    dataset_name: row.get(5)?,
                    dataset_digest: row.get(6)?,
                },
            },
        })
    })?;
    let metrics = logged_models::newest_metrics(rows.collect::<Result<_, _>>()?);
    Ok(LoggedModel { params, tags, metrics, info })
}

fn from_row(row: &Row<'_>) -> Result<LoggedModelInfo, rusqlite::Error> {
    let status = LoggedModelStatus::from_text(row.get_ref(5)?.as_str()?);
    Ok(LoggedModelInfo {
        model_id: ModelId(row.get(0)?),
        experiment_id: ExperimentId(row.get(1)?),
        name: row.get(2)?,
        model_type: row.get(3)?,
        source_run_id: row.get(4)?,
        status: status.unwrap_or(LoggedModelStatus::Unspecified),
        creation_time: TimestampMs(row.get(6)?),
        last_update_time: TimestampMs(row.get(7)?),
        lifecycle_stage: LifecycleStage::from_text(row.get_ref(8)?.as_str()?),
    })
}
