//! Metrics from the rows: correct for every query, fast for small ones.
use std::ops::RangeInclusive;

use kansoku_filter::MetricFilter;
use kansoku_model::{ExperimentId, metadata_key};
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};

use super::sql::expression;
use crate::engine::statement::Statement;
use crate::error::EngineError;
use kansoku_store::core::columns::column::Column;
use kansoku_store::core::columns::groups::Groups;
use kansoku_store::core::columns::python_json;
use kansoku_store::core::columns::values::{assessed_number, scaled, session_hash};
use kansoku_store::metrics_query::{Dimension, Metric, MetricsQuery, View};

/// Adds the matching rows to `groups`; only those of `traces`, if given.
pub(super) fn scan(
    db: &Connection,
    query: &MetricsQuery,
    traces: Option<RangeInclusive<i64>>,
    groups: &mut Groups,
) -> Result<(), EngineError> {
    let sql = statement(query, traces);
    let mut select = db.prepare_cached(&sql.text)?;
    let mut rows = select.query(params_from_iter(&sql.params))?;
    let mut texts = vec![0; query.dimensions.len()];
    while let Some(row) = rows.next()? {
        let Some(value) = value(query.metric, row)? else { continue };
        if !read_texts(&query.dimensions, row, &mut texts, groups)? {
            continue;
        }
        let time_ms = row.get(0)?;
        match query.metric {
            Metric::SessionCount => groups.add_distinct(time_ms, value.thing)?,
            _ => groups.add(time_ms, &texts, value.number)?,
        }
    }
    Ok(())
}

/// A row's number, or the hash of its session for [`Metric::SessionCount`].
struct RowValue {
    number: f64,
    thing: i64,
}

fn value(metric: Metric, row: &Row<'_>) -> Result<Option<RowValue>, rusqlite::Error> {
    let number = |number| Some(RowValue { number, thing: 0 });
    Ok(match (metric, row.get_ref(1)?) {
        (_, ValueRef::Null) => None,
        (Metric::SessionCount, ValueRef::Text(session)) => {
            Some(RowValue { number: 0.0, thing: session_hash(session) })
        }
        (Metric::AssessmentValue, ValueRef::Text(json)) => serde_json::from_slice(json)
            .ok()
            .and_then(|json| assessed_number(&json))
            .and_then(number),
        (_, ValueRef::Integer(value)) => number(scaled(metric, value)),
        _ => None,
    })
}

/// Reads the dimensions of a row; returns `false` if one of them is NULL.
fn read_texts(
    dimensions: &[Dimension],
    row: &Row<'_>,
    texts: &mut [u32],
    groups: &mut Groups,
) -> Result<bool, rusqlite::Error> {
    for (i, dimension) in dimensions.iter().enumerate() {
        let text = row.get_ref(2 + i)?;
        if text == ValueRef::Null {
            return Ok(false);
        }
        let text = text.as_str()?;
        texts[i] = match dimension {
            Dimension::AssessmentValue => groups.code(&python_json::respelled(text)),
            _ => groups.code(text),
        };
    }
    Ok(true)
}

fn statement(query: &MetricsQuery, traces: Option<RangeInclusive<i64>>) -> Statement {
    let view = query.metric.view();
    let mut sql = Statement::default();
    let (time, from) = match view {
        View::Traces => (Column::Time, "traces t"),
        View::Spans => (Column::SpanStart, "traces t cross join spans s on s.trace = t.id"),
        View::Assessments => {
            (Column::Time, "traces t cross join assessments a on a.trace = t.id and a.valid = 1")
        }
    };
    sql.push(&format!("select {}, {}", expression(time), value_sql(query.metric)));
    for dimension in &query.dimensions {
        sql.push(", ");
        sql.push(dimension_sql(*dimension));
    }
    sql.push(&format!(" from {from} where "));
    // The plus keeps SQLite from using an index on experiments instead of scanning by row id.
    sql.push(if traces.is_some() { "+t.experiment_id in (" } else { "t.experiment_id in (" });
    sql.push_list(query.experiments.iter().map(|ExperimentId(id)| SqlValue::Integer(*id)));
    sql.push(")");
    if let Some(traces) = traces {
        sql.push_with(" and t.id >= ", *traces.start());
        sql.push_with(" and t.id <= ", *traces.end());
    }
    push_time_range(&mut sql, query);
    for filter in &query.filters {
        push_filter(&mut sql, filter);
    }
    sql
}

fn value_sql(metric: Metric) -> &'static str {
    match (metric, Column::of_metric(metric)) {
        (_, Some(column)) => expression(column),
        (Metric::AssessmentValue, None) => "a.value",
        (_, None) => "1",
    }
}

fn dimension_sql(dimension: Dimension) -> &'static str {
    match Column::of_dimension(dimension) {
        Some(column) => expression(column),
        None if dimension == Dimension::AssessmentName => "a.name",
        // Feedback with an error but no value has the value null in MLflow.
        None => "coalesce(a.value, 'null')",
    }
}

fn push_time_range(sql: &mut Statement, query: &MetricsQuery) {
    const NS: i64 = 1_000_000;
    let by_span = matches!(query.metric, Metric::SpanCost(_));
    if let Some(from) = query.from {
        match by_span {
            true => sql.push_with(" and s.start_ns >= ", from.0.saturating_mul(NS)),
            false => sql.push_with(" and t.request_time_ms >= ", from.0),
        }
    }
    if let Some(to) = query.to {
        match by_span {
            // Up to the last nanosecond of that millisecond.
            true => sql.push_with(
                " and s.start_ns <= ",
                to.0.saturating_add(1).saturating_mul(NS).saturating_sub(1),
            ),
            false => sql.push_with(" and t.request_time_ms <= ", to.0),
        }
    }
}

fn push_filter(sql: &mut Statement, filter: &MetricFilter) {
    if let Some((column, value)) = Column::of_filter(filter) {
        return sql.push_with(&format!(" and {} = ", expression(column)), value.to_owned());
    }
    match filter {
        MetricFilter::TraceTag { key, value } => {
            push_tags_and_metadata(sql, "trace_tags", key, value);
            sql.push(")");
        }
        MetricFilter::TraceMetadata { key, value } => {
            push_tags_and_metadata(sql, "trace_metadata", key, value);
            if key == metadata_key::SOURCE_RUN {
                // Traces that are linked to a run count like traces that were created in it.
                sql.push_with(
                    " or exists (select 1 from trace_runs r where r.trace = t.id and r.run_id = ",
                    value.clone(),
                );
                sql.push(")");
            }
            sql.push(")");
        }
        MetricFilter::AssessmentName(name) => sql.push_with(" and a.name = ", name.clone()),
        MetricFilter::AssessmentType(kind) => sql.push_with(" and a.kind = ", kind.clone()),
        MetricFilter::TraceStatus(_)
        | MetricFilter::SpanName(_)
        | MetricFilter::SpanType(_)
        | MetricFilter::SpanStatus(_) => {}
    }
}

/// Pushes a condition and leaves one parenthesis open.
fn push_tags_and_metadata(sql: &mut Statement, table: &str, key: &str, value: &str) {
    sql.push(&format!(" and (exists (select 1 from {table} x where x.trace = t.id"));
    sql.push_with(" and x.key = ", key.to_owned());
    sql.push_with(" and x.value = ", value.to_owned());
    sql.push(")");
}
