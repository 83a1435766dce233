//! Each limit on both sides; filters within the limits run in SQLite.
use kansoku_filter::sql::sqlite;
use kansoku_filter::{
    Filter, Order, OrderBy, PageToken,
    limits::{
        CLAUSES_MAX, DEPTH_MAX, FILTER_BYTES_MAX, IN_VALUES_MAX, ORDER_BY_MAX, PAGE_TOKEN_BYTES_MAX,
    },
};

use crate::fixture::{empty, five_traces, kept_by};

/// Whether the filter parses; it must then run in SQLite.
fn fits(filter: &str) -> bool {
    let Ok(filter) = Filter::parse(filter) else {
        return false;
    };
    kept_by(&five_traces(), &filter);
    true
}

#[test]
fn length() {
    let filter = |length: usize| format!("name = '{}'", "x".repeat(length - "name = ''".len()));
    assert!(fits(&filter(FILTER_BYTES_MAX)));
    assert!(!fits(&filter(FILTER_BYTES_MAX + 1)));
}

#[test]
fn clauses() {
    for clause in [
        "tags.k = 'v'",
        "feedback.q = 'yes'",
        "feedback.q IS NULL",
        "span.content LIKE '%x%'",
        "(span.name = 'x')",
        "run_id != 'x'",
        "NOT metadata.k RLIKE 'v'",
    ] {
        for joint in [" AND ", " OR "] {
            assert!(fits(&vec![clause; CLAUSES_MAX].join(joint)), "{clause}{joint}");
            assert!(!fits(&vec![clause; CLAUSES_MAX + 1].join(joint)), "{clause}{joint}");
        }
    }
}

#[test]
fn depth() {
    let nested = |n: usize| format!("{}status = 'OK'{}", "(".repeat(n), ")".repeat(n));
    assert!(fits(&nested(DEPTH_MAX)));
    assert!(!fits(&nested(DEPTH_MAX + 1)));
    let negated = |n: usize| format!("{} status = 'OK'", "NOT ".repeat(n));
    assert!(fits(&negated(DEPTH_MAX)));
    assert!(!fits(&negated(DEPTH_MAX + 1)));
    assert!(!fits(&"(".repeat(FILTER_BYTES_MAX)));
}

#[test]
fn the_deepest_tree_of_the_most_clauses_runs() {
    let mut filter = "feedback.q = 'yes'".to_owned();
    for _ in 0..DEPTH_MAX / 2 {
        let list = vec!["feedback.q = 'yes'"; CLAUSES_MAX / (DEPTH_MAX / 2) - 1];
        filter = format!("NOT ({filter} OR {})", list.join(" AND "));
    }
    assert!(fits(&filter));
}

#[test]
fn values_of_a_list() {
    let list = |n: usize| format!("request_id IN ({})", vec!["'x'"; n].join(", "));
    assert!(fits(&list(IN_VALUES_MAX)));
    assert!(!fits(&list(IN_VALUES_MAX + 1)));
    // The maximum number of parameters within the length limit.
    let one = format!("status IN ({})", vec!["''"; 900].join(","));
    assert!(fits(&vec![one.as_str(); FILTER_BYTES_MAX / (one.len() + 5)].join(" AND ")));
}

#[test]
fn keys_of_an_order() {
    let items = |n: usize| (0..n).map(|i| format!("tags.k{i}")).collect::<Vec<_>>();
    let keys = OrderBy::parse_list(&items(ORDER_BY_MAX)).unwrap();
    let order = Order::new(&keys);
    let (columns, by) = (sqlite::trace_order_columns(&order), sqlite::trace_order_by(&order));
    let sql = format!("select {} from traces t order by {by}", columns.text);
    empty().prepare(&sql).unwrap();
    assert!(OrderBy::parse_list(&items(ORDER_BY_MAX + 1)).is_err());
}

#[test]
fn length_of_a_page_token() {
    let keys = OrderBy::parse_list(&["name".to_owned()]).unwrap();
    let order = Order::new(&keys);
    let token = |length: usize| {
        let name = kansoku_filter::SqlValue::Text("x".repeat(length));
        let time = kansoku_filter::SqlValue::Integer(7);
        PageToken { values: vec![name, time], trace_id: "T1".to_owned() }.encode()
    };
    let fitting = token(PAGE_TOKEN_BYTES_MAX / 4 * 3 - 11);
    assert_eq!(fitting.len(), PAGE_TOKEN_BYTES_MAX);
    assert!(PageToken::decode(&fitting, &order).is_ok());
    assert!(PageToken::decode(&token(PAGE_TOKEN_BYTES_MAX / 4 * 3 - 10), &order).is_err());
}

#[test]
fn compiling_everything_is_one() {
    assert_eq!(sqlite::trace_condition(&Filter::all()).text, "1");
}
