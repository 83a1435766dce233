//! The deliveries of an event, which are written in the same commit as the change that causes it.
//!
//! Without a webhook that receives the event, a write only pays for one look-up in an index that is
//! almost always empty.
use kansoku_model::{TimestampMs, TraceId, Webhook, WebhookEvent, WebhookId};
use rusqlite::Connection;

use super::{jobs, webhooks};
use crate::engine::tx::Tx;
use crate::error::EngineError;
use kansoku_store::core::fold::Change;
use kansoku_store::core::webhooks::{Event, event_of_state};

/// Adds a job for each webhook that receives the event.
pub(crate) fn record(tx: &Tx<'_>, event: &Event, now: TimestampMs) -> Result<(), EngineError> {
    for webhook in receivers(tx, event.event)? {
        if webhook.receives(event.event, event.experiment) {
            jobs::add(tx, &event.delivery(&webhook.webhook_id, now), now)?;
        }
    }
    Ok(())
}

/// Records that a write ends a trace, or ends it in another state than before.
pub(crate) fn record_trace_end(
    tx: &Tx<'_>,
    change: &Change,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let Some(state) = change.final_state_reached() else { return Ok(()) };
    let Some(event) = event_of_state(state) else { return Ok(()) };
    if !is_wanted(tx, event)? {
        return Ok(());
    }
    let Ok(trace) = TraceId::try_from(change.row.trace_id.clone()) else { return Ok(()) };
    match Event::of_trace(&trace, state, change.row.experiment) {
        Some(event) => record(tx, &event, now),
        None => Ok(()),
    }
}

/// Whether there is a webhook for this event, active or not.
pub(crate) fn is_wanted(db: &Connection, event: WebhookEvent) -> Result<bool, EngineError> {
    let mut select = db.prepare_cached("select 1 from webhook_events where event = ?1")?;
    Ok(select.exists([event.to_string()])?)
}

fn receivers(db: &Connection, event: WebhookEvent) -> Result<Vec<Webhook>, EngineError> {
    let mut select = db.prepare_cached("select webhook_id from webhook_events where event = ?1")?;
    let ids = select.query_map([event.to_string()], |row| Ok(WebhookId(row.get(0)?)))?;
    ids.map(|id| webhooks::get(db, &id?)).collect()
}
