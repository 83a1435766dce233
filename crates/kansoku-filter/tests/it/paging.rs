//! Pages in sequence yield the whole list, in every order.
use kansoku_filter::sql::sqlite;
use kansoku_filter::{Order, OrderBy, PageToken, SqlValue};
use proptest::prelude::*;
use rusqlite::{Connection, types::Value};

use crate::fixture::{empty, params};

const KEYS: [&str; 12] = [
    "timestamp",
    "execution_time_ms",
    "end_time",
    "status",
    "request_id",
    "experiment_id",
    "name",
    "run_id",
    "tags.k",
    "tags.`mlflow.traceName`",
    "metadata.m",
    "trace.timestamp_ms",
];

#[derive(Clone, Debug)]
struct Row {
    time: i64,
    duration: Option<i64>,
    failed: bool,
    name: Option<u8>,
    tag: Option<u8>,
    run: Option<u8>,
}

fn row() -> impl Strategy<Value = Row> {
    let few = || proptest::option::of(0..2u8);
    (0..3i64, proptest::option::of(0..3i64), any::<bool>(), few(), few(), few()).prop_map(
        |(time, duration, failed, name, tag, run)| Row { time, duration, failed, name, tag, run },
    )
}

fn store(rows: &[Row]) -> Connection {
    let db = empty();
    for (i, row) in rows.iter().enumerate() {
        let text = |n: Option<u8>| n.map(|n| n.to_string());
        db.execute(
            "insert into traces (id, trace_id, experiment_id, request_time_ms, duration_ms, state, name)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            rusqlite::params![
                i as i64,
                // Ids are not in the order of insertion.
                format!("T{:02}", (i * 7) % 31),
                (i % 2) as i64,
                row.time,
                row.duration,
                if row.failed { "ERROR" } else { "OK" },
                text(row.name)
            ],
        )
        .unwrap();
        for (table, key, value) in [
            ("trace_tags", "k", row.tag),
            ("trace_metadata", "m", row.tag),
            ("trace_metadata", "mlflow.sourceRun", row.run),
        ] {
            let insert = format!("insert into {table} values (?1, ?2, ?3, 0, 0, 0)");
            db.execute(&insert, rusqlite::params![i as i64, key, text(value)]).unwrap();
        }
    }
    db
}

/// A page as a store would read it, and the token for the next.
fn page(db: &Connection, order: &Order, token: Option<&str>, size: usize) -> (Vec<String>, String) {
    let columns = sqlite::trace_order_columns(order);
    let mut binds: Vec<Value> = params(&columns).collect();
    let after = token.map(|token| {
        let token = PageToken::decode(token, order).unwrap();
        sqlite::traces_after(order, &token).offset(binds.len())
    });
    let condition = after.as_ref().map_or("1", |after| &after.text);
    let query = format!(
        "select t.trace_id, {} from traces t where {condition} order by {} limit {size}",
        columns.text,
        sqlite::trace_order_by(order)
    );
    binds.extend(after.iter().flat_map(params));
    let mut statement = db.prepare(&query).unwrap();
    let mut rows = statement.query(rusqlite::params_from_iter(binds)).unwrap();
    let (mut ids, mut next) = (Vec::new(), String::new());
    while let Some(row) = rows.next().unwrap() {
        let values = (0..order.len()).map(|i| match row.get(i + 1).unwrap() {
            Value::Null => SqlValue::Null,
            Value::Integer(n) => SqlValue::Integer(n),
            Value::Real(n) => SqlValue::Real(n),
            Value::Text(text) => SqlValue::Text(text),
            Value::Blob(_) => panic!("no key is a blob"),
        });
        let token = PageToken { values: values.collect(), trace_id: row.get(0).unwrap() };
        next = token.encode();
        ids.push(token.trace_id);
    }
    (ids, next)
}

fn orders() -> impl Strategy<Value = Vec<String>> {
    let key = (0..KEYS.len(), any::<bool>())
        .prop_map(|(key, down)| format!("{} {}", KEYS[key], if down { "DESC" } else { "asc" }));
    proptest::collection::vec(key, 0..4)
}

proptest! {
    #[test]
    fn pages_together_are_the_list(
        rows in proptest::collection::vec(row(), 0..20),
        order in orders(),
        size in 1..5usize,
    ) {
        // Duplicate keys are tested elsewhere.
        let Ok(keys) = OrderBy::parse_list(&order) else { return Ok(()); };
        let order = Order::new(&keys);
        let db = store(&rows);
        let (whole, _) = page(&db, &order, None, 1000);
        prop_assert_eq!(whole.len(), rows.len());
        let (mut walked, mut token) = (Vec::new(), None);
        loop {
            let (ids, next) = page(&db, &order, token.as_deref(), size);
            if ids.is_empty() {
                break;
            }
            walked.extend(ids);
            token = Some(next);
        }
        prop_assert_eq!(walked, whole);
    }
}

fn order(items: &[&str]) -> Order {
    let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
    Order::new(&OrderBy::parse_list(&items).unwrap())
}

#[test]
fn nulls_are_last_in_both_directions() {
    let row = |duration| Row { time: 0, duration, failed: false, name: None, tag: None, run: None };
    let db = store(&[row(None), row(Some(1)), row(Some(2))]);
    assert_eq!(page(&db, &order(&["execution_time"]), None, 9).0, ["T07", "T14", "T00"]);
    assert_eq!(page(&db, &order(&["execution_time DESC"]), None, 9).0, ["T14", "T07", "T00"]);
}

/// The same order as in MLflow's own server.
#[test]
fn ties_are_broken_newest_first_and_then_by_id() {
    let row = |time, tag| Row {
        time,
        duration: None,
        failed: false,
        name: None,
        tag: Some(tag),
        run: None,
    };
    let db = store(&[row(1, 0), row(2, 1), row(2, 0), row(3, 1), row(3, 0)]);
    let newest_first = ["T21", "T28", "T07", "T14", "T00"];
    assert_eq!(page(&db, &order(&[]), None, 9).0, newest_first);
    assert_eq!(page(&db, &order(&["tag.nonexistent"]), None, 9).0, newest_first);
    assert_eq!(page(&db, &order(&["tag.nonexistent DESC"]), None, 9).0, newest_first);
    assert_eq!(page(&db, &order(&["status"]), None, 9).0, newest_first);
    assert_eq!(page(&db, &order(&["timestamp"]), None, 9).0, ["T00", "T07", "T14", "T21", "T28"]);
}

#[test]
fn newest_first_is_recognized_however_it_is_written() {
    assert!(order(&[]).is_newest_first());
    assert!(order(&["attributes.timestamp_ms desc"]).is_newest_first());
    assert!(!order(&["timestamp"]).is_newest_first());
    assert!(!order(&["timestamp DESC", "name"]).is_newest_first());
}

#[test]
fn the_index_of_times_serves_the_next_page() {
    let db = empty();
    let order = order(&[]);
    let token = PageToken { values: vec![SqlValue::Integer(7)], trace_id: "T1".to_owned() };
    let after = sqlite::traces_after(&order, &token);
    let query = format!(
        "explain query plan select {} from traces t where t.experiment_id = 1 and {} order by {}",
        sqlite::trace_order_columns(&order).text,
        after.text,
        sqlite::trace_order_by(&order)
    );
    let mut statement = db.prepare(&query).unwrap();
    let binds = rusqlite::params_from_iter(params(&after));
    let mut plan = statement.query(binds).unwrap();
    let first: String = plan.next().unwrap().unwrap().get(3).unwrap();
    insta::assert_snapshot!(first, @"SEARCH t USING INDEX traces_by_time (experiment_id=? AND request_time_ms<?)");
    let second: String = plan.next().unwrap().unwrap().get(3).unwrap();
    insta::assert_snapshot!(second, @"USE TEMP B-TREE FOR LAST TERM OF ORDER BY");
}

#[test]
fn tokens_that_do_not_fit_the_search_are_refused() {
    let newest = order(&[]);
    let by_name = order(&["name"]);
    let token = PageToken { values: vec![SqlValue::Integer(7)], trace_id: "T1".to_owned() };
    assert_eq!(PageToken::decode(&token.encode(), &newest).unwrap(), token);
    assert!(PageToken::decode(&token.encode(), &by_name).is_err());
    assert!(PageToken::decode(&token.encode(), &order(&["timestamp", "name"])).is_err());
    for text in ["", "x", "100", "bnVsbA", "W10", "e30", "WzFd", "💥"] {
        let error = PageToken::decode(text, &newest).unwrap_err().to_string();
        assert!(error.starts_with("Invalid page token"), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}
