//! The alerts that rules caused, and the deliveries that tell about them.
use kansoku_model::{AlertEvent, TimestampMs};
use rusqlite::{Connection, params};

use super::alerts::{from_json, get, to_json};
use super::{jobs, webhook_events};
use crate::engine::statement::Statement;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use kansoku_store::core::alerts::slack_job;
use kansoku_store::core::webhooks::Event;
use kansoku_store::{ALERT_EVENTS_MAX, AlertEvaluation, AlertEventQuery, StoreError};

/// Stores an evaluation, unless its rule was changed or deleted meanwhile.
pub(super) fn record(
    tx: &Tx<'_>,
    evaluation: &AlertEvaluation,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let AlertEvaluation { rule_id, experiment, revision, state, event, notification } = evaluation;
    let rule = match get(tx, *experiment, rule_id) {
        Err(EngineError(StoreError::AlertRuleNotFound(_))) => return Ok(()),
        found => found?,
    };
    if rule.revision != *revision {
        return Ok(());
    }
    tx.prepare_cached("update alert_rules set state = ?2 where rule_id = ?1")?
        .execute(params![rule_id.as_str(), to_json(state)?])?;
    if let Some(event) = event {
        put(tx, evaluation, event)?;
    }
    if let Some(told) = notification {
        if rule.has_slack_url {
            jobs::add(tx, &slack_job(rule_id, told, now), now)?;
        }
        webhook_events::record(tx, &Event::of_alert(told, *experiment), now)?;
    }
    Ok(())
}

fn put(
    db: &Connection,
    evaluation: &AlertEvaluation,
    event: &AlertEvent,
) -> Result<(), EngineError> {
    db.prepare_cached(
        "insert into alert_events (event_id, rule_id, experiment_id, start_ms, event)
         values (?1, ?2, ?3, ?4, ?5)
         on conflict (event_id) do update set event = excluded.event",
    )?
    .execute(params![
        event.event_id,
        evaluation.rule_id.as_str(),
        evaluation.experiment.0,
        event.start.0,
        to_json(event)?,
    ])?;
    db.prepare_cached(
        "delete from alert_events where event_id in
             (select event_id from alert_events where rule_id = ?1
              order by start_ms desc, event_id desc limit -1 offset ?2)",
    )?
    .execute(params![evaluation.rule_id.as_str(), ALERT_EVENTS_MAX as i64])?;
    Ok(())
}

pub(super) fn list(
    db: &Connection,
    query: &AlertEventQuery,
) -> Result<(Vec<AlertEvent>, bool), EngineError> {
    let mut sql = Statement::default();
    let select = "select event from alert_events where experiment_id = ";
    sql.push_with(select, query.experiment.0);
    if let Some(rule) = &query.rule {
        sql.push_with(" and rule_id = ", rule.to_string());
    }
    sql.push(" order by start_ms desc, event_id desc");
    Ok(sql.page(db, query.offset, query.max_results, |row| from_json(row, 0))?)
}
