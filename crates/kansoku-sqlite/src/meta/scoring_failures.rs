//! Scorers that could not assess a trace or session.
use async_trait::async_trait;
use kansoku_model::{ExperimentId, ScoringFailure, TimestampMs, TraceId};
use rusqlite::{Connection, Row, params};

use crate::SqliteStore;
use crate::engine::statement::Statement;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use kansoku_store::{FailureQuery, ScoringFailureStore, StoreError};

#[async_trait]
impl ScoringFailureStore for SqliteStore {
    async fn add_scoring_failures(
        &self,
        experiment: ExperimentId,
        failures: Vec<ScoringFailure>,
    ) -> Result<(), StoreError> {
        let add_all = move |db: &Tx<'_>| {
            failures.iter().try_for_each(|failure| add(db, experiment, failure))?;
            delete_oldest(db, experiment)
        };
        self.write("keep failures of scorers", add_all).await
    }

    async fn scoring_failures(
        &self,
        query: FailureQuery,
    ) -> Result<(Vec<ScoringFailure>, bool), StoreError> {
        self.read("read failures of scorers", move |db| list(db, query)).await
    }

    async fn count_scoring_failures(
        &self,
        experiment: ExperimentId,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        self.look_up("count failures of scorers", move |db| count(db, experiment)).await
    }

    async fn delete_scoring_failures(
        &self,
        experiment: ExperimentId,
        ids: &[String],
    ) -> Result<(), StoreError> {
        let ids = serde_json::json!(ids).to_string();
        let delete = move |db: &Tx<'_>| {
            db.prepare_cached(
                "delete from scoring_failures
                 where experiment_id = ?1 and failure_id in (select value from json_each(?2))",
            )?
            .execute(params![experiment.0, ids])?;
            Ok(())
        };
        self.write("delete failures of scorers", delete).await
    }
}

fn add(
    db: &Connection,
    experiment: ExperimentId,
    failure: &ScoringFailure,
) -> Result<(), EngineError> {
    db.prepare_cached(
        "insert into scoring_failures (failure_id, experiment_id, scorer_id, scorer, version,
             trace_id, session, reason, attempts, time_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         on conflict (failure_id) do nothing",
    )?
    .execute(params![
        failure.failure_id,
        experiment.0,
        failure.scorer_id,
        failure.scorer,
        failure.version,
        failure.trace_id.as_str(),
        failure.session,
        failure.reason,
        failure.attempts,
        failure.time.0,
    ])?;
    Ok(())
}

fn delete_oldest(db: &Connection, experiment: ExperimentId) -> Result<(), EngineError> {
    db.prepare_cached(
        "delete from scoring_failures where id in (
             select id from scoring_failures where experiment_id = ?1
             order by id desc limit -1 offset ?2)",
    )?
    .execute(params![experiment.0, ScoringFailure::COUNT_MAX as i64])?;
    Ok(())
}

fn list(db: &Connection, query: FailureQuery) -> Result<(Vec<ScoringFailure>, bool), EngineError> {
    let mut sql = Statement::default();
    sql.push(
        "select failure_id, experiment_id, scorer_id, scorer, version, trace_id, session, reason,
             attempts, time_ms
         from scoring_failures",
    );
    sql.push_with(" where experiment_id = ", query.experiment.0);
    if let Some(scorer_id) = query.scorer_id {
        sql.push_with(" and scorer_id = ", scorer_id);
    }
    sql.push(" order by id desc");
    Ok(sql.page(db, query.offset, query.max_results, from_row)?)
}

fn count(db: &Connection, experiment: ExperimentId) -> Result<Vec<(String, u64)>, EngineError> {
    let mut select = db.prepare_cached(
        "select scorer_id, count(*) from scoring_failures where experiment_id = ?1
         group by scorer_id order by scorer_id",
    )?;
    let counts = select.query_map([experiment.0], |row| {
        Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
    })?;
    Ok(counts.collect::<Result<_, _>>()?)
}

fn from_row(row: &Row<'_>) -> Result<ScoringFailure, rusqlite::Error> {
    let trace_id: String = row.get(5)?;
    Ok(ScoringFailure {
        failure_id: row.get(0)?,
        experiment_id: ExperimentId(row.get(1)?),
        scorer_id: row.get(2)?,
        scorer: row.get(3)?,
        version: row.get(4)?,
        trace_id: TraceId::try_from(trace_id).expect("only valid ids are stored"),
        session: row.get(6)?,
        reason: row.get(7)?,
        attempts: row.get(8)?,
        time: TimestampMs(row.get(9)?),
    })
}
