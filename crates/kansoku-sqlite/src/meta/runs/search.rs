//! Searching runs.
use kansoku_filter::sql::sqlite::{self, RunEntry};
use kansoku_filter::{RunOrderBy, Sql};
use kansoku_model::{ExperimentId, Run};
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
const CANDIDATES_MAX: i64 = if cfg!(test) { 20 } else { 2000 };
/// The rarest of several values that the filter demands is the one whose newest runs, so many of them,
/// go back furthest.
const SAMPLED_RUNS: i64 = if cfg!(test) { 5 } else { 500 };

/// Where a search begins.
enum Start {
    /// With few runs, which are sorted.
    Candidates(Sql),
    /// With the newest runs of an experiment that have a tag or param.
    NewestOf(RunEntry, ExperimentId),
    Experiments,
}

pub(super) fn search(db: &Connection, search: &RunSearch) -> Result<(Vec<Run>, bool), EngineError> {
    let sql = match start(db, search)? {
        Start::NewestOf(entry, experiment) => newest_of(search, entry, experiment),
        Start::Candidates(candidates) => of_experiments(search, Some(candidates)),
        Start::Experiments => of_experiments(search, None),
    };
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

fn of_experiments(search: &RunSearch, candidates: Option<Sql>) -> Statement {
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
    sql
}

/// The index gives the runs in the order of the result, so that the first matches end the search.
fn newest_of(search: &RunSearch, entry: RunEntry, experiment: ExperimentId) -> Statement {
    let mut sql = Statement::default();
    sql.push(&format!("select {COLUMNS} from {} cross join runs r where ", entry.table));
    sql.push_sql(entry.condition);
    sql.push_with(" and e.experiment_id = ", experiment.0);
    sql.push(" and ");
    sql.push_sql(entry.rest);
    let view = view_condition(search.view, "r");
    sql.push(&format!(" and r.run_id = e.run_id and {view}"));
    sql.push(" order by e.start_time_ms desc, e.run_id");
    sql
}

fn start(db: &Connection, search: &RunSearch) -> Result<Start, EngineError> {
    if let Some(candidates) = fewest_candidates(db, search)? {
        return Ok(Start::Candidates(candidates));
    }
    let [experiment] = search.experiments[..] else { return Ok(Start::Experiments) };
    if !RunOrderBy::is_newest_first(&search.order_by) {
        return Ok(Start::Experiments);
    }
    let entries = sqlite::run_entries(&search.filter);
    Ok(match rarest(db, entries, experiment)? {
        Some(entry) => Start::NewestOf(entry, experiment),
        None => Start::Experiments,
    })
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
        let count: i64 = count.one(db)?.unwrap_or_default();
        if count < fewest.0 {
            fewest = (count, Some(candidates));
        }
    }
    Ok(fewest.1)
}

/// The entry whose runs are furthest apart in time.
fn rarest(
    db: &Connection,
    entries: Vec<RunEntry>,
    experiment: ExperimentId,
) -> Result<Option<RunEntry>, EngineError> {
    let mut rarest = None;
    for entry in entries {
        let mut time = Statement::default();
        time.push(&format!("select e.start_time_ms from {} where ", entry.table));
        time.push_sql(entry.condition.clone());
        time.push_with(" and e.experiment_id = ", experiment.0);
        time.push_with(" order by e.start_time_ms desc limit 1 offset ", SAMPLED_RUNS);
        // Fewer runs than that have no time, which is less than any.
        let time: Option<i64> = time.one(db)?.flatten();
        if rarest.as_ref().is_none_or(|(earliest, _)| time < *earliest) {
            rarest = Some((time, entry));
        }
    }
    Ok(rarest.map(|(_, entry)| entry))
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
