use std::time::Duration;

use kansoku_filter::{Filter, OrderBy};

use super::*;
use crate::sqlite::{functions, migrate};

/// How SQLite would run the newest-first search with this filter from this source.
fn plan(filter: &str, source: Source) -> String {
    let mut db = Connection::open_in_memory().unwrap();
    migrate::migrate(&mut db, kansoku_model::TimestampMs(0)).unwrap();
    functions::register(&db).unwrap();
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
        search: &search,
        order: Order::of(&[]),
        after: Some(PageToken { values: vec![SqlValue::Integer(5)], trace_id: "tr-1".to_owned() }),
        required: search.filter.required(),
    };
    let sql = query.newest_first(ExperimentId(1), source);
    let mut explain = db.prepare(&format!("explain query plan {}", sql.text)).unwrap();
    let steps = explain.query_map(params_from_iter(&sql.params), |row| row.get(3)).unwrap();
    steps.collect::<Result<Vec<String>, _>>().unwrap().join("\n")
}

#[test]
fn a_search_without_filter_walks_the_time_index() {
    insta::assert_snapshot!(plan("", Source::Everywhere));
}

#[test]
fn a_search_by_one_term_walks_its_entries() {
    insta::assert_snapshot!(plan("tags.env = 'prod'", Source::Terms(vec![vec![7]])));
}

#[test]
fn two_common_terms_meet_in_the_index() {
    let source = Source::Terms(vec![vec![7], vec![8]]);
    insta::assert_snapshot!(plan("tags.env = 'prod' AND span.name = 'llm'", source));
}

#[test]
fn several_terms_of_one_condition_are_sorted_by_time() {
    let source = Source::Terms(vec![vec![7, 8]]);
    insta::assert_snapshot!(plan("span.type IN ('LLM', 'TOOL')", source));
}
