//! Scorers, their versions and their online configurations.
use async_trait::async_trait;
use kansoku_model::{ExperimentId, OnlineScoringConfig, ScorerVersion, TimestampMs};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use crate::SqliteStore;
use crate::engine::statement::Statement;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::ingest::traces::require_active;
use kansoku_store::{ScorerStore, StoreError};

#[async_trait]
impl ScorerStore for SqliteStore {
    async fn register_scorer(
        &self,
        experiment: ExperimentId,
        name: &str,
        serialized: &str,
    ) -> Result<ScorerVersion, StoreError> {
        let (name, serialized) = (name.to_owned(), serialized.to_owned());
        let now = self.options.clock.now();
        let register = move |db: &Tx<'_>| register(db, experiment, &name, &serialized, now);
        self.write("register a scorer", register).await
    }

    async fn scorers(
        &self,
        experiments: Option<Vec<ExperimentId>>,
    ) -> Result<Vec<ScorerVersion>, StoreError> {
        let latest = move |db: &Connection| latest(db, experiments.as_deref());
        self.read("read scorers", latest).await
    }

    async fn scorer_versions(
        &self,
        experiment: ExperimentId,
        name: &str,
    ) -> Result<Vec<ScorerVersion>, StoreError> {
        let name = name.to_owned();
        self.read("read a scorer", move |db| versions(db, experiment, &name)).await
    }

    async fn scorer(
        &self,
        experiment: ExperimentId,
        name: &str,
        version: Option<i64>,
    ) -> Result<ScorerVersion, StoreError> {
        let name = name.to_owned();
        self.look_up("read a scorer", move |db| get(db, experiment, &name, version)).await
    }

    async fn delete_scorer(
        &self,
        experiment: ExperimentId,
        name: &str,
        version: Option<i64>,
    ) -> Result<(), StoreError> {
        let name = name.to_owned();
        let delete = move |db: &Tx<'_>| delete(db, experiment, &name, version);
        self.write("delete a scorer", delete).await
    }

    async fn set_online_scoring(
        &self,
        experiment: ExperimentId,
        name: &str,
        sample_rate: f64,
        filter: Option<String>,
    ) -> Result<OnlineScoringConfig, StoreError> {
        let name = name.to_owned();
        let set =
            move |db: &Tx<'_>| set_online(db, experiment, &name, sample_rate, filter.as_deref());
        self.write("configure a scorer", set).await
    }

    async fn online_scoring(
        &self,
        scorer_ids: &[String],
    ) -> Result<Vec<OnlineScoringConfig>, StoreError> {
        let ids = scorer_ids.to_vec();
        self.read("read online configurations", move |db| online(db, &ids)).await
    }
}

const COLUMNS: &str =
    "s.scorer_id, s.experiment_id, s.name, v.version, v.serialized, v.creation_time_ms";
const TABLES: &str = "scorers s join scorer_versions v on v.scorer = s.id";

/// The row of a scorer. Fails for an experiment that is not active.
fn find(db: &Connection, experiment: ExperimentId, name: &str) -> Result<Option<i64>, EngineError> {
    require_active(db, experiment)?;
    let mut select =
        db.prepare_cached("select id from scorers where experiment_id = ?1 and name = ?2")?;
    Ok(select.query_row(params![experiment.0, name], |row| row.get(0)).optional()?)
}

fn require_scorer(
    db: &Connection,
    experiment: ExperimentId,
    name: &str,
) -> Result<i64, EngineError> {
    let missing = || StoreError::scorer_not_found(experiment, name, None);
    Ok(find(db, experiment, name)?.ok_or_else(missing)?)
}

/// The id that clients see.
pub(super) fn require_scorer_id(
    db: &Connection,
    experiment: ExperimentId,
    name: &str,
) -> Result<String, EngineError> {
    let scorer = require_scorer(db, experiment, name)?;
    let mut select = db.prepare_cached("select scorer_id from scorers where id = ?1")?;
    Ok(select.query_row([scorer], |row| row.get(0))?)
}

fn register(
    db: &Connection,
    experiment: ExperimentId,
    name: &str,
    serialized: &str,
    now: TimestampMs,
) -> Result<ScorerVersion, EngineError> {
    let scorer = match find(db, experiment, name)? {
        Some(scorer) => scorer,
        None => {
            let count = "select count(*) from scorers where experiment_id = ?1";
            require_room(db, count, experiment.0, "an experiment has {} scorers")?;
            db.prepare_cached(
                "insert into scorers (scorer_id, experiment_id, name) values (?1, ?2, ?3)",
            )?
            .execute(params![random_uuid(), experiment.0, name])?;
            db.last_insert_rowid()
        }
    };
    let count = "select count(*) from scorer_versions where scorer = ?1";
    require_room(db, count, scorer, "a scorer has {} versions")?;
    db.prepare_cached(
        "insert into scorer_versions (scorer, version, serialized, creation_time_ms)
         select ?1, coalesce(max(version), 0) + 1, ?2, ?3
         from scorer_versions where scorer = ?1",
    )?
    .execute(params![scorer, serialized, now.0])?;
    get(db, experiment, name, None)
}

/// Refuses one more where `count` finds as many of `of` as there may be.
fn require_room(db: &Connection, count: &str, of: i64, what: &str) -> Result<(), EngineError> {
    let count: i64 = db.prepare_cached(count)?.query_row([of], |row| row.get(0))?;
    if count < ScorerVersion::COUNT_MAX as i64 {
        return Ok(());
    }
    let what = what.replace("{}", &ScorerVersion::COUNT_MAX.to_string());
    Err(StoreError::Invalid(format!("{what} at most; delete one first")).into())
}

/// A random version-4 UUID.
fn random_uuid() -> String {
    let bits = (rand::random::<u128>() & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let (a, b, c) = (&hex[..8], &hex[8..12], &hex[12..16]);
    format!("{a}-{b}-{c}-{}-{}", &hex[16..20], &hex[20..])
}

fn get(
    db: &Connection,
    experiment: ExperimentId,
    name: &str,
    version: Option<i64>,
) -> Result<ScorerVersion, EngineError> {
    let scorer = require_scorer(db, experiment, name)?;
    let mut select = db.prepare_cached(&format!(
        "select {COLUMNS} from {TABLES} where s.id = ?1 and v.version = coalesce(?2, v.version)
         order by v.version desc limit 1"
    ))?;
    let version_row = select.query_row(params![scorer, version], from_row).optional()?;
    let missing = || StoreError::scorer_not_found(experiment, name, version);
    Ok(version_row.ok_or_else(missing)?)
}

fn versions(
    db: &Connection,
    experiment: ExperimentId,
    name: &str,
) -> Result<Vec<ScorerVersion>, EngineError> {
    let scorer = require_scorer(db, experiment, name)?;
    let mut sql = Statement::default();
    sql.push_with(&format!("select {COLUMNS} from {TABLES} where s.id = "), scorer);
    sql.push(" order by v.version");
    let versions = list(db, sql)?;
    match versions.is_empty() {
        true => Err(StoreError::scorer_not_found(experiment, name, None).into()),
        false => Ok(versions),
    }
}

fn latest(
    db: &Connection,
    experiments: Option<&[ExperimentId]>,
) -> Result<Vec<ScorerVersion>, EngineError> {
    let mut sql = Statement::default();
    sql.push(&format!(
        "select {COLUMNS} from {TABLES} join experiments e on e.experiment_id = s.experiment_id
         where e.lifecycle_stage = 'active'
             and v.version = (select max(x.version) from scorer_versions x where x.scorer = s.id)"
    ));
    if let Some(ids) = experiments {
        sql.push(" and s.experiment_id in (");
        sql.push_list(ids.iter().map(|id| Value::Integer(id.0)));
        sql.push(")");
    }
    sql.push(" order by s.experiment_id, s.name");
    list(db, sql)
}

/// The rows of a statement, as long as they are not too large for one list.
fn list(db: &Connection, sql: Statement) -> Result<Vec<ScorerVersion>, EngineError> {
    const BYTES_MAX: usize = ScorerVersion::LIST_BYTES_MAX;
    let mut select = db.prepare(&sql.text)?;
    let (mut listed, mut bytes) = (Vec::new(), 0);
    for version in select.query_map(params_from_iter(sql.params), from_row)? {
        let version = version?;
        bytes += version.serialized.len();
        if BYTES_MAX < bytes {
            return Err(StoreError::Invalid(format!(
                "these scorers are more than {} MiB; ask for fewer experiments, or for one version",
                BYTES_MAX >> 20
            ))
            .into());
        }
        listed.push(version);
    }
    Ok(listed)
}

fn delete(
    db: &Connection,
    experiment: ExperimentId,
    name: &str,
    version: Option<i64>,
) -> Result<(), EngineError> {
    let scorer = require_scorer(db, experiment, name)?;
    let gone = db
        .prepare_cached(
            "delete from scorer_versions where scorer = ?1 and version = coalesce(?2, version)",
        )?
        .execute(params![scorer, version])?;
    if gone == 0 {
        return Err(StoreError::scorer_not_found(experiment, name, version).into());
    }
    if version.is_none() {
        db.prepare_cached("delete from online_scoring_configs where scorer = ?1")?
            .execute([scorer])?;
        db.prepare_cached(
            "delete from scoring_budgets
             where (experiment_id, scorer_id) in
                 (select experiment_id, scorer_id from scorers where id = ?1)",
        )?
        .execute([scorer])?;
        db.prepare_cached(
            "delete from scoring_failures
             where scorer_id in (select scorer_id from scorers where id = ?1)",
        )?
        .execute([scorer])?;
        db.prepare_cached("delete from scorers where id = ?1")?.execute([scorer])?;
    }
    Ok(())
}

fn set_online(
    db: &Connection,
    experiment: ExperimentId,
    name: &str,
    sample_rate: f64,
    filter: Option<&str>,
) -> Result<OnlineScoringConfig, EngineError> {
    let scorer = require_scorer(db, experiment, name)?;
    db.prepare_cached("insert or replace into online_scoring_configs values (?1, ?2, ?3, ?4)")?
        .execute(params![
            scorer,
            format!("{:032x}", rand::random::<u128>()),
            sample_rate,
            filter
        ])?;
    let sql = format!("{CONFIGS} where s.id = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([scorer], config_from_row)?)
}

const CONFIGS: &str = "select c.config_id, s.scorer_id, s.experiment_id, c.sample_rate, c.filter
    from online_scoring_configs c join scorers s on s.id = c.scorer";

fn online(db: &Connection, ids: &[String]) -> Result<Vec<OnlineScoringConfig>, EngineError> {
    let mut sql = Statement::default();
    sql.push(&format!("{CONFIGS} where s.scorer_id in ("));
    sql.push_list(ids.iter().map(|id| Value::Text(id.clone())));
    sql.push(") order by s.scorer_id");
    let mut select = db.prepare(&sql.text)?;
    let configs = select.query_map(params_from_iter(sql.params), config_from_row)?;
    Ok(configs.collect::<Result<_, _>>()?)
}

fn from_row(row: &Row<'_>) -> Result<ScorerVersion, rusqlite::Error> {
    Ok(ScorerVersion {
        scorer_id: row.get(0)?,
        experiment_id: ExperimentId(row.get(1)?),
        name: row.get(2)?,
        version: row.get(3)?,
        serialized: row.get(4)?,
        creation_time: TimestampMs(row.get(5)?),
    })
}

fn config_from_row(row: &Row<'_>) -> Result<OnlineScoringConfig, rusqlite::Error> {
    Ok(OnlineScoringConfig {
        config_id: row.get(0)?,
        scorer_id: row.get(1)?,
        experiment_id: ExperimentId(row.get(2)?),
        sample_rate: row.get(3)?,
        filter: row.get(4)?,
    })
}
