//! Experiments and their tags.
use async_trait::async_trait;
use kansoku_filter::sql::sqlite;
use kansoku_model::{
    Experiment, ExperimentId, FeedbackSettings, KeyValue, LifecycleStage, TimestampMs, ViewType,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::SqliteStore;
use crate::engine::statement::Statement;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use kansoku_store::core::list_bounds::ListRoom;
use kansoku_store::{ExperimentEdit, ExperimentSearch, ExperimentStore, NewExperiment, StoreError};

#[async_trait]
impl ExperimentStore for SqliteStore {
    async fn create_experiment(&self, new: NewExperiment) -> Result<ExperimentId, StoreError> {
        let (now, root) = (self.options.clock.now(), self.options.artifact_root.clone());
        self.write("create an experiment", move |db| create(db, &new, root.as_deref(), now)).await
    }

    async fn experiment(&self, id: ExperimentId) -> Result<Experiment, StoreError> {
        self.look_up("read an experiment", move |db| get(db, id)).await
    }

    async fn experiment_by_name(&self, name: &str) -> Result<Experiment, StoreError> {
        let name = name.to_owned();
        self.look_up("read an experiment", move |db| by_name(db, &name)).await
    }

    async fn search_experiments(
        &self,
        search: ExperimentSearch,
    ) -> Result<(Vec<Experiment>, bool), StoreError> {
        self.read("search experiments", move |db| self::search(db, &search)).await
    }

    async fn edit_experiment(
        &self,
        id: ExperimentId,
        edit: ExperimentEdit,
    ) -> Result<(), StoreError> {
        use LifecycleStage::{Active, Deleted};
        let now = self.options.clock.now();
        match edit {
            ExperimentEdit::Rename(name) => {
                let rename = move |db: &Tx<'_>| rename(db, id, &name, now);
                self.write("rename an experiment", rename).await
            }
            ExperimentEdit::Delete => {
                let delete = move |db: &Tx<'_>| move_stage(db, id, Active, Deleted, now);
                self.write("delete an experiment", delete).await
            }
            ExperimentEdit::Restore => {
                let restore = move |db: &Tx<'_>| move_stage(db, id, Deleted, Active, now);
                self.write("restore an experiment", restore).await
            }
            ExperimentEdit::SetTag { key, value } => {
                let set = move |db: &Tx<'_>| set_tag(db, id, &key, &value, now);
                self.write("set an experiment's tag", set).await
            }
            ExperimentEdit::DeleteTag { key } => {
                let delete = move |db: &Tx<'_>| delete_tag(db, id, &key, now);
                self.write("delete an experiment's tag", delete).await
            }
        }
    }
}

const COLUMNS: &str = "e.experiment_id, e.name, e.artifact_location, e.lifecycle_stage,
    e.creation_time_ms, e.last_update_time_ms";

/// Creates experiment 0 if missing, which clients use that name none.
pub(crate) fn ensure_default(
    db: &Connection,
    artifact_root: Option<&str>,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let id = ExperimentId::DEFAULT;
    db.execute(
        "insert or ignore into experiments values (?1, 'Default', ?2, 'active', ?3, ?3)",
        params![id.0, location_below(artifact_root, id), now.0],
    )?;
    Ok(())
}

/// The location of an experiment below the root; empty without a root.
fn location_below(artifact_root: Option<&str>, id: ExperimentId) -> String {
    artifact_root.map_or_else(String::new, |root| format!("{}/{id}", root.trim_end_matches('/')))
}

pub(crate) fn create(
    db: &Connection,
    new: &NewExperiment,
    artifact_root: Option<&str>,
    now: TimestampMs,
) -> Result<ExperimentId, EngineError> {
    require_free(db, &new.name)?;
    db.prepare_cached(
        "insert into experiments (name, artifact_location, lifecycle_stage, creation_time_ms,
             last_update_time_ms)
         values (?1, ?2, 'active', ?3, ?3)",
    )?
    .execute(params![new.name, new.artifact_location.as_deref().unwrap_or(""), now.0])?;
    let id = ExperimentId(db.last_insert_rowid());
    if artifact_root.is_some() && new.artifact_location.is_none() {
        db.prepare_cached(
            "update experiments set artifact_location = ?2 where experiment_id = ?1",
        )?
        .execute(params![id.0, location_below(artifact_root, id)])?;
    }
    for KeyValue { key, value } in &new.tags {
        put_tag(db, id, key, value)?;
    }
    Ok(id)
}

/// Fails if the name is in use, also by a deleted experiment.
fn require_free(db: &Connection, name: &str) -> Result<(), EngineError> {
    let taken = db.prepare_cached("select 1 from experiments where name = ?1")?.exists([name])?;
    if taken { Err(StoreError::ExperimentExists(name.to_owned()).into()) } else { Ok(()) }
}

pub(crate) fn get(db: &Connection, id: ExperimentId) -> Result<Experiment, EngineError> {
    let sql = format!("select {COLUMNS} from experiments e where e.experiment_id = ?1");
    let found = db.prepare_cached(&sql)?.query_row([id.0], from_row).optional()?;
    with_tags(db, found.ok_or(StoreError::ExperimentNotFound(id))?)
}

pub(crate) fn by_name(db: &Connection, name: &str) -> Result<Experiment, EngineError> {
    let sql = format!("select {COLUMNS} from experiments e where e.name = ?1");
    let found = db.prepare_cached(&sql)?.query_row([name], from_row).optional()?;
    with_tags(db, found.ok_or_else(|| StoreError::ExperimentNameNotFound(name.to_owned()))?)
}

/// Approximate size of an experiment in a list, without its texts, in bytes.
const EXPERIMENT_BYTES: usize = 200;

pub(crate) fn search(
    db: &Connection,
    search: &ExperimentSearch,
) -> Result<(Vec<Experiment>, bool), EngineError> {
    let mut sql = Statement::default();
    sql.push(&format!("select {COLUMNS} from experiments e where "));
    sql.push(&view_condition(search.view, "e"));
    sql.push(" and ");
    sql.push_sql(sqlite::experiment_condition(&search.filter));
    sql.push(" order by ");
    sql.push_sql(sqlite::experiment_order_by(&search.order_by));
    let (found, more) = sql.page(db, search.offset, search.max_results, from_row)?;
    let (mut experiments, mut room) = (Vec::new(), ListRoom::default());
    for experiment in found {
        let experiment = with_tags(db, experiment)?;
        let tags = experiment.tags.iter().map(|tag| tag.key.len() + tag.value.len());
        if !room.take(EXPERIMENT_BYTES + experiment.name.len() + tags.sum::<usize>()) {
            return Ok((experiments, true));
        }
        experiments.push(experiment);
    }
    Ok((experiments, more))
}

pub(crate) fn view_condition(view: ViewType, table: &str) -> String {
    match view {
        ViewType::ActiveOnly => format!("{table}.lifecycle_stage = 'active'"),
        ViewType::DeletedOnly => format!("{table}.lifecycle_stage = 'deleted'"),
        ViewType::All => "1".to_owned(),
    }
}

pub(crate) fn rename(
    db: &Connection,
    id: ExperimentId,
    name: &str,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let experiment = get(db, id)?;
    if experiment.lifecycle_stage == LifecycleStage::Deleted {
        return Err(StoreError::RenameDeletedExperiment.into());
    }
    if experiment.name != name {
        require_free(db, name)?;
    }
    db.prepare_cached(
        "update experiments set name = ?2, last_update_time_ms = ?3 where experiment_id = ?1",
    )?
    .execute(params![id.0, name, now.0])?;
    Ok(())
}

/// Moves an experiment from stage `from` to `to`; fails if it is not in `from`.
pub(crate) fn move_stage(
    db: &Connection,
    id: ExperimentId,
    from: LifecycleStage,
    to: LifecycleStage,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let moved = db
        .prepare_cached(
            "update experiments set lifecycle_stage = ?3, last_update_time_ms = ?4
             where experiment_id = ?1 and lifecycle_stage = ?2",
        )?
        .execute(params![id.0, from.as_str(), to.as_str(), now.0])?;
    if moved == 1 { Ok(()) } else { Err(StoreError::ExperimentNotFound(id).into()) }
}

pub(crate) fn set_tag(
    db: &Connection,
    id: ExperimentId,
    key: &str,
    value: &str,
    now: TimestampMs,
) -> Result<(), EngineError> {
    crate::ingest::traces::require_active(db, id)?;
    put_tag(db, id, key, value)?;
    touch(db, id, now)
}

pub(crate) fn delete_tag(
    db: &Connection,
    id: ExperimentId,
    key: &str,
    now: TimestampMs,
) -> Result<(), EngineError> {
    crate::ingest::traces::require_active(db, id)?;
    let gone = db
        .prepare_cached("delete from experiment_tags where experiment_id = ?1 and key = ?2")?
        .execute(params![id.0, key])?;
    if gone == 0 {
        return Err(
            StoreError::ExperimentTagNotFound { experiment: id, key: key.to_owned() }.into()
        );
    }
    touch(db, id, now)
}

fn touch(db: &Connection, id: ExperimentId, now: TimestampMs) -> Result<(), EngineError> {
    db.prepare_cached("update experiments set last_update_time_ms = ?2 where experiment_id = ?1")?
        .execute(params![id.0, now.0])?;
    Ok(())
}

fn put_tag(db: &Connection, id: ExperimentId, key: &str, value: &str) -> Result<(), EngineError> {
    db.prepare_cached("insert or replace into experiment_tags values (?1, ?2, ?3)")?
        .execute(params![id.0, key, value])?;
    Ok(())
}

fn with_tags(db: &Connection, mut experiment: Experiment) -> Result<Experiment, EngineError> {
    experiment.tags = tags(db, experiment.experiment_id)?;
    Ok(experiment)
}

fn tags(db: &Connection, id: ExperimentId) -> Result<Vec<KeyValue>, EngineError> {
    let mut select =
        db.prepare_cached("select key, value from experiment_tags where experiment_id = ?1")?;
    let tags = select.query_map([id.0], key_value)?;
    Ok(tags.collect::<Result<_, _>>()?)
}

/// The feedback settings, which are stored as tags of the experiment.
pub(crate) fn feedback_settings(
    db: &Connection,
    id: ExperimentId,
) -> Result<FeedbackSettings, EngineError> {
    Ok(FeedbackSettings::from_tags(&tags(db, id)?))
}

pub(crate) fn key_value(row: &Row<'_>) -> Result<KeyValue, rusqlite::Error> {
    Ok(KeyValue { key: row.get(0)?, value: row.get(1)? })
}

fn from_row(row: &Row<'_>) -> Result<Experiment, rusqlite::Error> {
    Ok(Experiment {
        experiment_id: ExperimentId(row.get(0)?),
        name: row.get(1)?,
        artifact_location: row.get(2)?,
        lifecycle_stage: LifecycleStage::from_text(row.get_ref(3)?.as_str()?),
        creation_time: TimestampMs(row.get(4)?),
        last_update_time: TimestampMs(row.get(5)?),
        tags: Vec::new(),
    })
}
