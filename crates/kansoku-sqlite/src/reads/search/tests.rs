use std::time::Duration;

use kansoku_filter::{Filter, OrderBy};

use super::*;
use crate::engine::{functions, migrate};

/// SQLite's query plan for the newest-first search with this filter and statement.
fn plan(filter: &str, statement: impl Fn(&Query<'_>) -> Statement) -> String {
    let mut db = Connection::open_in_memory().unwrap();
    let codec = std::sync::Arc::new(Codec::new());
    functions::register(&db, &codec).unwrap();
    migrate::migrate(&mut db, kansoku_model::TimestampMs(0)).unwrap();
    let search = TraceSearch {
        experiments: vec![ExperimentId(1)],
        filter: Filter::parse(filter).unwrap(),
        order_by: Vec::<OrderBy>::new(),
        max_results: 100,
        page_token: None,
        deadline: Duration::from_secs(1),
    };
    let query = Query {
        db: &db,
        codec: &codec,
        search: &search,
        order: Order::new(&[]),
        after: Some(PageToken { values: vec![SqlValue::Integer(5)], trace_id: "tr-1".to_owned() }),
        required: required(&search),
    };
    let sql = statement(&query);
    let mut explain = db.prepare(&format!("explain query plan {}", sql.text)).unwrap();
    let steps = explain.query_map(params_from_iter(&sql.params), |row| row.get(3)).unwrap();
    steps.collect::<Result<Vec<String>, _>>().unwrap().join("\n")
}

#[test]
fn a_search_without_filter_walks_the_time_index() {
    insta::assert_snapshot!(plan("", |query| query.by_time(ExperimentId(1))));
}

#[test]
fn candidates_are_looked_up_by_their_ids() {
    let filter = "tags.env = 'prod' AND span.name = 'llm'";
    insta::assert_snapshot!(plan(filter, |query| query.lookup(ExperimentId(1), &[1, 2])));
}
