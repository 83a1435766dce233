//! Saved views.
use async_trait::async_trait;
use kansoku_model::{ExperimentId, TimestampMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::SqliteStore;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::ingest::traces::require_active;
use kansoku_store::core;
use kansoku_store::{SavedView, StoreError, ViewStore, ViewUpdate};

#[async_trait]
impl ViewStore for SqliteStore {
    async fn view(&self, view_id: &str) -> Result<SavedView, StoreError> {
        let view_id = view_id.to_owned();
        self.read("read a saved view", move |db| get(db, &view_id)).await
    }

    async fn views(&self, experiment: ExperimentId) -> Result<Vec<SavedView>, StoreError> {
        self.look_up("read saved views", move |db| all(db, experiment)).await
    }

    async fn create_view(
        &self,
        experiment: ExperimentId,
        name: &str,
        state: &str,
    ) -> Result<SavedView, StoreError> {
        let (name, state, now) = (name.to_owned(), state.to_owned(), self.options.clock.now());
        let create = move |db: &Tx<'_>| create(db, experiment, &name, &state, now);
        self.write("save a view", create).await
    }

    async fn update_view(
        &self,
        view_id: &str,
        update: ViewUpdate,
    ) -> Result<SavedView, StoreError> {
        let (view_id, now) = (view_id.to_owned(), self.options.clock.now());
        let change = move |db: &Tx<'_>| self::update(db, &view_id, &update, now);
        self.write("change a saved view", change).await
    }

    async fn delete_view(&self, view_id: &str) -> Result<(), StoreError> {
        let view_id = view_id.to_owned();
        self.write("delete a saved view", move |db| delete(db, &view_id)).await
    }
}

const COLUMNS: &str =
    "view_id, experiment_id, name, state, create_time_ms, update_time_ms, position";

pub(crate) fn all(
    db: &Connection,
    experiment: ExperimentId,
) -> Result<Vec<SavedView>, EngineError> {
    let mut select =
        db.prepare_cached(&format!("select {COLUMNS} from saved_views where experiment_id = ?1"))?;
    let mut views = select.query_map([experiment.0], from_row)?.collect::<Result<Vec<_>, _>>()?;
    core::views::sort(&mut views);
    Ok(views)
}

pub(crate) fn create(
    db: &Connection,
    experiment: ExperimentId,
    name: &str,
    state: &str,
    now: TimestampMs,
) -> Result<SavedView, EngineError> {
    require_active(db, experiment)?;
    let count: i64 = db
        .prepare_cached("select count(*) from saved_views where experiment_id = ?1")?
        .query_row([experiment.0], |row| row.get(0))?;
    if SavedView::COUNT_MAX <= count.cast_unsigned() {
        return Err(StoreError::Invalid(format!(
            "an experiment has {} saved views at most; delete one first",
            SavedView::COUNT_MAX
        ))
        .into());
    }
    let view_id = format!("v-{:032x}", rand::random::<u128>());
    db.prepare_cached(&format!(
        "insert into saved_views ({COLUMNS}) values (?1, ?2, ?3, ?4, ?5, ?5, null)"
    ))?
    .execute(params![view_id, experiment.0, name, state, now.0])?;
    get(db, &view_id)
}

pub(crate) fn update(
    db: &Connection,
    view_id: &str,
    update: &ViewUpdate,
    now: TimestampMs,
) -> Result<SavedView, EngineError> {
    db.prepare_cached(
        "update saved_views set name = coalesce(?2, name), state = coalesce(?3, state),
             update_time_ms = ?4
         where view_id = ?1",
    )?
    .execute(params![view_id, update.name, update.state, now.0])?;
    if let Some(place) = update.place {
        let views = all(db, get(db, view_id)?.experiment)?;
        let mut set =
            db.prepare_cached("update saved_views set position = ?2 where view_id = ?1")?;
        for view in core::views::with_moved(views, view_id, place) {
            set.execute(params![view.view_id, view.position])?;
        }
    }
    get(db, view_id)
}

pub(crate) fn delete(db: &Connection, view_id: &str) -> Result<(), EngineError> {
    let gone =
        db.prepare_cached("delete from saved_views where view_id = ?1")?.execute([view_id])?;
    match gone {
        0 => Err(StoreError::ViewNotFound(view_id.to_owned()).into()),
        _ => Ok(()),
    }
}

pub(crate) fn get(db: &Connection, view_id: &str) -> Result<SavedView, EngineError> {
    let mut select =
        db.prepare_cached(&format!("select {COLUMNS} from saved_views where view_id = ?1"))?;
    let view = select.query_row([view_id], from_row).optional()?;
    view.ok_or_else(|| StoreError::ViewNotFound(view_id.to_owned()).into())
}

fn from_row(row: &Row<'_>) -> Result<SavedView, rusqlite::Error> {
    Ok(SavedView {
        view_id: row.get(0)?,
        experiment: ExperimentId(row.get(1)?),
        name: row.get(2)?,
        state: row.get(3)?,
        create_time: TimestampMs(row.get(4)?),
        update_time: TimestampMs(row.get(5)?),
        position: row.get(6)?,
    })
}
