//! Files of the archive.
use kansoku_model::{ExperimentId, TimestampMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{locators, row_groups};
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::maintenance::count;
use kansoku_store::{ArchiveFile, ArchiveSize, BatchFiles, StoreError};

pub(super) const COLUMNS: &str = "path, table_name, first_batch, last_batch, bytes, rows, min_time_ms, \
                       max_time_ms, statistics, footer_checksum";

pub(crate) fn reserve(
    tx: &Tx<'_>,
    experiment: ExperimentId,
    path: &str,
) -> Result<(), EngineError> {
    tx.prepare_cached(
        "insert into archive_files (path, experiment_id, state) values (?1, ?2, 'reserved')",
    )?
    .execute(params![path, experiment.0])?;
    Ok(())
}

/// Stores the files of the open batch. Each was reserved.
pub(crate) fn write(
    tx: &Tx<'_>,
    experiment: ExperimentId,
    files: &BatchFiles,
) -> Result<(), EngineError> {
    let mut add = tx.prepare_cached(
        "update archive_files set state = 'written', table_name = ?3, first_batch = ?4,
             last_batch = ?5, bytes = ?6, rows = ?7, min_time_ms = ?8, max_time_ms = ?9,
             statistics = ?10, footer_checksum = ?11
         where path = ?1 and experiment_id = ?2 and state = 'reserved' returning id",
    )?;
    for file in &files.added {
        let row = params![
            file.path,
            experiment.0,
            file.table,
            file.first_batch,
            file.last_batch,
            file.bytes.cast_signed(),
            file.rows.cast_signed(),
            file.min_time.0,
            file.max_time.0,
            file.statistics,
            file.footer_checksum.cast_signed(),
        ];
        let id = add.query_row(row, |row| row.get::<_, i64>(0)).optional()?;
        let id = id.ok_or_else(|| no_file(&file.path))?;
        locators::put(tx, id, &file.locator)?;
        row_groups::put(tx, id, experiment, &file.row_groups)?;
    }
    let mut leave = tx.prepare_cached(
        "update archive_files set is_leaving = 1
         where path = ?1 and experiment_id = ?2 and state = 'live'",
    )?;
    for path in &files.removed {
        if leave.execute(params![path, experiment.0])? == 0 {
            return Err(no_file(path).into());
        }
    }
    Ok(())
}

fn no_file(path: &str) -> StoreError {
    StoreError::Invalid(format!("the archive has no such file `{path}`"))
}

/// The files of the open batch, which are written.
pub(crate) fn of_batch(
    db: &Connection,
    experiment: ExperimentId,
) -> Result<BatchFiles, EngineError> {
    let mut leaving = db.prepare_cached(
        "select path from archive_files
         where experiment_id = ?1 and state = 'live' and is_leaving order by path",
    )?;
    let removed = leaving.query_map([experiment.0], |row| row.get(0))?;
    let removed = removed.collect::<Result<_, _>>()?;
    Ok(BatchFiles { added: in_state(db, experiment, "written")?, removed })
}

/// The files of an experiment's tables in the order of their batches.
pub(crate) fn live(
    db: &Connection,
    experiment: ExperimentId,
) -> Result<Vec<ArchiveFile>, EngineError> {
    in_state(db, experiment, "live")
}

fn in_state(
    db: &Connection,
    experiment: ExperimentId,
    state: &str,
) -> Result<Vec<ArchiveFile>, EngineError> {
    let mut select = db.prepare_cached(&format!(
        "select {COLUMNS} from archive_files where experiment_id = ?1 and state = ?2
         order by first_batch, path"
    ))?;
    let rows = select.query_map(params![experiment.0, state], file)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The file in a row with [`COLUMNS`].
pub(super) fn file(row: &Row<'_>) -> Result<ArchiveFile, rusqlite::Error> {
    Ok(ArchiveFile {
        path: row.get(0)?,
        table: row.get(1)?,
        first_batch: row.get(2)?,
        last_batch: row.get(3)?,
        bytes: count(row, 4)?,
        rows: count(row, 5)?,
        min_time: TimestampMs(row.get(6)?),
        max_time: TimestampMs(row.get(7)?),
        statistics: row.get(8)?,
        footer_checksum: count(row, 9)?,
        locator: Vec::new(),
        row_groups: Vec::new(),
    })
}

/// Makes the files of a batch live, and those that it replaces removed.
pub(crate) fn finish(
    tx: &Tx<'_>,
    experiment: ExperimentId,
    delete_after: TimestampMs,
    now: TimestampMs,
) -> Result<(), EngineError> {
    for table in ["archive_locators", "archive_row_groups"] {
        let leaving = "select id from archive_files
             where experiment_id = ?1 and state = 'live' and is_leaving";
        tx.prepare_cached(&format!("delete from {table} where file in ({leaving})"))?
            .execute([experiment.0])?;
    }
    tx.prepare_cached(
        "update archive_files set delete_after_ms = ?2
         where experiment_id = ?1 and state = 'removed' and ?2 < delete_after_ms",
    )?
    .execute(params![experiment.0, delete_after.0])?;
    tx.prepare_cached(
        "update archive_files set state = 'removed', is_leaving = 0, statistics = '',
             delete_after_ms = ?2
         where experiment_id = ?1 and state = 'live' and is_leaving",
    )?
    .execute(params![experiment.0, delete_after.0])?;
    tx.prepare_cached(
        "update archive_files set state = 'live' where experiment_id = ?1 and state = 'written'",
    )?
    .execute([experiment.0])?;
    remove_reserved(tx, experiment, now)
}

pub(crate) fn remove_reserved(
    tx: &Tx<'_>,
    experiment: ExperimentId,
    now: TimestampMs,
) -> Result<(), EngineError> {
    tx.prepare_cached(
        "update archive_files set state = 'removed', delete_after_ms = ?2
         where experiment_id = ?1 and state = 'reserved'",
    )?
    .execute(params![experiment.0, now.0])?;
    Ok(())
}

pub(crate) fn deletable(
    db: &Connection,
    now: TimestampMs,
    files_max: usize,
) -> Result<Vec<String>, EngineError> {
    let mut select = db.prepare_cached(
        "select path from archive_files where delete_after_ms <= ?1
         order by delete_after_ms, path limit ?2",
    )?;
    let rows = select.query_map(params![now.0, files_max as i64], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn next_deletion(db: &Connection) -> Result<Option<TimestampMs>, EngineError> {
    let mut select = db.prepare_cached(
        "select min(delete_after_ms) from archive_files where delete_after_ms is not null",
    )?;
    let next: Option<i64> = select.query_row([], |row| row.get(0))?;
    Ok(next.map(TimestampMs))
}

pub(crate) fn forget(tx: &Tx<'_>, paths: &[String]) -> Result<(), EngineError> {
    let mut delete =
        tx.prepare_cached("delete from archive_files where path = ?1 and state = 'removed'")?;
    paths.iter().try_for_each(|path| delete.execute([path]).map(drop))?;
    Ok(())
}

pub(crate) fn sizes(db: &Connection) -> Result<Vec<ArchiveSize>, EngineError> {
    let mut select = db.prepare_cached(
        "select e.experiment_id, e.prefix, count(f.path), coalesce(sum(f.bytes), 0),
             coalesce(sum(f.rows) filter (where f.table_name = 'traces'), 0),
             coalesce(sum(f.rows) filter (where f.table_name = 'otel_spans'), 0)
         from archived_experiments e
         left join archive_files f on f.experiment_id = e.experiment_id and f.state = 'live'
         group by e.experiment_id order by e.experiment_id",
    )?;
    let rows = select.query_map([], |row| {
        Ok(ArchiveSize {
            experiment: ExperimentId(row.get(0)?),
            prefix: row.get(1)?,
            files: count(row, 2)?,
            bytes: count(row, 3)?,
            traces: count(row, 4)?,
            spans: count(row, 5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
