//! The records of evaluation datasets, and their versions.
//!
//! A record's inputs are stored once. A version adds rows of content for the records that it
//! changed, and a mark on those that it removed: it costs what differs from the version before.
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use kansoku_model::{
    DatasetId, DatasetRecord, DatasetRecordId, DatasetVersion, RecordContent, RecordUpsert,
    TimestampMs,
};
use rusqlite::{Connection, Row, params};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::datasets::StoredDataset;
use crate::error::EngineError;
use kansoku_store::core::datasets::{self, extend_schema, merge, new_content};
use kansoku_store::core::list_bounds::ListRoom;
use kansoku_store::{RecordCounts, RecordQuery, StoreError};

/// A record to upsert, with the hash of its inputs.
pub(super) struct PreparedRecord {
    input_hash: [u8; 32],
    upsert: RecordUpsert,
}

impl PreparedRecord {
    pub(super) fn new(upsert: RecordUpsert) -> Self {
        Self { input_hash: datasets::input_hash(&upsert.inputs), upsert }
    }
}

/// A record after the merge of an upsert.
struct Merged<'a> {
    /// The stored record; `None` if it is new.
    stored: Option<StoredContent>,
    content: RecordContent,
    input_hash: &'a [u8; 32],
    /// The first of the batch with these inputs.
    first: &'a RecordUpsert,
    user: Option<&'a str>,
}

struct StoredContent {
    record: i64,
    content: RecordContent,
    last_updated_by: Option<String>,
}

pub(super) fn upsert(
    db: &Connection,
    id: &DatasetId,
    prepared: &[PreparedRecord],
    now: TimestampMs,
) -> Result<RecordCounts, EngineError> {
    let stored = StoredDataset::find(db, id)?;
    let mut schema = stored.dataset.schema.clone();
    let mut counts = RecordCounts::default();
    let (mut merged, mut places) = (Vec::<Merged<'_>>::new(), HashMap::new());
    for PreparedRecord { input_hash, upsert } in prepared {
        extend_schema(schema.get_or_insert_default(), upsert);
        let place = match places.entry(input_hash) {
            Entry::Occupied(place) => *place.get(),
            Entry::Vacant(free) => {
                let (place, first) = (*free.insert(merged.len()), upsert);
                let stored = stored_content(db, stored.key, input_hash)?;
                let is_new = stored.is_none();
                let content = match &stored {
                    Some(stored) => stored.content.clone(),
                    None => new_content(upsert),
                };
                merged.push(Merged { stored, content, input_hash, first, user: upsert.user() });
                if is_new {
                    counts.inserted += 1;
                    continue;
                }
                place
            }
        };
        counts.updated += 1;
        merge(&mut merged[place].content, upsert);
        merged[place].user = upsert.user().or(merged[place].user);
    }
    let version = stored.dataset.version + 1;
    let mut changed = 0;
    for (merged, record_id) in merged.iter().zip(DatasetRecordId::ascending()) {
        let Merged { stored: before, content, user, .. } = merged;
        match before {
            None => {
                let record = insert(db, stored.key, &record_id, merged, version, now)?;
                put_content(db, record, version, content, now, *user)?;
            }
            Some(before) if before.content != *content => {
                changed += 1;
                let user = user.or(before.last_updated_by.as_deref());
                put_content(db, before.record, version, content, now, user)?;
            }
            Some(_) => {}
        }
    }
    if counts.inserted + changed == 0 {
        return Ok(counts);
    }
    let user = prepared.iter().rev().find_map(|it| it.upsert.user());
    let change = VersionChange { added: counts.inserted, changed, removed: 0 };
    add_version(db, &stored, change, user, now)?;
    db.prepare_cached("update datasets set schema = ?2, last_updated_by = ?3 where dataset = ?1")?
        .execute(params![stored.key, schema.map(|it| json(&it)).transpose()?, user])?;
    Ok(counts)
}

fn stored_content(
    db: &Connection,
    dataset: i64,
    input_hash: &[u8; 32],
) -> Result<Option<StoredContent>, EngineError> {
    let mut select = db.prepare_cached(
        "select r.record, c.outputs, c.expectations, c.tags, c.last_updated_by
         from dataset_records r join dataset_record_contents c on c.record = r.record
         where r.dataset = ?1 and r.input_hash = ?2 and r.removed_in is null
         order by c.version desc limit 1",
    )?;
    let mut rows = select.query(params![dataset, input_hash])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (record, content, last_updated_by) = (row.get(0)?, content(row, 1)?, row.get(4)?);
    Ok(Some(StoredContent { record, content, last_updated_by }))
}

fn insert(
    db: &Connection,
    dataset: i64,
    record_id: &DatasetRecordId,
    new: &Merged<'_>,
    version: u64,
    now: TimestampMs,
) -> Result<i64, EngineError> {
    let upsert = new.first;
    let source = upsert.source.as_ref().map(json).transpose()?;
    db.prepare_cached(
        "insert into dataset_records (dataset, record_id, input_hash, inputs, source, created_ms,
             created_by, added_in)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        dataset,
        record_id.as_str(),
        new.input_hash,
        json(&upsert.inputs)?,
        source,
        now.0,
        upsert.user(),
        version.cast_signed(),
    ])?;
    Ok(db.last_insert_rowid())
}

fn put_content(
    db: &Connection,
    record: i64,
    version: u64,
    content: &RecordContent,
    now: TimestampMs,
    user: Option<&str>,
) -> Result<(), EngineError> {
    let RecordContent { outputs, expectations, tags } = content;
    let outputs = (!outputs.is_null()).then(|| outputs.to_string());
    let expectations = expectations.as_ref().map(json).transpose()?;
    db.prepare_cached("insert into dataset_record_contents values (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
        record,
        version.cast_signed(),
        outputs,
        expectations,
        json(tags)?,
        now.0,
        user
    ])?;
    Ok(())
}

pub(super) fn delete(
    db: &Connection,
    id: &DatasetId,
    ids: &[DatasetRecordId],
    now: TimestampMs,
) -> Result<RecordCounts, EngineError> {
    let stored = StoredDataset::find(db, id)?;
    let version = (stored.dataset.version + 1).cast_signed();
    let mut deleted = 0;
    for record_id in ids {
        let marked = db
            .prepare_cached(
                "update dataset_records set removed_in = ?3
                 where record_id = ?2 and dataset = ?1 and removed_in is null",
            )?
            .execute(params![stored.key, record_id.as_str(), version])?;
        deleted += marked as u64;
    }
    if 0 < deleted {
        let change = VersionChange { added: 0, changed: 0, removed: deleted };
        add_version(db, &stored, change, None, now)?;
    }
    Ok(RecordCounts { deleted, ..RecordCounts::default() })
}

/// The numbers of records that a version adds, changes and removes.
struct VersionChange {
    added: u64,
    changed: u64,
    removed: u64,
}

fn add_version(
    db: &Connection,
    stored: &StoredDataset,
    change: VersionChange,
    user: Option<&str>,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let VersionChange { added, changed, removed } = change;
    let dataset = &stored.dataset;
    let version = dataset.version + 1;
    let digest = datasets::digest(&dataset.dataset_id, version);
    let count = dataset.record_count.unwrap_or_default() + added;
    let count = count.saturating_sub(removed).cast_signed();
    db.prepare_cached("insert into dataset_versions values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
        .execute(params![
            stored.key,
            version.cast_signed(),
            digest,
            now.0,
            user,
            added.cast_signed(),
            changed.cast_signed(),
            removed.cast_signed(),
            count,
        ])?;
    db.prepare_cached(
        "update datasets set version = ?2, digest = ?3, record_count = ?4, last_update_ms = ?5
         where dataset = ?1",
    )?
    .execute(params![stored.key, version.cast_signed(), digest, count, now.0])?;
    Ok(())
}

/// Deletes the versions before this one, with the contents and records that no later version has.
pub(super) fn delete_versions_before(
    db: &Connection,
    id: &DatasetId,
    version: u64,
) -> Result<RecordCounts, EngineError> {
    let stored = StoredDataset::find(db, id)?;
    stored.require_version(version)?;
    for sql in [
        "delete from dataset_record_contents
         where record in (select record from dataset_records where dataset = ?1)
           and (exists (select 1 from dataset_record_contents newer
                        where newer.record = dataset_record_contents.record
                          and newer.version > dataset_record_contents.version
                          and newer.version <= ?2)
                or (select removed_in from dataset_records r
                    where r.record = dataset_record_contents.record) <= ?2)",
        "delete from dataset_records where dataset = ?1 and removed_in <= ?2",
        "delete from dataset_versions where dataset = ?1 and version < ?2",
        "update datasets set oldest_version = max(oldest_version, ?2) where dataset = ?1",
    ] {
        db.prepare_cached(sql)?.execute(params![stored.key, version.cast_signed()])?;
    }
    Ok(RecordCounts::default())
}

pub(super) fn versions(
    db: &Connection,
    id: &DatasetId,
    before: Option<u64>,
    max_results: usize,
) -> Result<Vec<DatasetVersion>, EngineError> {
    let stored = StoredDataset::find(db, id)?;
    let before = before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
    let mut select = db.prepare_cached(
        "select version, digest, created_ms, created_by, added, changed, removed, record_count
         from dataset_versions where dataset = ?1 and version < ?2
         order by version desc limit ?3",
    )?;
    let rows = select.query_map(params![stored.key, before, max_results as i64], |row| {
        let count = |at| Ok::<_, rusqlite::Error>(row.get::<_, i64>(at)?.cast_unsigned());
        Ok(DatasetVersion {
            version: count(0)?,
            digest: row.get(1)?,
            created: TimestampMs(row.get(2)?),
            created_by: row.get(3)?,
            added: count(4)?,
            changed: count(5)?,
            removed: count(6)?,
            record_count: count(7)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn page(
    db: &Connection,
    query: &RecordQuery,
) -> Result<(Vec<DatasetRecord>, bool), EngineError> {
    let stored = StoredDataset::find(db, &query.dataset)?;
    let version = query.version.unwrap_or(stored.dataset.version);
    stored.require_version(version)?;
    let version = version.cast_signed();
    let (added_in, record_id) = match &query.after {
        Some(after) => {
            (i64::try_from(after.added_in).unwrap_or(i64::MAX), after.record_id.as_str())
        }
        None => (0, ""),
    };
    let mut select = db.prepare_cached(
        "select r.record_id, r.inputs, r.source, r.added_in, r.created_ms, r.created_by,
             c.outputs, c.expectations, c.tags, c.last_update_ms, c.last_updated_by
         from dataset_records r
         join dataset_record_contents c on c.record = r.record and c.version =
             (select max(version) from dataset_record_contents
              where record = r.record and version <= ?2)
         where r.dataset = ?1 and (r.added_in, r.record_id) > (?3, ?4) and r.added_in <= ?2
           and (r.removed_in is null or ?2 < r.removed_in)
         order by r.added_in, r.record_id",
    )?;
    let mut rows = select.query(params![stored.key, version, added_in, record_id])?;
    let (mut page, mut room) = (Vec::new(), ListRoom::default());
    while let Some(row) = rows.next()? {
        if page.len() == query.max_results {
            return Ok((page, true));
        }
        let record = record(row)?;
        if !room.take(datasets::record_bytes(&record)) {
            return Ok((page, true));
        }
        page.push(record);
    }
    Ok((page, false))
}

fn record(row: &Row<'_>) -> Result<DatasetRecord, EngineError> {
    let source: Option<String> = row.get(2)?;
    Ok(DatasetRecord {
        record_id: DatasetRecordId(row.get(0)?),
        inputs: parse(&row.get::<_, String>(1)?)?,
        content: content(row, 6)?,
        source: source.map(|json| parse(&json)).transpose()?,
        added_in: row.get::<_, i64>(3)?.cast_unsigned(),
        created: TimestampMs(row.get(4)?),
        created_by: row.get(5)?,
        last_update: TimestampMs(row.get(9)?),
        last_updated_by: row.get(10)?,
    })
}

/// The content, from three columns starting at `first`.
fn content(row: &Row<'_>, first: usize) -> Result<RecordContent, EngineError> {
    let outputs: Option<String> = row.get(first)?;
    let expectations: Option<String> = row.get(first + 1)?;
    Ok(RecordContent {
        outputs: outputs.map_or(Ok(Value::Null), |json| parse(&json))?,
        expectations: expectations.map(|json| parse(&json)).transpose()?,
        tags: parse(&row.get::<_, String>(first + 2)?)?,
    })
}

fn parse<T: DeserializeOwned>(json: &str) -> Result<T, EngineError> {
    serde_json::from_str(json).map_err(|error| {
        let what = "a record of a dataset".to_owned();
        StoreError::Damaged { what, why: error.to_string() }.into()
    })
}

fn json(value: &impl serde::Serialize) -> Result<String, EngineError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::backend("write a record as JSON", error).into())
}
