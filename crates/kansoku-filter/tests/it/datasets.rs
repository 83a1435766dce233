use kansoku_filter::sql::sqlite::{dataset_condition, dataset_order_by};
use kansoku_filter::{DatasetFilter, DatasetOrderBy, Sql};

use crate::fixture::{empty, texts};

const SCHEMA: &str = include_str!("../../../kansoku-sqlite/sql/0015_datasets.sql");

fn datasets() -> rusqlite::Connection {
    let db = empty();
    db.execute_batch(SCHEMA).unwrap();
    db.execute_batch(
        "insert into datasets (dataset, dataset_id, name, digest, created_ms, created_by,
             last_update_ms, last_updated_by) values
           (1, 'd-1', 'golden',  '', 10, 'ann', 10, 'ann'),
           (2, 'd-2', 'Golden 2', '', 20, null, 30, 'bob'),
           (3, 'd-3', 'it''s',   '', 20, 'bob', 20, null);
         insert into dataset_tags values (1, 'team', 'x'), (2, 'team', 'y');",
    )
    .unwrap();
    db
}

fn kept(filter: &str) -> String {
    let filter = DatasetFilter::parse(filter).unwrap_or_else(|e| panic!("{e}"));
    let select = "select d.dataset_id from datasets d where";
    texts(&datasets(), select, &dataset_condition(&filter), "order by d.dataset").join(" ")
}

#[test]
fn filters_of_datasets() {
    for (filter, expected) in [
        ("", "d-1 d-2 d-3"),
        ("name LIKE 'gold%'", "d-1"),
        ("name ILIKE 'gold%'", "d-1 d-2"),
        ("name = \"it's\"", "d-3"),
        ("name IN ('golden', 'other')", "d-1"),
        ("created_by = 'ann'", "d-1"),
        ("created_by != 'ann'", "d-3"),
        ("last_updated_by ILIKE 'B%'", "d-2"),
        ("created_time >= 20 AND last_update_time < 30", "d-3"),
        ("tags.team != 'x'", "d-2"),
        ("tag.team = 'x' OR NOT created_time > 10", "d-1"),
    ] {
        assert_eq!(kept(filter), expected, "{filter}");
    }
}

#[test]
fn refused_filters_of_datasets() {
    for (filter, message) in [
        ("name = 1", "Expected a quoted string value for attributes"),
        ("created_by IN ('a')", "Invalid comparator 'IN'"),
        ("name RLIKE 'a'", "Invalid comparator 'RLIKE'"),
        ("name IS NULL", "Invalid comparator 'IS NULL'"),
        ("dataset_id = 'd-1'", "Invalid attribute key 'dataset_id' specified. Valid keys are"),
        ("created_time = 'x'", "Expected a numeric value"),
        ("created_time > 1.5", "Invalid value for numeric attribute 'created_time'"),
        ("params.x = 'y'", "Invalid entity type 'params'"),
        ("tags. = 'y'", "Tag key cannot be empty"),
        ("tags.team IN ('x')", "Invalid comparator 'IN'"),
    ] {
        let error = DatasetFilter::parse(filter).expect_err(filter).to_string();
        assert!(error.contains(message), "{filter}\n{error}");
    }
}

fn ordered(items: &[&str]) -> String {
    let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
    let keys = DatasetOrderBy::parse_list(&items).unwrap_or_else(|e| panic!("{e}"));
    let sql: Sql = dataset_order_by(&keys);
    texts(&datasets(), "select d.dataset_id from datasets d order by", &sql, "").join(" ")
}

#[test]
fn orders_of_datasets() {
    assert_eq!(ordered(&[]), "d-3 d-2 d-1");
    assert_eq!(ordered(&["name"]), "d-2 d-1 d-3");
    assert_eq!(ordered(&["created_time", "last_update_time DESC"]), "d-1 d-2 d-3");
    for item in ["created_by", "tags.k", "name up"] {
        DatasetOrderBy::parse_list(&[item.to_owned()]).expect_err(item);
    }
}
