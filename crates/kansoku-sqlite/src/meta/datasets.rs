//! Evaluation datasets: what is stored beside their records.
use async_trait::async_trait;
use kansoku_filter::sql::sqlite;
use kansoku_model::{
    Dataset, DatasetId, DatasetRecord, DatasetSchema, DatasetVersion, ExperimentId, KeyValue,
    TimestampMs,
};
use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::SqliteStore;
use crate::engine::statement::Statement;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::meta::dataset_records::{self as records, PreparedRecord};
use crate::meta::experiments::key_value;
use kansoku_store::core::datasets;
use kansoku_store::core::list_bounds::ListRoom;
use kansoku_store::{
    DatasetEdit, DatasetSearch, DatasetStore, NewDataset, RecordCounts, RecordQuery, StoreError,
};

#[async_trait]
impl DatasetStore for SqliteStore {
    async fn create_dataset(&self, new: NewDataset) -> Result<Dataset, StoreError> {
        let now = self.options.clock.now();
        self.write("create a dataset", move |db| create(db, &new, now)).await
    }

    async fn dataset(&self, id: &DatasetId) -> Result<Dataset, StoreError> {
        let id = id.clone();
        self.look_up("read a dataset", move |db| Ok(StoredDataset::find(db, &id)?.dataset)).await
    }

    async fn search_datasets(
        &self,
        search: DatasetSearch,
    ) -> Result<(Vec<Dataset>, bool), StoreError> {
        let find = move |db: &_| self::search(db, &search);
        self.read_many("search datasets", self.options.read_deadline, find).await
    }

    async fn edit_dataset(
        &self,
        id: &DatasetId,
        edit: DatasetEdit,
    ) -> Result<RecordCounts, StoreError> {
        let (id, now) = (id.clone(), self.options.clock.now());
        match edit {
            DatasetEdit::UpsertRecords(upserts) => {
                let bytes = upserts.iter().map(datasets::upsert_bytes).sum();
                self.writer.check_size(bytes)?;
                let prepared: Vec<_> = upserts.into_iter().map(PreparedRecord::new).collect();
                let upsert = move |db: &Tx<'_>| records::upsert(db, &id, &prepared, now);
                self.writer.run("merge records into a dataset", bytes, upsert).await
            }
            DatasetEdit::DeleteRecords(ids) => {
                let delete = move |db: &Tx<'_>| records::delete(db, &id, &ids, now);
                self.write("delete records of a dataset", delete).await
            }
            DatasetEdit::DeleteVersionsBefore(version) => {
                let delete = move |db: &Tx<'_>| records::delete_versions_before(db, &id, version);
                self.writer.run_freeing("delete versions of a dataset", delete).await
            }
            DatasetEdit::Delete => {
                let delete = move |db: &Tx<'_>| delete(db, &id);
                self.writer.run_freeing("delete a dataset", delete).await
            }
            edit => self.write("change a dataset", move |db| change(db, &id, &edit, now)).await,
        }
    }

    async fn dataset_records(
        &self,
        query: RecordQuery,
    ) -> Result<(Vec<DatasetRecord>, bool), StoreError> {
        self.read("read records of a dataset", move |db| records::page(db, &query)).await
    }

    async fn dataset_versions(
        &self,
        id: &DatasetId,
        before: Option<u64>,
        max_results: usize,
    ) -> Result<Vec<DatasetVersion>, StoreError> {
        let id = id.clone();
        let read = move |db: &_| records::versions(db, &id, before, max_results);
        self.read("read versions of a dataset", read).await
    }
}

/// A dataset and what only this engine knows of it.
pub(super) struct StoredDataset {
    /// `datasets.dataset`.
    pub(super) key: i64,
    pub(super) dataset: Dataset,
    /// The oldest version that can be read.
    pub(super) oldest_version: u64,
}

const COLUMNS: &str = "d.dataset, d.dataset_id, d.name, d.digest, d.schema, d.record_count,
    d.version, d.oldest_version, d.created_ms, d.created_by, d.last_update_ms, d.last_updated_by";

impl StoredDataset {
    pub(super) fn find(db: &Connection, id: &DatasetId) -> Result<Self, EngineError> {
        let sql = format!("select {COLUMNS} from datasets d where d.dataset_id = ?1");
        let found = db.prepare_cached(&sql)?.query_row([id.as_str()], Self::from_row).optional()?;
        found.ok_or_else(|| StoreError::DatasetNotFound(id.clone()))?.with_lists(db)
    }

    /// Version 0 is there always.
    pub(super) fn require_version(&self, version: u64) -> Result<(), StoreError> {
        let kept = self.oldest_version..=self.dataset.version;
        if version == 0 || kept.contains(&version) {
            return Ok(());
        }
        let dataset = self.dataset.dataset_id.clone();
        Err(StoreError::DatasetVersionNotFound { dataset, version })
    }

    fn from_row(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        let count = |at| Ok::<_, rusqlite::Error>(row.get::<_, i64>(at)?.cast_unsigned());
        let schema: Option<String> = row.get(4)?;
        let dataset = Dataset {
            dataset_id: DatasetId(row.get(1)?),
            name: row.get(2)?,
            tags: Vec::new(),
            experiments: Vec::new(),
            digest: row.get(3)?,
            schema: schema.and_then(|json| serde_json::from_str::<DatasetSchema>(&json).ok()),
            record_count: row.get::<_, Option<i64>>(5)?.map(i64::cast_unsigned),
            version: count(6)?,
            created: TimestampMs(row.get(8)?),
            created_by: row.get(9)?,
            last_update: TimestampMs(row.get(10)?),
            last_updated_by: row.get(11)?,
        };
        Ok(Self { key: row.get(0)?, dataset, oldest_version: count(7)? })
    }

    fn with_lists(mut self, db: &Connection) -> Result<Self, EngineError> {
        let mut tags =
            db.prepare_cached("select key, value from dataset_tags where dataset = ?1")?;
        self.dataset.tags = tags.query_map([self.key], key_value)?.collect::<Result<_, _>>()?;
        let mut experiments =
            db.prepare_cached("select experiment_id from dataset_experiments where dataset = ?1")?;
        let ids = experiments.query_map([self.key], |row| row.get(0).map(ExperimentId))?;
        self.dataset.experiments = ids.collect::<Result<_, _>>()?;
        Ok(self)
    }
}

fn create(db: &Connection, new: &NewDataset, now: TimestampMs) -> Result<Dataset, EngineError> {
    let id = DatasetId::random();
    db.prepare_cached(
        "insert into datasets (dataset_id, name, digest, created_ms, created_by, last_update_ms,
             last_updated_by)
         values (?1, ?2, ?3, ?4, ?5, ?4, ?5)",
    )?
    .execute(params![
        id.as_str(),
        new.name,
        datasets::digest(&id, 0),
        now.0,
        new.created_by
    ])?;
    let key = db.last_insert_rowid();
    put_tags(db, key, &new.tags)?;
    add_experiments(db, key, &new.experiments)?;
    Ok(StoredDataset::find(db, &id)?.dataset)
}

/// About what a dataset takes in a list beside its texts.
const DATASET_BYTES: usize = 400;

fn search(db: &Connection, search: &DatasetSearch) -> Result<(Vec<Dataset>, bool), EngineError> {
    let mut sql = Statement::default();
    sql.push(&format!("select {COLUMNS} from datasets d where "));
    if let Some(experiments) = &search.experiments {
        sql.push("d.dataset in (select dataset from dataset_experiments where experiment_id in (");
        sql.push_list(experiments.iter().map(|id| SqlValue::from(id.0)));
        sql.push(")) and ");
    }
    sql.push_sql(sqlite::dataset_condition(&search.filter));
    sql.push(" order by ");
    sql.push_sql(sqlite::dataset_order_by(&search.order_by));
    let (found, more) = sql.page(db, search.offset, search.max_results, StoredDataset::from_row)?;
    let (mut list, mut room) = (Vec::new(), ListRoom::default());
    for stored in found {
        let dataset = stored.with_lists(db)?.dataset;
        let tags = dataset.tags.iter().map(|tag| tag.key.len() + tag.value.len());
        if !room.take(DATASET_BYTES + dataset.name.len() + tags.sum::<usize>()) {
            return Ok((list, true));
        }
        list.push(dataset);
    }
    Ok((list, more))
}

fn change(
    db: &Connection,
    id: &DatasetId,
    edit: &DatasetEdit,
    now: TimestampMs,
) -> Result<RecordCounts, EngineError> {
    let key = StoredDataset::find(db, id)?.key;
    match edit {
        DatasetEdit::SetTags(tags) => put_tags(db, key, tags)?,
        DatasetEdit::DeleteTag { key: tag } => {
            db.prepare_cached("delete from dataset_tags where dataset = ?1 and key = ?2")?
                .execute(params![key, tag])?;
        }
        DatasetEdit::AddExperiments(ids) => {
            add_experiments(db, key, ids)?;
            touch(db, key, now)?;
        }
        DatasetEdit::RemoveExperiments(ids) => {
            for id in ids {
                db.prepare_cached(
                    "delete from dataset_experiments where dataset = ?1 and experiment_id = ?2",
                )?
                .execute(params![key, id.0])?;
            }
            touch(db, key, now)?;
        }
        DatasetEdit::UpsertRecords(_)
        | DatasetEdit::DeleteRecords(_)
        | DatasetEdit::DeleteVersionsBefore(_)
        | DatasetEdit::Delete => {}
    }
    Ok(RecordCounts::default())
}

fn touch(db: &Connection, key: i64, now: TimestampMs) -> Result<(), EngineError> {
    db.prepare_cached("update datasets set last_update_ms = ?2 where dataset = ?1")?
        .execute(params![key, now.0])?;
    Ok(())
}

fn put_tags(db: &Connection, key: i64, tags: &[KeyValue]) -> Result<(), EngineError> {
    for tag in tags {
        db.prepare_cached("insert or replace into dataset_tags values (?1, ?2, ?3)")?
            .execute(params![key, tag.key, tag.value])?;
    }
    Ok(())
}

/// Deleted experiments may have datasets, unknown ones may not.
fn add_experiments(db: &Connection, key: i64, ids: &[ExperimentId]) -> Result<(), EngineError> {
    for id in ids {
        let is_known = db
            .prepare_cached("select 1 from experiments where experiment_id = ?1")?
            .exists([id.0])?;
        if !is_known {
            return Err(StoreError::ExperimentNotFound(*id).into());
        }
        db.prepare_cached("insert or ignore into dataset_experiments values (?1, ?2)")?
            .execute(params![key, id.0])?;
    }
    Ok(())
}

fn delete(db: &Connection, id: &DatasetId) -> Result<RecordCounts, EngineError> {
    let key = StoredDataset::find(db, id)?.key;
    for sql in [
        "delete from dataset_record_contents
         where record in (select record from dataset_records where dataset = ?1)",
        "delete from dataset_records where dataset = ?1",
        "delete from dataset_versions where dataset = ?1",
        "delete from dataset_experiments where dataset = ?1",
        "delete from dataset_tags where dataset = ?1",
        "delete from datasets where dataset = ?1",
    ] {
        db.prepare_cached(sql)?.execute([key])?;
    }
    Ok(RecordCounts::default())
}
