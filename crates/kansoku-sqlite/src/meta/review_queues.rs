//! Review queues.
use std::collections::BTreeMap;

use async_trait::async_trait;
use kansoku_model::{
    ExperimentId, LabelSchemaId, QueueType, ReviewItem, ReviewQueue, ReviewQueueId, TimestampMs,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::SqliteStore;
use crate::engine::statement::Statement;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::ingest::traces::require_active;
use crate::meta::review_items as items;
use kansoku_store::core::review_queues;
use kansoku_store::{
    NewReviewQueue, ReviewItemQuery, ReviewProgress, ReviewQueueEdit, ReviewQueueQuery,
    ReviewQueueStore, ReviewQueueUpdate, StoreError,
};

#[async_trait]
impl ReviewQueueStore for SqliteStore {
    async fn create_review_queue(&self, new: NewReviewQueue) -> Result<ReviewQueue, StoreError> {
        let now = self.options.clock.now();
        self.write("create a review queue", move |db| create(db, new, now)).await
    }

    async fn review_queue(&self, id: &ReviewQueueId) -> Result<ReviewQueue, StoreError> {
        let id = id.clone();
        self.look_up("read a review queue", move |db| get(db, &id)).await
    }

    async fn review_queues(
        &self,
        query: ReviewQueueQuery,
    ) -> Result<(Vec<ReviewQueue>, bool), StoreError> {
        self.read("read review queues", move |db| list(db, query)).await
    }

    async fn edit_review_queue(
        &self,
        id: &ReviewQueueId,
        edit: ReviewQueueEdit,
    ) -> Result<(), StoreError> {
        let (id, now) = (id.clone(), self.options.clock.now());
        let edit = move |db: &Tx<'_>| match edit {
            ReviewQueueEdit::Update(update) => self::update(db, &id, update, now),
            ReviewQueueEdit::AddItems(traces) => items::add(db, &get(db, &id)?, &traces, now),
            ReviewQueueEdit::RemoveItems(traces) => items::remove(db, &get(db, &id)?, &traces),
            ReviewQueueEdit::SetStatus { trace, status, completed_by } => {
                get(db, &id)?;
                items::set_status(db, &id, &trace, status, completed_by, now)
            }
            ReviewQueueEdit::Delete => delete(db, &id),
        };
        self.write("change a review queue", edit).await
    }

    async fn review_items(
        &self,
        query: ReviewItemQuery,
    ) -> Result<(Vec<ReviewItem>, bool), StoreError> {
        self.read("read a review queue", move |db| {
            get(db, &query.queue)?;
            items::list(db, &query)
        })
        .await
    }

    async fn review_progress(
        &self,
        experiment: ExperimentId,
    ) -> Result<BTreeMap<ReviewQueueId, ReviewProgress>, StoreError> {
        self.read("count the items of review queues", move |db| items::progress(db, experiment))
            .await
    }
}

const COLUMNS: &str = "q.queue_id, q.experiment_id, q.name, q.queue_type, q.created_by,
    q.created_ms, q.last_update_ms";

fn create(
    db: &Connection,
    new: NewReviewQueue,
    now: TimestampMs,
) -> Result<ReviewQueue, EngineError> {
    require_active(db, new.experiment)?;
    let count: i64 = db
        .prepare_cached("select count(*) from review_queues where experiment_id = ?1")?
        .query_row([new.experiment.0], |row| row.get(0))?;
    if ReviewQueue::COUNT_MAX <= count.cast_unsigned() {
        return Err(StoreError::Invalid(format!(
            "an experiment has {} review queues at most; delete one first",
            ReviewQueue::COUNT_MAX
        ))
        .into());
    }
    let queue = review_queues::create(new, now);
    require_labels(db, queue.experiment, &queue.schemas)?;
    put(db, &queue)?;
    Ok(queue)
}

/// Writes a queue as it is, if its name is free and its schemas are there.
fn put(db: &Connection, queue: &ReviewQueue) -> Result<(), EngineError> {
    let (id, name_key) = (queue.queue_id.as_str(), queue.name.to_lowercase());
    let is_taken = db
        .prepare_cached(
            "select 1 from review_queues
             where experiment_id = ?1 and name_key = ?2 and queue_id <> ?3",
        )?
        .exists(params![queue.experiment.0, name_key, id])?;
    if is_taken {
        return Err(StoreError::ReviewQueueExists(queue.name.clone()).into());
    }
    db.prepare_cached(
        "insert into review_queues (queue_id, experiment_id, name, name_key, queue_type,
             created_by, created_ms, last_update_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         on conflict (queue_id) do update set name = excluded.name, name_key = excluded.name_key,
             created_by = excluded.created_by, last_update_ms = excluded.last_update_ms",
    )?
    .execute(params![
        id,
        queue.experiment.0,
        queue.name,
        name_key,
        queue.queue_type.as_str(),
        queue.created_by,
        queue.created.0,
        queue.last_update.0,
    ])?;
    db.prepare_cached("delete from review_queue_users where queue_id = ?1")?.execute([id])?;
    for user in &queue.users {
        db.prepare_cached("insert into review_queue_users values (?1, ?2)")?
            .execute(params![id, user])?;
    }
    db.prepare_cached("delete from review_queue_schemas where queue_id = ?1")?.execute([id])?;
    for schema in &queue.schemas {
        db.prepare_cached("insert into review_queue_schemas values (?1, ?2)")?
            .execute(params![id, schema.as_str()])?;
    }
    Ok(())
}

fn require_labels(
    db: &Connection,
    experiment: ExperimentId,
    ids: &[LabelSchemaId],
) -> Result<(), EngineError> {
    for id in ids {
        let is_known = db
            .prepare_cached(
                "select 1 from label_schemas where schema_id = ?1 and experiment_id = ?2",
            )?
            .exists(params![id.as_str(), experiment.0])?;
        if !is_known {
            return Err(StoreError::ForeignLabelSchema { experiment, schema: id.clone() }.into());
        }
    }
    Ok(())
}

fn get(db: &Connection, id: &ReviewQueueId) -> Result<ReviewQueue, EngineError> {
    let sql = format!("select {COLUMNS} from review_queues q where q.queue_id = ?1");
    let found = db.prepare_cached(&sql)?.query_row([id.as_str()], from_row).optional()?;
    with_lists(db, found.ok_or_else(|| StoreError::ReviewQueueNotFound(id.clone()))?)
}

fn list(db: &Connection, query: ReviewQueueQuery) -> Result<(Vec<ReviewQueue>, bool), EngineError> {
    let mut sql = Statement::default();
    sql.push(&format!("select {COLUMNS} from review_queues q"));
    sql.push_with(" where q.experiment_id = ", query.experiment.0);
    if let Some(name) = query.name {
        sql.push_with(" and q.name_key = ", name.to_lowercase());
    }
    if let Some(user) = query.user {
        let users = " and q.queue_id in (select queue_id from review_queue_users where user = ";
        sql.push_with(users, user);
        sql.push(")");
    }
    if let Some(trace) = query.trace {
        let items = " and q.queue_id in (select i.queue_id from review_queue_items i
             join traces t on t.id = i.trace where t.trace_id = ";
        sql.push_with(items, trace);
        sql.push(")");
    }
    sql.push(" order by q.created_ms desc, q.queue_id");
    let (found, more) = sql.page(db, query.offset, query.max_results, from_row)?;
    let found = found.into_iter().map(|queue| with_lists(db, queue)).collect::<Result<_, _>>()?;
    Ok((found, more))
}

fn update(
    db: &Connection,
    id: &ReviewQueueId,
    update: ReviewQueueUpdate,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let mut queue = get(db, id)?;
    let has_items = db
        .prepare_cached("select 1 from review_queue_items where queue_id = ?1")?
        .exists([id.as_str()])?;
    let schemas = update.schemas.clone().unwrap_or_default();
    review_queues::update(&mut queue, update, has_items, now)?;
    require_labels(db, queue.experiment, &schemas)?;
    put(db, &queue)
}

fn delete(db: &Connection, id: &ReviewQueueId) -> Result<(), EngineError> {
    get(db, id)?;
    for table in
        ["review_queue_items", "review_queue_users", "review_queue_schemas", "review_queues"]
    {
        db.prepare_cached(&format!("delete from {table} where queue_id = ?1"))?
            .execute([id.as_str()])?;
    }
    Ok(())
}

fn with_lists(db: &Connection, mut queue: ReviewQueue) -> Result<ReviewQueue, EngineError> {
    let id = queue.queue_id.as_str();
    let mut users =
        db.prepare_cached("select user from review_queue_users where queue_id = ?1 order by user")?;
    queue.users = users.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut schemas = db.prepare_cached(
        "select schema_id from review_queue_schemas where queue_id = ?1 order by schema_id",
    )?;
    let ids = schemas.query_map([id], |row| row.get(0).map(LabelSchemaId))?;
    queue.schemas = ids.collect::<Result<_, _>>()?;
    Ok(queue)
}

fn from_row(row: &Row<'_>) -> Result<ReviewQueue, rusqlite::Error> {
    let queue_type = QueueType::from_text(row.get_ref(3)?.as_str()?);
    Ok(ReviewQueue {
        queue_id: ReviewQueueId(row.get(0)?),
        experiment: ExperimentId(row.get(1)?),
        name: row.get(2)?,
        queue_type: queue_type.unwrap_or(QueueType::Custom),
        created_by: row.get(4)?,
        created: TimestampMs(row.get(5)?),
        last_update: TimestampMs(row.get(6)?),
        users: Vec::new(),
        schemas: Vec::new(),
    })
}
