//! Numbered SQL files, each applied once and never edited afterwards.
use kansoku_model::TimestampMs;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::error::EngineError;
use kansoku_store::StoreError;

/// Append only. Every database stores the checksums of the files that were applied to it.
const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("../../sql/0001_init.sql")),
    (2, include_str!("../../sql/0002_engine.sql")),
    (3, include_str!("../../sql/0003_metrics.sql")),
    (4, include_str!("../../sql/0004_blobs.sql")),
    (5, include_str!("../../sql/0005_lists.sql")),
    (6, include_str!("../../sql/0006_access.sql")),
    (7, include_str!("../../sql/0007_integrity.sql")),
    (8, include_str!("../../sql/0008_assessment_order.sql")),
    (9, include_str!("../../sql/0009_span_parts.sql")),
    (10, include_str!("../../sql/0010_runs.sql")),
    (11, include_str!("../../sql/0011_logged_models.sql")),
    (12, include_str!("../../sql/0012_issues.sql")),
    (13, include_str!("../../sql/0013_previews_and_views.sql")),
    (14, include_str!("../../sql/0014_prompts_and_scorers.sql")),
    (15, include_str!("../../sql/0015_datasets.sql")),
    (16, include_str!("../../sql/0016_review.sql")),
    (17, include_str!("../../sql/0017_webhooks.sql")),
    (18, include_str!("../../sql/0018_run_search.sql")),
    (19, include_str!("../../sql/0019_scorer_usage.sql")),
    (20, include_str!("../../sql/0020_scoring_and_alerts.sql")),
    (21, include_str!("../../sql/0021_archive.sql")),
];

pub(crate) fn migrate(db: &mut Connection, now: TimestampMs) -> Result<(), EngineError> {
    apply(db, MIGRATIONS, now)
}

/// The number of the newest schema.
#[cfg(test)]
pub(crate) fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |(number, _)| *number)
}

/// Creates a database of an older version, with the first `newest` migrations.
#[cfg(test)]
pub(crate) fn migrate_until(
    db: &mut Connection,
    newest: usize,
    now: TimestampMs,
) -> Result<(), EngineError> {
    apply(db, &MIGRATIONS[..newest], now)
}

fn apply(
    db: &mut Connection,
    migrations: &[(i64, &str)],
    now: TimestampMs,
) -> Result<(), EngineError> {
    db.execute_batch(
        "create table if not exists migrations (
             number        integer primary key,
             checksum      blob    not null,
             applied_at_ms integer not null
         ) strict",
    )?;
    let newest: i64 =
        db.query_row("select coalesce(max(number), 0) from migrations", [], |row| row.get(0))?;
    let known = migrations.last().map_or(0, |(number, _)| *number);
    if known < newest {
        return Err(StoreError::Invalid(format!(
            "the data folder was written by a newer kansoku (migration {newest}, this one knows {known}); use that version or a new folder"
        )).into());
    }
    for (number, sql) in migrations {
        let checksum = Sha256::digest(sql.as_bytes()).to_vec();
        let applied: Option<Vec<u8>> = db
            .query_row("select checksum from migrations where number = ?1", [number], |row| {
                row.get(0)
            })
            .optional()?;
        match applied {
            Some(applied) if applied == checksum => {}
            Some(_) => {
                return Err(StoreError::Invalid(format!(
                    "migration {number} of the data folder differs from this kansoku's; the folder was written by a development build"
                )).into());
            }
            None => {
                let tx = db.transaction()?;
                tx.execute_batch(sql)?;
                tx.execute(
                    "insert into migrations (number, checksum, applied_at_ms) values (?1, ?2, ?3)",
                    params![number, checksum, now.0],
                )?;
                tx.commit()?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::functions;
    use kansoku_store::core::payload::codec::Codec;

    fn memory() -> Connection {
        let db = Connection::open_in_memory().unwrap();
        functions::register(&db, &Arc::new(Codec::new())).unwrap();
        db
    }

    #[test]
    fn migrating_twice_changes_nothing() {
        let mut db = memory();
        migrate(&mut db, TimestampMs(1)).unwrap();
        migrate(&mut db, TimestampMs(2)).unwrap();
        let applied: Vec<i64> = db
            .prepare("select applied_at_ms from migrations")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(applied, vec![1; MIGRATIONS.len()]);
    }

    #[test]
    fn edited_history_is_refused() {
        let mut db = memory();
        apply(&mut db, &[(1, "create table a (x)")], TimestampMs(1)).unwrap();
        let edited = apply(&mut db, &[(1, "create table a (x, y)")], TimestampMs(1));
        assert!(edited.unwrap_err().to_string().starts_with("migration 1"));
    }

    #[test]
    fn a_folder_of_a_newer_version_is_refused() {
        let mut db = memory();
        let newer = [(1, "create table a (x)"), (2, "create table b (x)")];
        apply(&mut db, &newer, TimestampMs(1)).unwrap();
        let older = apply(&mut db, &newer[..1], TimestampMs(1));
        assert!(older.unwrap_err().to_string().contains("newer kansoku"));
    }
}
