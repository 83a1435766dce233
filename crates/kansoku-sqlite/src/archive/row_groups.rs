//! Row groups of tables of traces, by time.
use kansoku_model::{ExperimentId, TimestampMs};
use rusqlite::{Connection, params};

use super::files::{self, COLUMNS};
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::maintenance::count;
use kansoku_store::{LocatedRowGroup, RowGroupIndex, RowGroupPage, RowGroupPosition};

pub(super) fn put(
    tx: &Tx<'_>,
    file: i64,
    experiment: ExperimentId,
    row_groups: &[RowGroupIndex],
) -> Result<(), EngineError> {
    let mut insert = tx.prepare_cached(
        "insert into archive_row_groups
             (file, row_group, experiment_id, rows, min_time_ms, max_time_ms, terms)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (number, group) in row_groups.iter().enumerate() {
        let RowGroupIndex { rows, min_time, max_time, terms } = group;
        let rows = rows.cast_signed();
        let number = number as i64;
        insert.execute(params![file, number, experiment.0, rows, min_time.0, max_time.0, terms])?;
    }
    Ok(())
}

pub(super) fn page(
    db: &Connection,
    page: &RowGroupPage,
) -> Result<Vec<LocatedRowGroup>, EngineError> {
    let columns = COLUMNS.split(", ").map(|column| format!("f.{column}"));
    let columns = columns.collect::<Vec<_>>().join(", ");
    let mut select = db.prepare_cached(&format!(
        "select {columns}, g.row_group, g.rows, g.min_time_ms, g.max_time_ms, g.terms
         from archive_row_groups g join archive_files f on f.id = g.file
         where g.experiment_id = ?1 and f.state = 'live' and g.max_time_ms <= ?2
             and ?3 <= g.max_time_ms and g.min_time_ms <= ?4
             and (g.max_time_ms < ?2 or (f.path, g.row_group) > (?5, ?6))
         order by g.max_time_ms desc, f.path, g.row_group limit ?7"
    ))?;
    let RowGroupPage { experiment, from, to, after, max_results } = page;
    // Without a page before, no row group is at the end of time.
    let first =
        RowGroupPosition { max_time: TimestampMs(i64::MAX), path: String::new(), row_group: 0 };
    let after = after.as_ref().unwrap_or(&first);
    let values = params![
        experiment.0,
        after.max_time.0,
        from.map_or(i64::MIN, |from| from.0),
        to.map_or(i64::MAX, |to| to.0),
        after.path,
        after.row_group,
        *max_results as i64,
    ];
    let rows = select.query_map(values, |row| {
        let file = files::file(row)?;
        let (row_group, max_time) = (row.get(10)?, TimestampMs(row.get(13)?));
        let path = file.path.clone();
        Ok(LocatedRowGroup {
            position: RowGroupPosition { max_time, path, row_group },
            file,
            row_group,
            index: RowGroupIndex {
                rows: count(row, 11)?,
                min_time: TimestampMs(row.get(12)?),
                max_time,
                terms: row.get(14)?,
            },
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
