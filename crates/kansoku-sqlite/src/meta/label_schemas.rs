//! Label schemas.
use async_trait::async_trait;
use kansoku_model::{ExperimentId, LabelInput, LabelSchema, LabelSchemaId, LabelType, TimestampMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::SqliteStore;
use crate::engine::statement::Statement;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::ingest::traces::require_active;
use kansoku_store::core::label_schemas;
use kansoku_store::{
    LabelSchemaEdit, LabelSchemaQuery, LabelSchemaStore, LabelSchemaUpdate, NewLabelSchema,
    StoreError, WhichLabelSchemas,
};

#[async_trait]
impl LabelSchemaStore for SqliteStore {
    async fn create_label_schema(&self, new: NewLabelSchema) -> Result<LabelSchema, StoreError> {
        let now = self.options.clock.now();
        self.write("create a label schema", move |db| create(db, &new, now)).await
    }

    async fn label_schema(&self, id: &LabelSchemaId) -> Result<LabelSchema, StoreError> {
        let id = id.clone();
        self.look_up("read a label schema", move |db| get(db, &id)).await
    }

    async fn label_schemas(
        &self,
        query: LabelSchemaQuery,
    ) -> Result<(Vec<LabelSchema>, bool), StoreError> {
        self.read("read label schemas", move |db| list(db, &query)).await
    }

    async fn edit_label_schema(
        &self,
        id: &LabelSchemaId,
        edit: LabelSchemaEdit,
    ) -> Result<(), StoreError> {
        let (id, now) = (id.clone(), self.options.clock.now());
        let edit = move |db: &Tx<'_>| match &edit {
            LabelSchemaEdit::Update(update) => self::update(db, &id, update, now),
            LabelSchemaEdit::Delete => delete(db, &id),
        };
        self.write("change a label schema", edit).await
    }
}

const COLUMNS: &str = "schema_id, experiment_id, name, label_type, input, instruction,
    enable_comment, is_default, created_ms, last_update_ms";

fn create(
    db: &Connection,
    new: &NewLabelSchema,
    now: TimestampMs,
) -> Result<LabelSchema, EngineError> {
    require_active(db, new.experiment)?;
    require_free(db, new.experiment, &new.name, None)?;
    let count: i64 = db
        .prepare_cached("select count(*) from label_schemas where experiment_id = ?1")?
        .query_row([new.experiment.0], |row| row.get(0))?;
    if LabelSchema::COUNT_MAX <= count.cast_unsigned() {
        return Err(StoreError::Invalid(format!(
            "an experiment has {} label schemas at most; delete one first",
            LabelSchema::COUNT_MAX
        ))
        .into());
    }
    let id = LabelSchemaId::random();
    db.prepare_cached(&format!(
        "insert into label_schemas ({COLUMNS}) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)"
    ))?
    .execute(params![
        id.as_str(),
        new.experiment.0,
        new.name,
        new.label_type.as_str(),
        input_json(&new.input)?,
        new.instruction,
        new.enable_comment,
        new.is_default,
        now.0,
    ])?;
    get(db, &id)
}

fn input_json(input: &LabelInput) -> Result<String, EngineError> {
    serde_json::to_string(input)
        .map_err(|error| StoreError::backend("write an input as JSON", error).into())
}

fn require_free(
    db: &Connection,
    experiment: ExperimentId,
    name: &str,
    except: Option<&LabelSchemaId>,
) -> Result<(), EngineError> {
    let is_taken = db
        .prepare_cached(
            "select 1 from label_schemas
             where experiment_id = ?1 and name = ?2 and schema_id is not ?3",
        )?
        .exists(params![experiment.0, name, except.map(LabelSchemaId::as_str)])?;
    match is_taken {
        true => Err(StoreError::LabelSchemaExists { experiment, name: name.to_owned() }.into()),
        false => Ok(()),
    }
}

fn get(db: &Connection, id: &LabelSchemaId) -> Result<LabelSchema, EngineError> {
    let sql = format!("select {COLUMNS} from label_schemas where schema_id = ?1");
    let found = db.prepare_cached(&sql)?.query_row([id.as_str()], from_row).optional()?;
    found.ok_or_else(|| StoreError::LabelSchemaNotFound(id.clone()).into())
}

fn list(
    db: &Connection,
    query: &LabelSchemaQuery,
) -> Result<(Vec<LabelSchema>, bool), EngineError> {
    let mut sql = Statement::default();
    sql.push(&format!("select {COLUMNS} from label_schemas"));
    sql.push_with(" where experiment_id = ", query.experiment.0);
    match &query.which {
        WhichLabelSchemas::All => {}
        WhichLabelSchemas::Named(name) => sql.push_with(" and name = ", name.clone()),
        WhichLabelSchemas::Default => sql.push(" and is_default"),
    }
    sql.push(" order by created_ms desc, schema_id");
    Ok(sql.page(db, query.offset, query.max_results, from_row)?)
}

fn update(
    db: &Connection,
    id: &LabelSchemaId,
    update: &LabelSchemaUpdate,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let mut schema = get(db, id)?;
    label_schemas::update(&mut schema, update, now)?;
    require_free(db, schema.experiment, &schema.name, Some(id))?;
    db.prepare_cached(
        "update label_schemas set name = ?2, input = ?3, instruction = ?4, enable_comment = ?5,
             last_update_ms = ?6
         where schema_id = ?1",
    )?
    .execute(params![
        id.as_str(),
        schema.name,
        input_json(&schema.input)?,
        schema.instruction,
        schema.enable_comment,
        now.0,
    ])?;
    Ok(())
}

fn delete(db: &Connection, id: &LabelSchemaId) -> Result<(), EngineError> {
    if get(db, id)?.is_default {
        return Err(StoreError::DefaultLabelSchema.into());
    }
    db.prepare_cached("delete from label_schemas where schema_id = ?1")?.execute([id.as_str()])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> Result<LabelSchema, rusqlite::Error> {
    let input: String = row.get(4)?;
    Ok(LabelSchema {
        schema_id: LabelSchemaId(row.get(0)?),
        experiment: ExperimentId(row.get(1)?),
        name: row.get(2)?,
        label_type: LabelType::from_text(row.get_ref(3)?.as_str()?).unwrap_or(LabelType::Feedback),
        input: serde_json::from_str(&input).unwrap_or(LabelInput::Text { max_length: None }),
        instruction: row.get(5)?,
        enable_comment: row.get(6)?,
        is_default: row.get(7)?,
        created: TimestampMs(row.get(8)?),
        last_update: TimestampMs(row.get(9)?),
    })
}
