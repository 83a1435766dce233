//! Runs with their metrics, params, tags, inputs and outputs.
mod datasets;
mod metrics;
mod search;

use async_trait::async_trait;
use kansoku_model::{
    DatasetInput, DatasetSummary, ExperimentId, KeyValue, LifecycleStage, Metric, ModelId,
    ModelOutput, Run, RunId, RunInfo, RunStatus, TimestampMs,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use crate::SqliteStore;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::meta::experiments::key_value;
use kansoku_store::core::runs::{self, RUN_NAME_TAG};
use kansoku_store::{
    MetricHistory, MetricSample, RunEdit, RunSearch, RunStore, RunUpdate, StoreError,
};

#[async_trait]
impl RunStore for SqliteStore {
    async fn create_run(&self, info: RunInfo, tags: Vec<KeyValue>) -> Result<Run, StoreError> {
        self.write("create a run", move |db| create(db, &info, &tags)).await
    }

    async fn run(&self, id: &RunId) -> Result<Run, StoreError> {
        let id = id.clone();
        self.look_up("read a run", move |db| get(db, &id)).await
    }

    async fn search_runs(&self, search: RunSearch) -> Result<(Vec<Run>, bool), StoreError> {
        let find = move |db: &_| search::search(db, &search);
        self.read_many("search runs", self.options.read_deadline, find).await
    }

    async fn edit_run(&self, id: &RunId, edit: RunEdit) -> Result<(), StoreError> {
        let id = id.clone();
        match edit {
            RunEdit::Update(update) => {
                let update = move |db: &Tx<'_>| self::update(db, &id, &update);
                self.write("update a run", update).await
            }
            RunEdit::SetStage(stage) => {
                let set = move |db: &Tx<'_>| set_stage(db, &id, stage);
                self.write("change a run's stage", set).await
            }
            RunEdit::Log { metrics, params, tags } => {
                let log = move |db: &Tx<'_>| log_batch(db, &id, &metrics, &params, &tags);
                self.write("log to a run", log).await
            }
            RunEdit::DeleteTag { key } => {
                let delete = move |db: &Tx<'_>| delete_tag(db, &id, &key);
                self.write("delete a run's tag", delete).await
            }
            RunEdit::LogInputs { datasets, model_inputs, model_outputs } => {
                let log =
                    move |db: &Tx<'_>| log_inputs(db, &id, &datasets, model_inputs, model_outputs);
                self.write("log inputs of a run", log).await
            }
            RunEdit::AddModelRecord(record) => {
                let add = move |db: &Tx<'_>| add_model_record(db, &id, record);
                self.write("log a model of a run", add).await
            }
        }
    }

    async fn metric_history(
        &self,
        query: MetricHistory,
    ) -> Result<(Vec<Metric>, bool), StoreError> {
        self.read("read a metric", move |db| metrics::history(db, &query)).await
    }

    async fn metric_sample(&self, query: MetricSample) -> Result<Vec<Metric>, StoreError> {
        self.read("sample a metric", move |db| metrics::sample(db, &query)).await
    }

    async fn dataset_summaries(
        &self,
        experiments: &[ExperimentId],
    ) -> Result<Vec<DatasetSummary>, StoreError> {
        let experiments = experiments.to_vec();
        self.read("list datasets", move |db| datasets::summaries(db, &experiments)).await
    }
}

const COLUMNS: &str = "r.run_id, r.experiment_id, r.run_name, r.user_id, r.status,
    r.start_time_ms, r.end_time_ms, r.lifecycle_stage, r.model_inputs, r.model_outputs";

pub(crate) fn create(
    db: &Connection,
    info: &RunInfo,
    tags: &[KeyValue],
) -> Result<Run, EngineError> {
    crate::ingest::traces::require_active(db, info.experiment_id)?;
    db.prepare_cached(
        "insert into runs (run_id, experiment_id, run_name, user_id, status, start_time_ms,
             end_time_ms, lifecycle_stage)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        info.run_id.as_str(),
        info.experiment_id.0,
        info.run_name,
        info.user_id,
        info.status.as_str(),
        info.start_time.map(|time| time.0),
        info.end_time.map(|time| time.0),
        info.lifecycle_stage.as_str(),
    ])?;
    put_tags(db, &info.run_id, tags)?;
    get(db, &info.run_id)
}

pub(crate) fn get(db: &Connection, id: &RunId) -> Result<Run, EngineError> {
    let sql = format!("select {COLUMNS} from runs r where r.run_id = ?1");
    let found = db.prepare_cached(&sql)?.query_row([id.as_str()], from_row).optional()?;
    with_data(db, found.ok_or_else(|| StoreError::RunNotFound(id.clone()))?)
}

pub(crate) fn update(db: &Connection, id: &RunId, update: &RunUpdate) -> Result<(), EngineError> {
    require_active(db, id)?;
    db.prepare_cached(
        "update runs set status = coalesce(?2, status), end_time_ms = coalesce(?3, end_time_ms),
             run_name = coalesce(?4, run_name)
         where run_id = ?1",
    )?
    .execute(params![
        id.as_str(),
        update.status.map(RunStatus::as_str),
        update.end_time.map(|time| time.0),
        update.run_name,
    ])?;
    if let Some(name) = &update.run_name {
        let tag = KeyValue { key: RUN_NAME_TAG.to_owned(), value: name.clone() };
        put_tags(db, id, &[tag])?;
    }
    Ok(())
}

pub(crate) fn set_stage(
    db: &Connection,
    id: &RunId,
    stage: LifecycleStage,
) -> Result<(), EngineError> {
    let changed = db
        .prepare_cached("update runs set lifecycle_stage = ?2 where run_id = ?1")?
        .execute(params![id.as_str(), stage.as_str()])?;
    if changed == 1 { Ok(()) } else { Err(StoreError::RunNotFound(id.clone()).into()) }
}

pub(crate) fn log_batch(
    db: &Connection,
    id: &RunId,
    logged: &[Metric],
    params: &[KeyValue],
    tags: &[KeyValue],
) -> Result<(), EngineError> {
    require_active(db, id)?;
    for param in params {
        log_param(db, id, param)?;
    }
    for metric in logged {
        metrics::log(db, id, metric)?;
    }
    put_tags(db, id, tags)
}

fn log_param(db: &Connection, id: &RunId, param: &KeyValue) -> Result<(), EngineError> {
    let KeyValue { key, value } = param;
    let old: Option<String> = db
        .prepare_cached("select value from run_params where run_id = ?1 and key = ?2")?
        .query_row(params![id.as_str(), key], |row| row.get(0))
        .optional()?;
    match old {
        Some(old) if old != *value => {
            let (key, new) = (key.clone(), value.clone());
            Err(StoreError::ParamChanged { run: id.clone(), key, old, new }.into())
        }
        Some(_) => Ok(()),
        None => {
            db.prepare_cached(
                "insert into run_params (run_id, key, value, experiment_id, start_time_ms)
                 select run_id, ?2, ?3, experiment_id, start_time_ms from runs where run_id = ?1",
            )?
            .execute(params![id.as_str(), key, value])?;
            Ok(())
        }
    }
}

fn put_tags(db: &Connection, id: &RunId, tags: &[KeyValue]) -> Result<(), EngineError> {
    for KeyValue { key, value } in tags {
        db.prepare_cached(
            "insert or replace into run_tags (run_id, key, value, experiment_id, start_time_ms)
             select run_id, ?2, ?3, experiment_id, start_time_ms from runs where run_id = ?1",
        )?
        .execute(params![id.as_str(), key, value])?;
        if key == RUN_NAME_TAG {
            db.prepare_cached("update runs set run_name = ?2 where run_id = ?1")?
                .execute(params![id.as_str(), value])?;
        }
    }
    Ok(())
}

pub(crate) fn delete_tag(db: &Connection, id: &RunId, key: &str) -> Result<(), EngineError> {
    require_active(db, id)?;
    let gone = db
        .prepare_cached("delete from run_tags where run_id = ?1 and key = ?2")?
        .execute(params![id.as_str(), key])?;
    if gone == 1 {
        return Ok(());
    }
    Err(StoreError::RunTagNotFound { run: id.clone(), key: key.to_owned() }.into())
}

fn log_inputs(
    db: &Connection,
    id: &RunId,
    inputs: &[DatasetInput],
    model_inputs: Vec<ModelId>,
    model_outputs: Vec<ModelOutput>,
) -> Result<(), EngineError> {
    let mut run = require_active(db, id)?;
    for input in inputs {
        datasets::add(db, &run.info, input)?;
    }
    runs::add(&mut run.model_inputs, model_inputs);
    runs::add(&mut run.model_outputs, model_outputs);
    let inputs: Vec<_> =
        run.model_inputs.iter().map(|model_id| json!({ "model_id": model_id })).collect();
    let output = |it: &ModelOutput| json!({ "model_id": it.model_id, "step": it.step });
    let outputs: Vec<_> = run.model_outputs.iter().map(output).collect();
    db.prepare_cached("update runs set model_inputs = ?2, model_outputs = ?3 where run_id = ?1")?
        .execute(params![
        id.as_str(),
        Value::from(inputs).to_string(),
        Value::from(outputs).to_string()
    ])?;
    Ok(())
}

fn add_model_record(db: &Connection, id: &RunId, record: Value) -> Result<(), EngineError> {
    let run = require_active(db, id)?;
    put_tags(db, id, &[runs::with_model_record(&run.tags, record)?])
}

fn require_active(db: &Connection, id: &RunId) -> Result<Run, EngineError> {
    let run = get(db, id)?;
    match run.info.lifecycle_stage {
        LifecycleStage::Active => Ok(run),
        LifecycleStage::Deleted => Err(StoreError::RunDeleted(id.clone()).into()),
    }
}

fn with_data(db: &Connection, mut run: Run) -> Result<Run, EngineError> {
    let id = run.info.run_id.as_str();
    let mut tags = db.prepare_cached("select key, value from run_tags where run_id = ?1")?;
    run.tags = tags.query_map([id], key_value)?.collect::<Result<_, _>>()?;
    let mut params = db.prepare_cached("select key, value from run_params where run_id = ?1")?;
    run.params = params.query_map([id], key_value)?.collect::<Result<_, _>>()?;
    run.metrics = metrics::latest(db, &run.info.run_id)?;
    run.dataset_inputs = datasets::of_run(db, &run.info.run_id)?;
    Ok(run)
}

fn from_row(row: &Row<'_>) -> Result<Run, rusqlite::Error> {
    let models = |at| -> Result<Vec<ModelOutput>, rusqlite::Error> {
        let list: Vec<Value> = serde_json::from_str(row.get_ref(at)?.as_str()?).unwrap_or_default();
        let model = |it: &Value| {
            let model_id = ModelId(it.get("model_id")?.as_str()?.to_owned());
            Some(ModelOutput {
                model_id,
                step: it.get("step").and_then(Value::as_i64).unwrap_or(0),
            })
        };
        Ok(list.iter().filter_map(model).collect())
    };
    Ok(Run {
        info: RunInfo {
            run_id: RunId(row.get(0)?),
            experiment_id: ExperimentId(row.get(1)?),
            run_name: row.get(2)?,
            user_id: row.get(3)?,
            status: RunStatus::from_text(row.get_ref(4)?.as_str()?).unwrap_or(RunStatus::Running),
            start_time: row.get::<_, Option<i64>>(5)?.map(TimestampMs),
            end_time: row.get::<_, Option<i64>>(6)?.map(TimestampMs),
            lifecycle_stage: LifecycleStage::from_text(row.get_ref(7)?.as_str()?),
        },
        metrics: Vec::new(),
        params: Vec::new(),
        tags: Vec::new(),
        dataset_inputs: Vec::new(),
        model_inputs: models(8)?.into_iter().map(|model| model.model_id).collect(),
        model_outputs: models(9)?,
    })
}
