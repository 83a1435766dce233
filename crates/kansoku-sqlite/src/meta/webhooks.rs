//! Webhooks.
use async_trait::async_trait;
use kansoku_model::{
    ExperimentId, StoredSecret, TimestampMs, Webhook, WebhookEvent, WebhookId, WebhookStatus,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::jobs;
use crate::SqliteStore;
use crate::engine::statement::Statement;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use kansoku_store::core::webhooks::{self, DELIVERIES};
use kansoku_store::{
    NewWebhook, StoreError, WebhookEdit, WebhookQuery, WebhookStore, WebhookUpdate, WhichWebhooks,
};

#[async_trait]
impl WebhookStore for SqliteStore {
    async fn create_webhook(&self, new: NewWebhook) -> Result<Webhook, StoreError> {
        let now = self.options.clock.now();
        self.write("create a webhook", move |db| create(db, new, now)).await
    }

    async fn webhook(&self, id: &WebhookId) -> Result<Webhook, StoreError> {
        let id = id.clone();
        self.look_up("read a webhook", move |db| get(db, &id)).await
    }

    async fn webhooks(&self, query: WebhookQuery) -> Result<(Vec<Webhook>, bool), StoreError> {
        self.read("read webhooks", move |db| list(db, query)).await
    }

    async fn edit_webhook(&self, id: &WebhookId, edit: WebhookEdit) -> Result<(), StoreError> {
        let (id, now) = (id.clone(), self.options.clock.now());
        let edit = move |db: &Tx<'_>| match &edit {
            WebhookEdit::Update(update) => self::update(db, &id, update, now),
            WebhookEdit::Delete => delete(db, &id),
        };
        self.write("change a webhook", edit).await
    }

    async fn webhook_secret(&self, id: &WebhookId) -> Result<Option<StoredSecret>, StoreError> {
        let id = id.clone();
        self.look_up("read the secret of a webhook", move |db| secret(db, &id)).await
    }
}

const COLUMNS: &str =
    "webhook_id, name, url, description, status, experiments, created_ms, last_update_ms";

fn create(db: &Connection, new: NewWebhook, now: TimestampMs) -> Result<Webhook, EngineError> {
    let count: i64 =
        db.prepare_cached("select count(*) from webhooks")?.query_row([], |row| row.get(0))?;
    if Webhook::COUNT_MAX as i64 <= count {
        let message =
            format!("a server has {} webhooks at most; delete one first", Webhook::COUNT_MAX);
        return Err(StoreError::Invalid(message).into());
    }
    let (webhook, secret) = webhooks::create(new, now);
    db.prepare_cached(
        "insert into webhooks (webhook_id, name, url, description, status, experiments,
             created_ms, last_update_ms, secret)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)",
    )?
    .execute(params![
        webhook.webhook_id.as_str(),
        webhook.name,
        webhook.url,
        webhook.description,
        webhook.status.as_str(),
        experiments_json(&webhook),
        now.0,
        secret.map(|secret| secret.0),
    ])?;
    put_events(db, &webhook)?;
    Ok(webhook)
}

fn experiments_json(webhook: &Webhook) -> String {
    let ids: Vec<i64> = webhook.experiments.iter().map(|id| id.0).collect();
    serde_json::json!(ids).to_string()
}

fn put_events(db: &Connection, webhook: &Webhook) -> Result<(), EngineError> {
    let id = webhook.webhook_id.as_str();
    db.prepare_cached("delete from webhook_events where webhook_id = ?1")?.execute([id])?;
    let mut insert = db.prepare_cached("insert into webhook_events values (?1, ?2)")?;
    for event in &webhook.events {
        insert.execute([&event.to_string(), id])?;
    }
    Ok(())
}

pub(crate) fn get(db: &Connection, id: &WebhookId) -> Result<Webhook, EngineError> {
    let sql = format!("select {COLUMNS} from webhooks where webhook_id = ?1");
    let found = db.prepare_cached(&sql)?.query_row([id.as_str()], from_row).optional()?;
    with_events(db, found.ok_or_else(|| StoreError::WebhookNotFound(id.clone()))?)
}

fn list(db: &Connection, query: WebhookQuery) -> Result<(Vec<Webhook>, bool), EngineError> {
    let mut sql = Statement::default();
    sql.push(&format!("select {COLUMNS} from webhooks"));
    if query.which == WhichWebhooks::OfMlflow {
        sql.push(" where webhook_id in (select webhook_id from webhook_events where event in (");
        let events = WebhookEvent::ALL.into_iter().filter(|event| event.is_mlflows());
        sql.push_list(events.map(|event| event.to_string().into()));
        sql.push("))");
    }
    sql.push(" order by created_ms desc, webhook_id");
    let (found, more) = sql.page(db, query.offset, query.max_results, from_row)?;
    let found = found.into_iter().map(|webhook| with_events(db, webhook));
    Ok((found.collect::<Result<_, _>>()?, more))
}

fn update(
    db: &Connection,
    id: &WebhookId,
    update: &WebhookUpdate,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let mut webhook = get(db, id)?;
    webhooks::update(&mut webhook, update, now);
    db.prepare_cached(
        "update webhooks set name = ?2, url = ?3, description = ?4, status = ?5, experiments = ?6,
             last_update_ms = ?7
         where webhook_id = ?1",
    )?
    .execute(params![
        id.as_str(),
        webhook.name,
        webhook.url,
        webhook.description,
        webhook.status.as_str(),
        experiments_json(&webhook),
        now.0,
    ])?;
    if let Some(StoredSecret(secret)) = &update.secret {
        let secret = Some(secret).filter(|secret| !secret.is_empty());
        db.prepare_cached("update webhooks set secret = ?2 where webhook_id = ?1")?
            .execute(params![id.as_str(), secret])?;
    }
    put_events(db, &webhook)
}

fn delete(db: &Connection, id: &WebhookId) -> Result<(), EngineError> {
    get(db, id)?;
    for table in ["webhook_events", "webhooks"] {
        db.prepare_cached(&format!("delete from {table} where webhook_id = ?1"))?
            .execute([id.as_str()])?;
    }
    jobs::delete_all_of(db, DELIVERIES, id.as_str())
}

fn secret(db: &Connection, id: &WebhookId) -> Result<Option<StoredSecret>, EngineError> {
    let found = db
        .prepare_cached("select secret from webhooks where webhook_id = ?1")?
        .query_row([id.as_str()], |row| row.get::<_, Option<String>>(0))
        .optional()?;
    let secret = found.ok_or_else(|| StoreError::WebhookNotFound(id.clone()))?;
    Ok(secret.map(StoredSecret))
}

fn with_events(db: &Connection, webhook: Webhook) -> Result<Webhook, EngineError> {
    let mut select = db.prepare_cached("select event from webhook_events where webhook_id = ?1")?;
    let events = select.query_map([webhook.webhook_id.as_str()], |row| row.get::<_, String>(0))?;
    let events = events.collect::<Result<Vec<_>, _>>()?;
    let mut events: Vec<_> =
        events.iter().filter_map(|event| WebhookEvent::from_text(event)).collect();
    events.sort();
    Ok(Webhook { events, ..webhook })
}

fn from_row(row: &Row<'_>) -> Result<Webhook, rusqlite::Error> {
    let experiments: Vec<i64> = serde_json::from_str(row.get_ref(5)?.as_str()?).unwrap_or_default();
    Ok(Webhook {
        webhook_id: WebhookId(row.get(0)?),
        name: row.get(1)?,
        url: row.get(2)?,
        description: row.get(3)?,
        events: Vec::new(),
        status: WebhookStatus::from_text(row.get_ref(4)?.as_str()?).unwrap_or_default(),
        experiments: experiments.into_iter().map(ExperimentId).collect(),
        creation_time: TimestampMs(row.get(6)?),
        last_update_time: TimestampMs(row.get(7)?),
    })
}
