//! Versions of registered models.
use std::collections::BTreeMap;

use kansoku_filter::sql::sqlite;
use kansoku_model::{ModelVersion, TimestampMs, is_prompt};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::registered_models::{ModelRow, find, model_tags, require_room, tags, touch};
use super::webhook_events;
use crate::engine::statement::Statement;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use kansoku_store::core::list_bounds::ListRoom;
use kansoku_store::core::webhooks::Event;
use kansoku_store::{ModelVersionEdit, ModelVersionSearch, NewModelVersion, StoreError};

const COLUMNS: &str = "v.model, m.name, v.version, v.description, v.source, v.run_id, v.run_link,
    v.creation_time_ms, v.last_update_time_ms";
const TABLES: &str = "model_versions v join registered_models m on m.id = v.model";

pub(super) fn create(
    db: &Tx<'_>,
    new: &NewModelVersion,
    now: TimestampMs,
) -> Result<ModelVersion, EngineError> {
    let missing = || StoreError::RegisteredModelNotFound(new.name.clone());
    let model = find(db, &new.name)?.ok_or_else(missing)?;
    let version: i64 = db
        .prepare_cached(
            "update registered_models
             set last_version = last_version + 1, last_update_time_ms = ?2
             where id = ?1 returning last_version",
        )?
        .query_row(params![model.0, now.0], |row| row.get(0))?;
    db.prepare_cached(
        "insert into model_versions (model, version, description, source, run_id, run_link,
             creation_time_ms, last_update_time_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
    )?
    .execute(params![
        model.0,
        version,
        new.description,
        new.source,
        new.run_id,
        new.run_link,
        now.0
    ])?;
    for (key, value) in &new.tags {
        put_tag(db, model, version, key, value)?;
    }
    let event = Event::of_new_version(new, version, is_prompt(&new.tags));
    webhook_events::record(db, &event, now)?;
    get(db, &new.name, version)
}

pub(super) fn get(db: &Connection, name: &str, version: i64) -> Result<ModelVersion, EngineError> {
    let sql = format!("select {COLUMNS} from {TABLES} where m.name = ?1 and v.version = ?2");
    let found = db.prepare_cached(&sql)?.query_row(params![name, version], from_row).optional()?;
    let missing = || StoreError::ModelVersionNotFound { name: name.to_owned(), version };
    let (model, found) = found.ok_or_else(missing)?;
    with_details(db, model, found)
}

/// The version with the highest number.
pub(super) fn latest(
    db: &Connection,
    model: ModelRow,
) -> Result<Option<ModelVersion>, EngineError> {
    let sql = format!(
        "select {COLUMNS} from {TABLES} where v.model = ?1 order by v.version desc limit 1"
    );
    let found = db.prepare_cached(&sql)?.query_row([model.0], from_row).optional()?;
    found.map(|(model, version)| with_details(db, model, version)).transpose()
}

pub(super) fn search(
    db: &Connection,
    search: &ModelVersionSearch,
) -> Result<(Vec<ModelVersion>, bool), EngineError> {
    let mut sql = Statement::default();
    sql.push(&format!("select {COLUMNS} from {TABLES} where "));
    sql.push_sql(sqlite::model_version_condition(&search.filter));
    sql.push(" order by ");
    sql.push_sql(sqlite::model_version_order_by(&search.order_by));
    let (found, more) = sql.page(db, search.offset, search.max_results, from_row)?;
    let (mut versions, mut room) = (Vec::new(), ListRoom::default());
    for (model, version) in found {
        let version = with_details(db, model, version)?;
        if !room.take(bytes(&version)) {
            return Ok((versions, true));
        }
        versions.push(version);
    }
    Ok((versions, more))
}

/// About how many bytes a version takes in a list.
pub(super) fn bytes(version: &ModelVersion) -> usize {
    /// Beside its texts.
    const VERSION_BYTES: usize = 200;
    let texts = [&version.name, &version.source, &version.run_id, &version.run_link];
    let texts = texts.into_iter().chain(&version.description).chain(&version.aliases);
    let tags = version.tags.iter().map(|(key, value)| 16 + key.len() + value.len());
    VERSION_BYTES + texts.map(String::len).chain(tags).sum::<usize>()
}

pub(super) fn edit(
    db: &Tx<'_>,
    name: &str,
    version: i64,
    edit: &ModelVersionEdit,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let missing = || StoreError::ModelVersionNotFound { name: name.to_owned(), version };
    let model = find(db, name)?.ok_or_else(missing)?;
    let mut select =
        db.prepare_cached("select 1 from model_versions where model = ?1 and version = ?2")?;
    if !select.exists(params![model.0, version])? {
        return Err(missing().into());
    }
    let is_prompt = is_prompt(&model_tags(db, model)?);
    if let Some(event) = Event::of_version_edit(name, version, edit, is_prompt) {
        webhook_events::record(db, &event, now)?;
    }
    match edit {
        ModelVersionEdit::Describe(description) => {
            db.prepare_cached(
                "update model_versions set description = ?3, last_update_time_ms = ?4
                 where model = ?1 and version = ?2",
            )?
            .execute(params![model.0, version, description, now.0])?;
            Ok(())
        }
        ModelVersionEdit::SetTag { key, value } => put_tag(db, model, version, key, value),
        ModelVersionEdit::DeleteTag { key } => {
            db.prepare_cached(
                "delete from model_version_tags where model = ?1 and version = ?2 and key = ?3",
            )?
            .execute(params![model.0, version, key])?;
            Ok(())
        }
        ModelVersionEdit::Delete => {
            for sql in [
                "delete from model_version_tags where model = ?1 and version = ?2",
                "delete from registered_model_aliases where model = ?1 and version = ?2",
                "delete from model_versions where model = ?1 and version = ?2",
            ] {
                db.prepare_cached(sql)?.execute(params![model.0, version])?;
            }
            touch(db, model, now)
        }
    }
}

fn put_tag(
    db: &Connection,
    model: ModelRow,
    version: i64,
    key: &str,
    value: &str,
) -> Result<(), EngineError> {
    let others = "select count(*) from model_version_tags
        where model = ?1 and version = ?2 and key <> ?3";
    require_room(db, others, params![model.0, version, key], "tags")?;
    db.prepare_cached("insert or replace into model_version_tags values (?1, ?2, ?3, ?4)")?
        .execute(params![model.0, version, key, value])?;
    Ok(())
}

fn with_details(
    db: &Connection,
    model: ModelRow,
    version: ModelVersion,
) -> Result<ModelVersion, EngineError> {
    let key = params![model.0, version.version];
    let sql = "select key, value from model_version_tags where model = ?1 and version = ?2";
    let mut select = db.prepare_cached(
        "select alias from registered_model_aliases where model = ?1 and version = ?2
         order by alias",
    )?;
    let aliases = select.query_map(key, |row| row.get(0))?;
    Ok(ModelVersion {
        tags: tags(db, sql, key)?,
        aliases: aliases.collect::<Result<_, _>>()?,
        ..version
    })
}

fn from_row(row: &Row<'_>) -> Result<(ModelRow, ModelVersion), rusqlite::Error> {
    let version = ModelVersion {
        name: row.get(1)?,
        version: row.get(2)?,
        description: row.get(3)?,
        source: row.get(4)?,
        run_id: row.get(5)?,
        run_link: row.get(6)?,
        creation_time: TimestampMs(row.get(7)?),
        last_update_time: TimestampMs(row.get(8)?),
        tags: BTreeMap::new(),
        aliases: Vec::new(),
    };
    Ok((ModelRow(row.get(0)?), version))
}
