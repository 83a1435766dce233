//! Searching runs.
use kansoku_filter::{Sql, sql::sqlite};
use kansoku_model::Run;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::{COLUMNS, from_row, with_data};
use crate::engine::statement::Statement;
use crate::error::EngineError;
use crate::meta::experiments::view_condition;
use kansoku_store::RunSearch;
use kansoku_store::core::list_bounds::ListRoom;

/// Up to so many runs are fetched and sorted. Beyond, enough of the newest runs pass the filter to
/// look for them one by one.
const CANDIDATES_MAX: i64 = 2000;

pub(super) fn search(db: &Connection, search: &RunSearch) -> Result<(Vec<Run>, bool), EngineError> {
    let candidates = fewest_candidates(db, search)?;
    let mut sql = Statement::default();
    sql.push(&format!("select {COLUMNS} from runs r where "));
    if let Some(candidates) = candidates {
        sql.push("r.run_id in (");
        sql.push_sql(candidates);
        // The sign keeps SQLite from beginning with the index of experiments.
        sql.push(") and +");
    }
    sql.push("r.experiment_id in (");
    sql.push_list(search.experiments.iter().map(|id| id.0.into()));
    sql.push(&format!(") and {} and ", view_condition(search.view, "r")));
    sql.push_sql(sqlite::run_condition(&search.filter));
    sql.push(" order by ");
    sql.push_sql(sqlite::run_order_by(&search.order_by));
    let (found, more) = sql.page(db, search.offset, search.max_results, from_row)?;
    let (mut runs, mut room) = (Vec::new(), ListRoom::default());
    for run in found {
        let run = with_data(db, run)?;
        if !room.take(held_bytes(&run)) {
            return Ok((runs, true));
        }
        runs.push(run);
    }
    Ok((runs, more))
}

/// The condition of the filter that fewest runs meet, if these are few.
fn fewest_candidates(db: &Connection, search: &RunSearch) -> Result<Option<Sql>, EngineError> {
    let mut fewest = (CANDIDATES_MAX + 1, None);
    for candidates in sqlite::run_candidates(&search.filter) {
        let mut count = Statement::default();
        count.push("select count(*) from (");
        count.push_sql(candidates.clone());
        count.push_with(" limit ", Value::Integer(fewest.0));
        count.push(")");
        let mut select = db.prepare_cached(&count.text)?;
        let count: i64 =
            select.query_row(rusqlite::params_from_iter(count.params), |row| row.get(0))?;
        if count < fewest.0 {
            fewest = (count, Some(candidates));
        }
    }
    Ok(fewest.1)
}

/// About how many bytes a run takes in a list.
fn held_bytes(run: &Run) -> usize {
    const ENTRY_BYTES: usize = 100;
    let texts = run.params.iter().chain(&run.tags).map(|it| it.key.len() + it.value.len());
    let metrics = run.metrics.iter().map(|metric| metric.key.len());
    let datasets = run.dataset_inputs.iter().map(|input| {
        let it = &input.dataset;
        let optional = [&it.schema, &it.profile].into_iter().flatten().map(String::len);
        let tags = input.tags.iter().map(|tag| tag.key.len() + tag.value.len());
        it.source.len() + optional.sum::<usize>() + tags.sum::<usize>()
    });
    let models = run.model_inputs.iter().map(|id| id.as_str().len());
    let models = models.chain(run.model_outputs.iter().map(|it| it.model_id.as_str().len()));
    let entries = texts.chain(metrics).chain(datasets).chain(models);
    entries.map(|bytes| ENTRY_BYTES + bytes).sum()
}
