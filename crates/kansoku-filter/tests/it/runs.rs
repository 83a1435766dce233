use kansoku_filter::sql::sqlite::{
    RunEntry, run_candidates, run_condition, run_entries, run_order_by,
};
use kansoku_filter::{RunFilter, RunOrderBy};

use crate::fixture::{empty, texts};

fn runs() -> rusqlite::Connection {
    let db = empty();
    db.execute_batch(
        "insert into experiments values (1, 'a', 's3://b/1', 'active', 0, 0), (2, 'b', '', 'active', 0, 0);
         insert into runs (run_id, experiment_id, run_name, user_id, status, start_time_ms, end_time_ms, lifecycle_stage) values
           ('r1', 1, 'eval-one', 'ann', 'FINISHED', 100, 200,  'active'),
           ('r2', 1, 'eval-two', 'bob', 'RUNNING',  300, null, 'active'),
           ('r3', 2, 'other',    'bob', 'FAILED',   null, null, 'active');
         insert into run_tags values ('r1', 'env', 'prod', 1, 100), ('r2', 'env', 'dev', 1, 300);
         insert into run_params values ('r1', 'model name', 'gpt-4o', 1, 100), ('r2', 'lr', '0.1', 1, 300);
         insert into run_metrics (run_id, key, step, timestamp_ms, value) values
           ('r1', 'acc', 0, 50, 0.1), ('r1', 'acc', 1, 10, 0.9), ('r2', 'acc', 0, 10, 0.5),
           ('r3', 'noise', 0, 10, null), ('r2', 'noise', 0, 10, 1.0);
         insert into run_datasets (dataset, experiment_id, name, digest, source_type, source) values
           (1, 1, 'golden', 'd1', 'local', ''), (2, 1, 'synthetic', 'd2', 'local', ''),
           (3, 2, 'golden', 'd3', 'local', '');
         insert into run_dataset_inputs values
           ('r1', 1, 0, 'eval', '[]'), ('r1', 2, 1, 'training', '[]'), ('r2', 2, 0, null, '[]'),
           ('r3', 3, 0, 'eval', '[]');",
    )
    .unwrap();
    db
}

fn kept(filter: &str) -> String {
    let filter = RunFilter::parse(filter).unwrap_or_else(|e| panic!("{e}"));
    let sql = run_condition(&filter);
    texts(&runs(), "select r.run_id from runs r where", &sql, "order by 1").join(" ")
}

#[test]
fn filters_of_runs() {
    for (filter, expected) in [
        ("", "r1 r2 r3"),
        ("metrics.acc > 0.4", "r1 r2"),
        ("metric.acc < 0.2", ""),
        ("metrics.`acc` = 0.9", "r1"),
        ("params.\"model name\" LIKE 'gpt%'", "r1"),
        ("parameter.lr = '0.1'", "r2"),
        ("tags.env != 'prod'", "r2"),
        ("tag.env IS NULL", "r3"),
        ("attributes.status = 'FINISHED'", "r1"),
        ("run_name ILIKE 'EVAL%' AND attr.user_id = 'bob'", "r2"),
        ("attribute.run_id IN ('r1', 'r3')", "r1 r3"),
        ("start_time >= 100 AND end_time <= 200", "r1"),
        ("created > 100", "r2"),
        ("artifact_uri = 's3://b/1/r1/artifacts'", "r1"),
        ("artifact_uri LIKE 'mlflow-artifacts:/2/%'", "r3"),
        ("dataset.name = 'golden'", "r1 r3"),
        ("datasets.name LIKE 'synth%' AND datasets.name = 'golden'", "r1"),
        ("dataset.name != 'golden'", "r1 r2"),
        ("dataset.digest IN ('d2', 'd3')", "r1 r2 r3"),
        ("dataset.context = 'eval' AND NOT dataset.context = 'training'", "r3"),
        ("dataset.context NOT IN ('eval')", "r1"),
        // A metric that is NaN differs from every number, and is neither above nor below one.
        ("metrics.noise != 3", "r2 r3"),
        ("metrics.noise <= 3", "r2"),
        ("NOT metrics.noise > 0", "r1 r3"),
        ("status = 'FAILED' OR (metrics.acc > 0.6 AND NOT tags.env = 'dev')", "r1 r3"),
    ] {
        assert_eq!(kept(filter), expected, "{filter}");
    }
}

#[test]
fn refused_filters_of_runs() {
    for (filter, message) in [
        ("metrics.acc > '0.4'", "Expected a numeric value for metric"),
        ("metrics.acc LIKE '0.4'", "Invalid comparator 'LIKE'"),
        ("params.lr = 0.1", "Expected a quoted string value for param"),
        ("status > 'x'", "Invalid comparator '>'"),
        ("start_time = 'x'", "Expected a numeric value for start_time"),
        ("lifecycle_stage = 'active'", "Invalid attribute key 'lifecycle_stage'"),
        ("datasets.profile = 'x'", "Invalid dataset key 'profile'"),
        ("dataset.name IS NULL", "Invalid comparator 'IS NULL'"),
        ("dataset.digest = 7", "Expected a quoted string value for dataset attributes"),
        ("span.name = 'x'", "Invalid entity type 'span'"),
    ] {
        let error = RunFilter::parse(filter).expect_err(filter).to_string();
        assert!(error.contains(message), "{filter}\n{error}");
    }
}

/// Where a search may begin: every run that passes is among the candidates of each clause.
#[test]
fn candidates_of_runs() {
    let candidates = |filter: &str| {
        let all = run_candidates(&RunFilter::parse(filter).unwrap()).into_iter();
        all.map(|sql| texts(&runs(), "", &sql, "order by 1").join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(candidates("tags.env = 'prod'"), ["r1"]);
    assert_eq!(candidates("params.lr = '0.1' AND metrics.acc > 0.4"), ["r2", "r1 r2"]);
    assert_eq!(candidates("dataset.name = 'golden' AND status = 'RUNNING'"), ["r1 r3"]);
    for filter in ["", "tags.env = 'prod' OR tags.env = 'dev'", "NOT tags.env = 'prod'"] {
        assert!(candidates(filter).is_empty(), "{filter}");
    }
    for filter in ["tags.env != 'prod'", "metrics.acc != 1", "tags.env IS NULL"] {
        assert!(candidates(filter).is_empty(), "{filter}");
    }
    let long = "x".repeat(201);
    assert!(candidates(&format!("tags.env = '{long}'")).is_empty());
}

/// Tags and params with which a search may begin, and the runs that it then finds.
#[test]
fn entries_of_runs() {
    let found = |filter: &str| {
        let found = run_entries(&RunFilter::parse(filter).unwrap()).into_iter();
        let found = found.map(|RunEntry { table, condition, rest }| {
            let select = format!("select e.run_id from {table} where");
            let passes = texts(&runs(), &select, &condition, "");
            let select = "select r.run_id from runs r join run_tags e using (run_id) where";
            let rest = texts(&runs(), select, &rest, "order by 1");
            format!("{} of {}", passes.join(" "), rest.join(" "))
        });
        found.collect::<Vec<_>>()
    };
    assert_eq!(found("tags.env = 'prod' AND metrics.acc > 0.4"), ["r1 of r1 r2"]);
    assert_eq!(found("tags.env = 'prod'"), ["r1 of r1 r2"]);
    assert_eq!(
        found("params.lr = '0.1' AND tags.env = 'prod' AND status = 'RUNNING'"),
        ["r2 of ", "r1 of r2"]
    );
    let none: [&str; 0] = [];
    for filter in ["", "tags.env != 'prod'", "NOT tags.env = 'prod'", "run_name = 'x'"] {
        assert_eq!(found(filter), none, "{filter}");
    }
    assert_eq!(found(&format!("tags.env = '{}'", "x".repeat(201))), none);
}

fn ordered(items: &[&str]) -> String {
    ordered_in(&runs(), items)
}

fn ordered_in(db: &rusqlite::Connection, items: &[&str]) -> String {
    let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
    let keys = RunOrderBy::parse_list(&items).unwrap_or_else(|e| panic!("{e}"));
    let sql = run_order_by(&keys);
    texts(db, "select r.run_id from runs r order by", &sql, "").join(" ")
}

#[test]
fn orders_of_runs() {
    assert_eq!(ordered(&[]), "r2 r1 r3");
    assert_eq!(ordered(&["start_time ASC"]), "r1 r2 r3");
    assert_eq!(ordered(&["metrics.acc DESC"]), "r1 r2 r3");
    assert_eq!(ordered(&["metrics.acc"]), "r2 r1 r3");
    assert_eq!(ordered(&["tags.env", "params.lr DESC"]), "r2 r1 r3");
    assert_eq!(ordered(&["attributes.user_id DESC", "run_name"]), "r2 r3 r1");
}

/// The same order as in MLflow's own server.
#[test]
fn a_metric_that_is_nan_comes_before_one_that_is_missing_and_ties_latest_first() {
    let db = runs();
    db.execute_batch(
        "insert into runs (run_id, experiment_id, run_name, user_id, status, start_time_ms, lifecycle_stage) values
           ('r0', 1, 'none', 'ann', 'FINISHED', 400, 'active'), ('r4', 1, 'nan', 'ann', 'FINISHED', 50, 'active');
         insert into run_metrics (run_id, key, step, timestamp_ms, value) values ('r4', 'acc', 1, 1, null);",
    )
    .unwrap();
    assert_eq!(ordered_in(&db, &["metrics.acc"]), "r2 r1 r4 r0 r3");
    assert_eq!(ordered_in(&db, &["metrics.acc DESC"]), "r1 r2 r4 r0 r3");
    assert_eq!(ordered_in(&db, &["tags.nonexistent"]), "r0 r2 r1 r4 r3");
    assert_eq!(ordered_in(&db, &["user_id"]), "r0 r1 r4 r2 r3");
    assert_eq!(ordered_in(&db, &["user_id", "start_time"]), "r4 r1 r0 r2 r3");
}
