//! Registered models, with their tags and aliases.
use std::collections::BTreeMap;

use async_trait::async_trait;
use kansoku_filter::sql::sqlite;
use kansoku_model::{ModelVersion, RegisteredModel, TimestampMs, is_prompt};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{model_versions, webhook_events};
use crate::SqliteStore;
use crate::engine::statement::Statement;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use kansoku_store::core::list_bounds::ListRoom;
use kansoku_store::core::webhooks::Event;
use kansoku_store::{
    ModelVersionEdit, ModelVersionSearch, NewModelVersion, NewRegisteredModel, RegisteredModelEdit,
    RegisteredModelSearch, RegisteredModelStore, StoreError,
};

#[async_trait]
impl RegisteredModelStore for SqliteStore {
    async fn create_registered_model(
        &self,
        new: NewRegisteredModel,
    ) -> Result<RegisteredModel, StoreError> {
        let now = self.options.clock.now();
        self.write("create a registered model", move |db| create(db, &new, now)).await
    }

    async fn registered_model(&self, name: &str) -> Result<RegisteredModel, StoreError> {
        let name = name.to_owned();
        self.look_up("read a registered model", move |db| get(db, &name)).await
    }

    async fn search_registered_models(
        &self,
        search: RegisteredModelSearch,
    ) -> Result<(Vec<RegisteredModel>, bool), StoreError> {
        self.read("search registered models", move |db| self::search(db, &search)).await
    }

    async fn edit_registered_model(
        &self,
        name: &str,
        edit: RegisteredModelEdit,
    ) -> Result<(), StoreError> {
        let (name, now) = (name.to_owned(), self.options.clock.now());
        let change = move |db: &Tx<'_>| self::edit(db, &name, &edit, now);
        self.write("change a registered model", change).await
    }

    async fn create_model_version(&self, new: NewModelVersion) -> Result<ModelVersion, StoreError> {
        let now = self.options.clock.now();
        let create = move |db: &Tx<'_>| model_versions::create(db, &new, now);
        self.write("create a model version", create).await
    }

    async fn model_version(&self, name: &str, version: i64) -> Result<ModelVersion, StoreError> {
        let name = name.to_owned();
        let get = move |db: &Connection| model_versions::get(db, &name, version);
        self.look_up("read a model version", get).await
    }

    async fn search_model_versions(
        &self,
        search: ModelVersionSearch,
    ) -> Result<(Vec<ModelVersion>, bool), StoreError> {
        let find = move |db: &Connection| model_versions::search(db, &search);
        self.read("search model versions", find).await
    }

    async fn edit_model_version(
        &self,
        name: &str,
        version: i64,
        edit: ModelVersionEdit,
    ) -> Result<(), StoreError> {
        let (name, now) = (name.to_owned(), self.options.clock.now());
        let change = move |db: &Tx<'_>| model_versions::edit(db, &name, version, &edit, now);
        self.write("change a model version", change).await
    }
}

const COLUMNS: &str = "m.id, m.name, m.description, m.creation_time_ms, m.last_update_time_ms";

/// The row of a registered model.
#[derive(Clone, Copy)]
pub(super) struct ModelRow(pub(super) i64);

fn create(
    db: &Tx<'_>,
    new: &NewRegisteredModel,
    now: TimestampMs,
) -> Result<RegisteredModel, EngineError> {
    require_free(db, &new.name)?;
    db.prepare_cached(
        "insert into registered_models (name, description, creation_time_ms, last_update_time_ms)
         values (?1, ?2, ?3, ?3)",
    )?
    .execute(params![new.name, new.description, now.0])?;
    let model = ModelRow(db.last_insert_rowid());
    for (key, value) in &new.tags {
        put_tag(db, model, key, value)?;
    }
    webhook_events::record(db, &Event::of_new_model(new, is_prompt(&new.tags)), now)?;
    get(db, &new.name)
}

fn require_free(db: &Connection, name: &str) -> Result<(), EngineError> {
    let mut select = db.prepare_cached("select 1 from registered_models where name = ?1")?;
    match select.exists([name])? {
        true => Err(StoreError::RegisteredModelExists(name.to_owned()).into()),
        false => Ok(()),
    }
}

/// The row of the model with this name.
pub(super) fn find(db: &Connection, name: &str) -> Result<Option<ModelRow>, EngineError> {
    let mut select = db.prepare_cached("select id from registered_models where name = ?1")?;
    Ok(select.query_row([name], |row| Ok(ModelRow(row.get(0)?))).optional()?)
}

fn get(db: &Connection, name: &str) -> Result<RegisteredModel, EngineError> {
    let sql = format!("select {COLUMNS} from registered_models m where m.name = ?1");
    let found = db.prepare_cached(&sql)?.query_row([name], from_row).optional()?;
    let (model, found) =
        found.ok_or_else(|| StoreError::RegisteredModelNotFound(name.to_owned()))?;
    with_details(db, model, found)
}

/// The approximate size of a registered model in a list without its texts, in bytes.
const MODEL_BYTES: usize = 200;

fn search(
    db: &Connection,
    search: &RegisteredModelSearch,
) -> Result<(Vec<RegisteredModel>, bool), EngineError> {
    let mut sql = Statement::default();
    sql.push(&format!("select {COLUMNS} from registered_models m where "));
    sql.push_sql(sqlite::registered_model_condition(&search.filter));
    sql.push(" order by ");
    sql.push_sql(sqlite::registered_model_order_by(&search.order_by));
    let (found, more) = sql.page(db, search.offset, search.max_results, from_row)?;
    let (mut models, mut room) = (Vec::new(), ListRoom::default());
    for (row, model) in found {
        let model = with_details(db, row, model)?;
        let tags = model.tags.iter().map(|(key, value)| key.len() + value.len());
        let aliases = model.aliases.keys().map(|alias| 8 + alias.len());
        let latest = model.latest_version.as_ref().map_or(0, model_versions::bytes);
        let texts = model.description.len() + tags.chain(aliases).sum::<usize>();
        if !room.take(MODEL_BYTES + texts + latest) {
            return Ok((models, true));
        }
        models.push(model);
    }
    Ok((models, more))
}

fn edit(
    db: &Tx<'_>,
    name: &str,
    edit: &RegisteredModelEdit,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let missing = || StoreError::RegisteredModelNotFound(name.to_owned());
    let model = find(db, name)?.ok_or_else(missing)?;
    if let Some(event) = Event::of_model_edit(name, edit, is_prompt(&model_tags(db, model)?)) {
        webhook_events::record(db, &event, now)?;
    }
    match edit {
        RegisteredModelEdit::Rename(to) => {
            if to != name {
                require_free(db, to)?;
            }
            db.prepare_cached("update registered_models set name = ?2 where id = ?1")?
                .execute(params![model.0, to])?;
            db.prepare_cached(
                "update model_versions set last_update_time_ms = ?2 where model = ?1",
            )?
            .execute(params![model.0, now.0])?;
            touch(db, model, now)
        }
        RegisteredModelEdit::Describe(description) => {
            db.prepare_cached("update registered_models set description = ?2 where id = ?1")?
                .execute(params![model.0, description])?;
            touch(db, model, now)
        }
        RegisteredModelEdit::SetTag { key, value } => put_tag(db, model, key, value),
        RegisteredModelEdit::DeleteTag { key } => {
            db.prepare_cached("delete from registered_model_tags where model = ?1 and key = ?2")?
                .execute(params![model.0, key])?;
            Ok(())
        }
        RegisteredModelEdit::SetAlias { alias, version } => {
            model_versions::get(db, name, *version)?;
            let others = "select count(*) from registered_model_aliases
                where model = ?1 and alias <> ?2";
            require_room(db, others, params![model.0, alias], "aliases")?;
            db.prepare_cached(
                "insert or replace into registered_model_aliases values (?1, ?2, ?3)",
            )?
            .execute(params![model.0, alias, version])?;
            Ok(())
        }
        RegisteredModelEdit::DeleteAlias { alias } => {
            db.prepare_cached(
                "delete from registered_model_aliases where model = ?1 and alias = ?2",
            )?
            .execute(params![model.0, alias])?;
            Ok(())
        }
        RegisteredModelEdit::Delete => delete(db, model),
    }
}

fn delete(db: &Connection, model: ModelRow) -> Result<(), EngineError> {
    for sql in [
        "delete from model_version_tags where model = ?1",
        "delete from model_versions where model = ?1",
        "delete from registered_model_aliases where model = ?1",
        "delete from registered_model_tags where model = ?1",
        "delete from registered_models where id = ?1",
    ] {
        db.prepare_cached(sql)?.execute([model.0])?;
    }
    Ok(())
}

pub(super) fn touch(db: &Connection, model: ModelRow, now: TimestampMs) -> Result<(), EngineError> {
    db.prepare_cached("update registered_models set last_update_time_ms = ?2 where id = ?1")?
        .execute(params![model.0, now.0])?;
    Ok(())
}

fn put_tag(db: &Connection, model: ModelRow, key: &str, value: &str) -> Result<(), EngineError> {
    let others = "select count(*) from registered_model_tags where model = ?1 and key <> ?2";
    require_room(db, others, params![model.0, key], "tags")?;
    db.prepare_cached("insert or replace into registered_model_tags values (?1, ?2, ?3)")?
        .execute(params![model.0, key, value])?;
    Ok(())
}

/// Fails if the query `others` counts the maximum number already.
pub(super) fn require_room(
    db: &Connection,
    others: &str,
    params: impl rusqlite::Params,
    what: &str,
) -> Result<(), EngineError> {
    const COUNT_MAX: usize = RegisteredModel::TAGS_MAX;
    let count: i64 = db.prepare_cached(others)?.query_row(params, |row| row.get(0))?;
    match (COUNT_MAX as i64) <= count {
        true => {
            let message = format!("there are {COUNT_MAX} {what} at most; delete one first");
            Err(StoreError::Invalid(message).into())
        }
        false => Ok(()),
    }
}

fn with_details(
    db: &Connection,
    row: ModelRow,
    model: RegisteredModel,
) -> Result<RegisteredModel, EngineError> {
    let mut select =
        db.prepare_cached("select alias, version from registered_model_aliases where model = ?1")?;
    let aliases = select.query_map([row.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(RegisteredModel {
        tags: model_tags(db, row)?,
        aliases: aliases.collect::<Result<_, _>>()?,
        latest_version: model_versions::latest(db, row)?,
        ..model
    })
}

pub(super) fn model_tags(
    db: &Connection,
    model: ModelRow,
) -> Result<BTreeMap<String, String>, EngineError> {
    tags(db, "select key, value from registered_model_tags where model = ?1", [model.0])
}

pub(super) fn tags(
    db: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<BTreeMap<String, String>, EngineError> {
    let mut select = db.prepare_cached(sql)?;
    let tags = select.query_map(params, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(tags.collect::<Result<_, _>>()?)
}

fn from_row(row: &Row<'_>) -> Result<(ModelRow, RegisteredModel), rusqlite::Error> {
    let model = RegisteredModel {
        name: row.get(1)?,
        description: row.get(2)?,
        creation_time: TimestampMs(row.get(3)?),
        last_update_time: TimestampMs(row.get(4)?),
        tags: BTreeMap::new(),
        aliases: BTreeMap::new(),
        latest_version: None,
    };
    Ok((ModelRow(row.get(0)?), model))
}
