//! Backfills of scorers.
use async_trait::async_trait;
use kansoku_model::{Backfill, BackfillProgress, BackfillState, ExperimentId, TimestampMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::jobs;
use crate::SqliteStore;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::ingest::traces::require_active;
use kansoku_store::{BackfillStep, BackfillStore, StoreError, check_backfill_change};

#[async_trait]
impl BackfillStore for SqliteStore {
    async fn create_backfill(&self, backfill: Backfill) -> Result<(), StoreError> {
        self.write("create a backfill", move |db: &Tx<'_>| create(db, &backfill)).await
    }

    async fn backfills(&self, experiment: ExperimentId) -> Result<Vec<Backfill>, StoreError> {
        let of_experiment = move |db: &Connection| {
            let sql = format!("{SELECT} where experiment_id = ?1 order by id desc");
            let mut select = db.prepare_cached(&sql)?;
            let rows = select.query_map([experiment.0], from_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        self.read("read backfills", of_experiment).await
    }

    async fn backfill(&self, experiment: ExperimentId, id: &str) -> Result<Backfill, StoreError> {
        let id = id.to_owned();
        self.look_up("read a backfill", move |db| get(db, experiment, &id)).await
    }

    async fn unfinished_backfills(&self) -> Result<Vec<Backfill>, StoreError> {
        let unfinished = move |db: &Connection| {
            let sql = format!("{SELECT} where finished_ms is null order by id");
            let mut select = db.prepare_cached(&sql)?;
            let rows = select.query_map([], from_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        self.look_up("read unfinished backfills", unfinished).await
    }

    async fn set_backfill_state(
        &self,
        experiment: ExperimentId,
        id: &str,
        state: BackfillState,
    ) -> Result<(), StoreError> {
        let (id, now) = (id.to_owned(), self.options.clock.now());
        let set = move |db: &Tx<'_>| set_state(db, experiment, &id, state, now);
        self.write("change a backfill", set).await
    }

    async fn advance_backfill(&self, id: &str, step: BackfillStep) -> Result<(), StoreError> {
        let (id, now) = (id.to_owned(), self.options.clock.now());
        let bytes = step.jobs.iter().map(|job| job.payload.len()).sum();
        let advance = move |tx: &Tx<'_>| advance(tx, &id, &step, now);
        self.writer.run("advance a backfill", bytes, advance).await
    }
}

const SELECT: &str = "select backfill_id, experiment_id, scorers, filter, from_ms, to_ms,
    only_former, created_by, created_ms, selected, is_selected_complete, state, cursor, is_walked,
    looked_at, jobs_added, checked, finished_ms from backfills";

fn create(db: &Connection, backfill: &Backfill) -> Result<(), EngineError> {
    let experiment = backfill.experiment_id;
    require_active(db, experiment)?;
    let mut count = db.prepare_cached(
        "select count(*) from backfills where experiment_id = ?1 and finished_ms is null",
    )?;
    let unfinished: i64 = count.query_row([experiment.0], |row| row.get(0))?;
    if Backfill::UNFINISHED_MAX as i64 <= unfinished {
        let max = Backfill::UNFINISHED_MAX;
        let message =
            format!("an experiment has {max} unfinished backfills at most; wait, or cancel one");
        return Err(StoreError::Invalid(message).into());
    }
    db.prepare_cached(
        "delete from backfills where id in (
             select id from backfills where experiment_id = ?1 and finished_ms is not null
             order by id desc limit -1 offset ?2)",
    )?
    .execute(params![experiment.0, Backfill::FINISHED_MAX as i64])?;
    let json = |error| StoreError::backend("write a backfill", error);
    db.prepare_cached(
        "insert into backfills (backfill_id, experiment_id, scorers, filter, from_ms, to_ms,
             only_former, created_by, created_ms, selected, is_selected_complete, state)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        backfill.backfill_id,
        experiment.0,
        serde_json::to_string(&backfill.scorers).map_err(json)?,
        backfill.filter,
        backfill.from.map(|time| time.0),
        backfill.to.map(|time| time.0),
        backfill.only_former,
        backfill.created_by,
        backfill.created.0,
        backfill.selected.cast_signed(),
        backfill.is_selected_complete,
        backfill.state.as_str(),
    ])?;
    Ok(())
}

fn get(db: &Connection, experiment: ExperimentId, id: &str) -> Result<Backfill, EngineError> {
    let sql = format!("{SELECT} where experiment_id = ?1 and backfill_id = ?2");
    let mut select = db.prepare_cached(&sql)?;
    let found = select.query_row(params![experiment.0, id], from_row).optional()?;
    Ok(found.ok_or_else(|| StoreError::BackfillNotFound(id.to_owned()))?)
}

fn set_state(
    db: &Connection,
    experiment: ExperimentId,
    id: &str,
    state: BackfillState,
    now: TimestampMs,
) -> Result<(), EngineError> {
    check_backfill_change(id, get(db, experiment, id)?.state, state)?;
    let finished = state.is_final().then_some(now.0);
    db.prepare_cached(
        "update backfills set state = ?2, finished_ms = coalesce(finished_ms, ?3)
         where backfill_id = ?1",
    )?
    .execute(params![id, state.as_str(), finished])?;
    Ok(())
}

fn advance(
    tx: &Tx<'_>,
    id: &str,
    step: &BackfillStep,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let changed = tx
        .prepare_cached(
            "update backfills set cursor = ?3, is_walked = ?3 is null,
                 looked_at = looked_at + ?4, jobs_added = jobs_added + ?5, checked = checked + ?6
             where backfill_id = ?1 and state = 'running' and cursor is ?2 and not is_walked",
        )?
        .execute(params![
            id,
            step.from,
            step.to,
            step.looked_at.cast_signed(),
            step.jobs.len() as i64,
            step.checked.cast_signed(),
        ])?;
    if changed == 0 {
        return Ok(());
    }
    step.jobs.iter().try_for_each(|job| jobs::add(tx, job, now))
}

fn from_row(row: &Row<'_>) -> Result<Backfill, rusqlite::Error> {
    let count = |column| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.cast_unsigned());
    let time =
        |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(TimestampMs));
    let state = BackfillState::from_text(row.get_ref(11)?.as_str()?);
    Ok(Backfill {
        backfill_id: row.get(0)?,
        experiment_id: ExperimentId(row.get(1)?),
        scorers: serde_json::from_str(row.get_ref(2)?.as_str()?).unwrap_or_default(),
        filter: row.get(3)?,
        from: time(4)?,
        to: time(5)?,
        only_former: row.get(6)?,
        created_by: row.get(7)?,
        created: TimestampMs(row.get(8)?),
        selected: count(9)?,
        is_selected_complete: row.get(10)?,
        state: state.unwrap_or(BackfillState::Cancelled),
        progress: BackfillProgress {
            cursor: row.get(12)?,
            is_walked: row.get(13)?,
            looked_at: count(14)?,
            jobs_added: count(15)?,
            checked: count(16)?,
        },
        finished: time(17)?,
    })
}
