use kansoku_filter::sql::sqlite::{experiment_condition, experiment_order_by};
use kansoku_filter::{ExperimentFilter, ExperimentOrderBy, Sql};

use crate::fixture::{empty, texts};

fn experiments() -> rusqlite::Connection {
    let db = empty();
    db.execute_batch(
        "insert into experiments values
           (0, 'Default',  '', 'active', 10, 10),
           (1, 'prod-rag', '', 'active', 20, 30),
           (4, 'PROD-chat', '', 'active', 20, 20);
         insert into experiment_tags values (1, 'team', 'x'), (4, 'team', 'y'), (1, 'k', 'v');",
    )
    .unwrap();
    db
}

fn kept(filter: &str) -> String {
    let filter = ExperimentFilter::parse(filter).unwrap_or_else(|e| panic!("{e}"));
    let select = "select e.name from experiments e where";
    let sql = experiment_condition(&filter);
    texts(&experiments(), select, &sql, "order by e.experiment_id").join(" ")
}

#[test]
fn filters_of_experiments() {
    for (filter, expected) in [
        ("", "Default prod-rag PROD-chat"),
        ("name LIKE 'prod%'", "prod-rag"),
        ("name ILIKE '%PROD%'", "prod-rag PROD-chat"),
        ("attribute.name = 'Default'", "Default"),
        ("name != 'Default'", "prod-rag PROD-chat"),
        ("experiment_id IN ('4','1')", "prod-rag PROD-chat"),
        ("experiment_id NOT IN ('4','x')", "Default prod-rag"),
        ("experiment_id = '0'", "Default"),
        ("tags.team = 'x' AND creation_time > 0", "prod-rag"),
        ("tags.k IS NULL", "Default PROD-chat"),
        ("tag.k IS NOT NULL", "prod-rag"),
        ("tags.team != 'x'", "PROD-chat"),
        ("last_update_time >= 20 AND creation_time <= 20", "prod-rag PROD-chat"),
        ("name = 'Default' OR NOT (tags.team ILIKE 'X')", "Default PROD-chat"),
    ] {
        assert_eq!(kept(filter), expected, "{filter}");
    }
}

#[test]
fn refused_filters_of_experiments() {
    for (filter, message) in [
        ("name = 1", "Expected a quoted string value for attributes"),
        (
            "name IS NULL",
            "IS NULL / IS NOT NULL is only supported for tags, not for attribute 'name'",
        ),
        ("name IN ('a')", "Only ['experiment_id'] attributes support comparison with a list"),
        ("name RLIKE 'a'", "Invalid comparator 'RLIKE' not one of"),
        (
            "lifecycle_stage = 'active'",
            "Invalid attribute key 'lifecycle_stage' specified. Valid keys are",
        ),
        ("creation_time = 'x'", "Expected a numeric value"),
        ("metadata.x = 'y'", "Invalid entity type 'metadata'"),
        ("tags.team IN ('x')", "Invalid comparator 'IN'"),
    ] {
        let error = ExperimentFilter::parse(filter).expect_err(filter).to_string();
        assert!(error.contains(message), "{filter}\n{error}");
    }
}

fn ordered(items: &[&str]) -> String {
    let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
    let keys = ExperimentOrderBy::parse_list(&items).unwrap_or_else(|e| panic!("{e}"));
    let sql: Sql = experiment_order_by(&keys);
    texts(&experiments(), "select e.name from experiments e order by", &sql, "").join(" ")
}

#[test]
fn orders_of_experiments() {
    assert_eq!(ordered(&[]), "prod-rag PROD-chat Default");
    assert_eq!(ordered(&["name"]), "Default PROD-chat prod-rag");
    assert_eq!(ordered(&["creation_time DESC", "last_update_time"]), "PROD-chat prod-rag Default");
    assert_eq!(ordered(&["attribute.experiment_id DESC"]), "PROD-chat prod-rag Default");
    let error = ExperimentOrderBy::parse_list(&["tags.k".to_owned()]).unwrap_err();
    assert!(error.to_string().contains("Invalid order_by entity: tag"));
}
