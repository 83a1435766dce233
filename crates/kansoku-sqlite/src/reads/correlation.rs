//! Counts how often two filters match the same traces; each trace is evaluated once.
use kansoku_filter::Filter;
use kansoku_filter::sql::sqlite::trace_condition;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::engine::statement::Statement;
use crate::error::EngineError;
use kansoku_store::{CorrelationCounts, CorrelationQuery};

pub(crate) fn count(
    db: &Connection,
    query: &CorrelationQuery,
) -> Result<CorrelationCounts, EngineError> {
    let sql = statement(query);
    let mut select = db.prepare_cached(&sql.text)?;
    let mut rows = select.query(params_from_iter(&sql.params))?;
    let mut counts = CorrelationCounts::default();
    while let Some(row) = rows.next()? {
        let (first, second): (bool, bool) = (row.get(0)?, row.get(1)?);
        counts.total += 1;
        counts.first += u64::from(first);
        counts.second += u64::from(second);
        counts.both += u64::from(first && second);
    }
    Ok(counts)
}

fn statement(query: &CorrelationQuery) -> Statement {
    let mut sql = Statement::default();
    sql.push("select ");
    push_filter(&mut sql, &query.first);
    sql.push(", ");
    push_filter(&mut sql, &query.second);
    sql.push(" from traces t where t.experiment_id in (");
    sql.push_list(query.experiments.iter().map(|id| Value::Integer(id.0)));
    sql.push(") and ");
    // Without `coalesce`, so that an index can be used for its time range.
    sql.push_sql(trace_condition(&query.among));
    sql
}

/// NULL counts as false, as in a search.
fn push_filter(sql: &mut Statement, filter: &Filter) {
    sql.push("coalesce(");
    sql.push_sql(trace_condition(filter));
    sql.push(", 0)");
}
