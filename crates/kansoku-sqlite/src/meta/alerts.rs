//! Alert rules.
use async_trait::async_trait;
use kansoku_model::{AlertEvent, AlertRule, AlertRuleId, ExperimentId, StoredSecret, TimestampMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{alert_events, jobs};
use crate::SqliteStore;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::ingest::traces::require_active;
use kansoku_store::core::alerts as core;
use kansoku_store::core::webhooks::DELIVERIES;
use kansoku_store::{
    AlertEvaluation, AlertEventQuery, AlertRuleEdit, AlertStore, NewAlertRule, StoreError,
};

#[async_trait]
impl AlertStore for SqliteStore {
    async fn create_alert_rule(
        &self,
        experiment: ExperimentId,
        new: NewAlertRule,
    ) -> Result<AlertRule, StoreError> {
        let now = self.options.clock.now();
        let create = move |db: &Tx<'_>| create(db, experiment, &new, now);
        self.write("create an alert rule", create).await
    }

    async fn alert_rules(
        &self,
        experiment: Option<ExperimentId>,
    ) -> Result<Vec<AlertRule>, StoreError> {
        self.look_up("read alert rules", move |db| list(db, experiment)).await
    }

    async fn alert_rule(
        &self,
        experiment: ExperimentId,
        id: &AlertRuleId,
    ) -> Result<AlertRule, StoreError> {
        let id = id.clone();
        self.look_up("read an alert rule", move |db| get(db, experiment, &id)).await
    }

    async fn edit_alert_rule(
        &self,
        experiment: ExperimentId,
        id: &AlertRuleId,
        edit: AlertRuleEdit,
    ) -> Result<(), StoreError> {
        let (id, now) = (id.clone(), self.options.clock.now());
        let edit = move |db: &Tx<'_>| self::edit(db, experiment, &id, &edit, now);
        self.write("change an alert rule", edit).await
    }

    async fn alert_slack_url(
        &self,
        experiment: ExperimentId,
        id: &AlertRuleId,
    ) -> Result<Option<StoredSecret>, StoreError> {
        let id = id.clone();
        let url = move |db: &Connection| {
            get(db, experiment, &id)?;
            let url: Option<String> = db
                .prepare_cached("select slack_url from alert_rules where rule_id = ?1")?
                .query_row([id.as_str()], |row| row.get(0))?;
            Ok(url.map(StoredSecret))
        };
        self.look_up("read where an alert rule tells", url).await
    }

    async fn record_alert_evaluations(
        &self,
        evaluations: Vec<AlertEvaluation>,
    ) -> Result<(), StoreError> {
        let now = self.options.clock.now();
        let record_all = move |tx: &Tx<'_>| {
            evaluations.iter().try_for_each(|evaluation| alert_events::record(tx, evaluation, now))
        };
        self.write("store evaluations of alert rules", record_all).await
    }

    async fn alert_events(
        &self,
        query: AlertEventQuery,
    ) -> Result<(Vec<AlertEvent>, bool), StoreError> {
        self.read("read alerts", move |db| alert_events::list(db, &query)).await
    }
}

const COLUMNS: &str = "rule_id, experiment_id, settings, state, slack_url is not null, \
                       muted_until_ms, revision, created_ms, last_update_ms";

fn create(
    db: &Connection,
    experiment: ExperimentId,
    new: &NewAlertRule,
    now: TimestampMs,
) -> Result<AlertRule, EngineError> {
    require_active(db, experiment)?;
    let (of_experiment, of_server): (i64, i64) = db
        .prepare_cached(
            "select count(*) filter (where experiment_id = ?1), count(*) from alert_rules",
        )?
        .query_row([experiment.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let count = |count: i64| usize::try_from(count).unwrap_or(usize::MAX);
    core::check_count(count(of_experiment), count(of_server))?;
    let rule = core::create(experiment, new, now);
    let url = new.slack_url.as_ref().map(|url| &url.0).filter(|url| !url.is_empty());
    db.prepare_cached(
        "insert into alert_rules (rule_id, experiment_id, settings, state, slack_url, revision,
             created_ms, last_update_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
    )?
    .execute(params![
        rule.rule_id.as_str(),
        experiment.0,
        to_json(&rule.settings)?,
        to_json(&rule.state)?,
        url,
        rule.revision,
        now.0,
    ])?;
    Ok(rule)
}

fn list(db: &Connection, experiment: Option<ExperimentId>) -> Result<Vec<AlertRule>, EngineError> {
    let which = match experiment {
        Some(_) => "experiment_id = ?1",
        None => {
            "?1 is null and experiment_id in
             (select experiment_id from experiments where lifecycle_stage = 'active')"
        }
    };
    let sql = format!("select {COLUMNS} from alert_rules where {which}");
    let mut select = db.prepare_cached(&sql)?;
    let rules = select.query_map([experiment.map(|id| id.0)], from_row)?;
    let mut rules = rules.collect::<Result<Vec<_>, _>>()?;
    rules.sort_by_cached_key(|rule| {
        (rule.experiment, rule.settings.name.clone(), rule.rule_id.clone())
    });
    Ok(rules)
}

/// Fails if the experiment has no such rule.
pub(super) fn get(
    db: &Connection,
    experiment: ExperimentId,
    id: &AlertRuleId,
) -> Result<AlertRule, EngineError> {
    let sql =
        format!("select {COLUMNS} from alert_rules where rule_id = ?1 and experiment_id = ?2");
    let mut select = db.prepare_cached(&sql)?;
    let found = select.query_row(params![id.as_str(), experiment.0], from_row).optional()?;
    found.ok_or_else(|| StoreError::AlertRuleNotFound(id.clone()).into())
}

fn edit(
    db: &Connection,
    experiment: ExperimentId,
    id: &AlertRuleId,
    edit: &AlertRuleEdit,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let mut rule = get(db, experiment, id)?;
    match edit {
        AlertRuleEdit::Update { settings, slack_url } => {
            core::update(&mut rule, settings.clone(), now);
            db.prepare_cached(
                "update alert_rules set settings = ?2, revision = ?3, last_update_ms = ?4
                 where rule_id = ?1",
            )?
            .execute(params![
                id.as_str(),
                to_json(&rule.settings)?,
                rule.revision,
                now.0
            ])?;
            if let Some(StoredSecret(url)) = slack_url {
                let url = Some(url).filter(|url| !url.is_empty());
                db.prepare_cached("update alert_rules set slack_url = ?2 where rule_id = ?1")?
                    .execute(params![id.as_str(), url])?;
            }
            Ok(())
        }
        AlertRuleEdit::Mute { until } => {
            db.prepare_cached("update alert_rules set muted_until_ms = ?2 where rule_id = ?1")?
                .execute(params![id.as_str(), until.map(|until| until.0)])?;
            Ok(())
        }
        AlertRuleEdit::Delete => {
            for table in ["alert_events", "alert_rules"] {
                db.prepare_cached(&format!("delete from {table} where rule_id = ?1"))?
                    .execute([id.as_str()])?;
            }
            jobs::delete_all_of(db, DELIVERIES, id.as_str())
        }
    }
}

fn from_row(row: &Row<'_>) -> Result<AlertRule, rusqlite::Error> {
    Ok(AlertRule {
        rule_id: AlertRuleId(row.get(0)?),
        experiment: ExperimentId(row.get(1)?),
        settings: from_json(row, 2)?,
        state: from_json(row, 3)?,
        has_slack_url: row.get(4)?,
        muted_until: row.get::<_, Option<i64>>(5)?.map(TimestampMs),
        revision: row.get(6)?,
        creation_time: TimestampMs(row.get(7)?),
        last_update_time: TimestampMs(row.get(8)?),
    })
}

pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, EngineError> {
    let failed = |error| StoreError::backend("write an alert rule as JSON", error);
    Ok(serde_json::to_string(value).map_err(failed)?)
}

pub(super) fn from_json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
) -> Result<T, rusqlite::Error> {
    serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
    })
}
