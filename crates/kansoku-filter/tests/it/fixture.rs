//! A database with the schema and five traces, and the traces that filters match.
use kansoku_filter::sql::sqlite::trace_condition;
use kansoku_filter::{Filter, Sql, SqlValue, pattern};
use rusqlite::{Connection, functions::FunctionFlags, types};
use serde_json::Value;

const SCHEMA: &str = include_str!("../../../kansoku-sqlite/sql/0001_init.sql");
const RUNS: &str = include_str!("../../../kansoku-sqlite/sql/0010_runs.sql");
const RUN_SEARCH: &str = include_str!("../../../kansoku-sqlite/sql/0018_run_search.sql");

/// Columns that later migrations add.
const LATER: &str = "alter table traces add column input_cost integer;
    alter table traces add column output_cost integer;
    alter table traces add column total_cost integer;
    alter table traces add column cache_creation_input_tokens_above_1hr integer;
    alter table traces add column reasoning_output_tokens integer;
    alter table spans add column error text;
    alter table spans add column total_cost integer;";

pub(crate) fn empty() -> Connection {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(SCHEMA).unwrap();
    db.execute_batch(LATER).unwrap();
    db.execute_batch(RUNS).unwrap();
    db.execute_batch(RUN_SEARCH).unwrap();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    type Text = Option<String>;
    let by_pattern = |matches: fn(&str, &str) -> bool| {
        move |call: &rusqlite::functions::Context<'_>| {
            let (pattern, text) = (call.get::<String>(0)?, call.get::<Text>(1)?);
            Ok(text.map(|text| matches(&pattern, &text)))
        }
    };
    db.create_scalar_function("like_cs", 2, flags, by_pattern(pattern::like)).unwrap();
    db.create_scalar_function("like_ci", 2, flags, by_pattern(pattern::ilike)).unwrap();
    let contains = by_pattern(pattern::contains);
    db.create_scalar_function("contains_ci", 2, flags, contains).unwrap();
    let regex = |pattern: &str, text: &str| {
        regex::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text))
    };
    db.create_scalar_function("regex", 2, flags, by_pattern(regex)).unwrap();
    // Simplified computed totals, as far as these tests depend on them.
    for (name, arguments, total) in [("usage_json", 7, 2), ("cost_json", 3, 2)] {
        let json = move |call: &rusqlite::functions::Context<'_>| {
            Ok(call.get::<Option<i64>>(total)?.map(|total| total.to_string()))
        };
        db.create_scalar_function(name, arguments, flags, json).unwrap();
    }
    db.create_scalar_function("span_json", 3, flags, |call| {
        Ok(attributes(call)?.map(|attributes| attributes.to_string()))
    })
    .unwrap();
    db.create_scalar_function("span_attribute", 4, flags, |call| {
        let key: String = call.get(3)?;
        let value = attributes(call)?.and_then(|mut all| all.get_mut(&key).map(Value::take));
        Ok(value.map(|value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        }))
    })
    .unwrap();
    db.create_scalar_function("root_text", 5, flags, |call| {
        Ok(at_path(call)?.as_ref().map(kansoku_filter::eval::text_of_value))
    })
    .unwrap();
    db.create_scalar_function("root_number", 5, flags, |call| {
        Ok(match at_path(call)?.as_ref().and_then(kansoku_filter::eval::number_of_value) {
            Some(SqlValue::Integer(n)) => types::Value::Integer(n),
            Some(SqlValue::Real(n)) => types::Value::Real(n),
            _ => types::Value::Null,
        })
    })
    .unwrap();
    db
}

/// The value at a path without lists and dots in names.
fn at_path(call: &rusqlite::functions::Context<'_>) -> rusqlite::Result<Option<Value>> {
    let (part, path): (String, String) = (call.get(3)?, call.get(4)?);
    let part = attributes(call)?.and_then(|mut all| all.get_mut(&part).map(Value::take));
    let found = part.and_then(|mut value| {
        value.pointer_mut(&format!("/{}", path.replace('.', "/"))).map(Value::take)
    });
    Ok(found.filter(|value| !value.is_null()))
}

/// Reads the JSON that `five_traces.sql` has in place of a chunk.
fn attributes(call: &rusqlite::functions::Context<'_>) -> rusqlite::Result<Option<Value>> {
    let (bytes, span): (Vec<u8>, i64) = (call.get(1)?, call.get(2)?);
    let mut spans: Value = serde_json::from_slice(&bytes).unwrap();
    Ok(spans.get_mut(span.to_string()).map(Value::take))
}

pub(crate) fn five_traces() -> Connection {
    let db = empty();
    db.execute_batch(include_str!("five_traces.sql")).unwrap();
    db
}

pub(crate) fn params(sql: &Sql) -> impl Iterator<Item = types::Value> + '_ {
    sql.params.iter().map(|value| match value {
        SqlValue::Null => types::Value::Null,
        SqlValue::Integer(n) => types::Value::Integer(*n),
        SqlValue::Real(n) => types::Value::Real(*n),
        SqlValue::Text(text) => types::Value::Text(text.clone()),
    })
}

/// The first column of a statement that ends with this condition or order.
pub(crate) fn texts(db: &Connection, select: &str, sql: &Sql, rest: &str) -> Vec<String> {
    let query = format!("{select} {} {rest}", sql.text);
    let mut statement = db.prepare(&query).unwrap_or_else(|e| panic!("{e}\n{query}"));
    let rows = statement.query_map(rusqlite::params_from_iter(params(sql)), |row| row.get(0));
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

/// Names of the traces of experiment 1 that the filter matches.
pub(crate) fn kept_by(db: &Connection, filter: &Filter) -> Vec<String> {
    let select = "select t.trace_id from traces t where t.experiment_id = 1 and ";
    texts(db, select, &trace_condition(filter), "order by 1")
}

pub(crate) fn kept(filter: &str) -> String {
    let filter = Filter::parse(filter).unwrap_or_else(|e| panic!("{e}"));
    kept_by(&five_traces(), &filter).join(" ")
}
