//! All text inputs of a search: filters, orders, page tokens, patterns.
//!
//! The whole input is used as a filter, its lines as an order, and its last line as a page token.
#![no_main]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kansoku_filter::sql::sqlite;
use kansoku_filter::{
    DatasetFilter, DatasetOrderBy, ExperimentFilter, ExperimentOrderBy, Filter, FilterError,
    IssueFilter, LoggedModelFilter, ModelVersionFilter, ModelVersionOrderBy, Order, OrderBy,
    PageToken, RegisteredModelFilter, RegisteredModelOrderBy, RunFilter, RunOrderBy, Sql, pattern,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    filters(text);
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    orders(&lines);
    let last = lines.pop().unwrap_or_default();
    pages(&lines, &last);
    if let Some((pattern, text)) = text.split_once('\n') {
        pattern::like(pattern, text);
        pattern::ilike(pattern, text);
    }
});

fn filters(text: &str) {
    if let Some(filter) = accepted(Filter::parse(text), text) {
        check_sql(sqlite::trace_condition(&filter));
        filter.required(&[]);
        let run = Filter::run("r").and(filter.clone());
        check_sql(sqlite::trace_condition(&run.and(filter)));
    }
    if let Some(filter) = accepted(ExperimentFilter::parse(text), text) {
        check_sql(sqlite::experiment_condition(&filter));
    }
    if let Some(filter) = accepted(RunFilter::parse(text), text) {
        check_sql(sqlite::run_condition(&filter));
    }
    if let Some(filter) = accepted(DatasetFilter::parse(text), text) {
        check_sql(sqlite::dataset_condition(&filter));
    }
    if let Some(filter) = accepted(IssueFilter::parse(text), text) {
        check_sql(sqlite::issue_condition(&filter));
    }
    if let Some(filter) = accepted(LoggedModelFilter::parse(text, Vec::new()), text) {
        check_sql(sqlite::logged_model_condition(&filter));
    }
    if let Some(filter) = accepted(RegisteredModelFilter::parse(text), text) {
        check_sql(sqlite::registered_model_condition(&filter));
    }
    if let Some(filter) = accepted(ModelVersionFilter::parse(text), text) {
        check_sql(sqlite::model_version_condition(&filter));
    }
}

fn orders(items: &[String]) {
    if let Ok(keys) = OrderBy::parse_list(items) {
        let order = Order::new(&keys);
        check_sql(sqlite::trace_order_columns(&order));
        check_sql(Sql { text: sqlite::trace_order_by(&order), params: Vec::new() });
    }
    if let Ok(keys) = ExperimentOrderBy::parse_list(items) {
        check_sql(sqlite::experiment_order_by(&keys));
    }
    if let Ok(keys) = RunOrderBy::parse_list(items) {
        check_sql(sqlite::run_order_by(&keys));
    }
    if let Ok(keys) = DatasetOrderBy::parse_list(items) {
        check_sql(sqlite::dataset_order_by(&keys));
    }
    if let Ok(keys) = RegisteredModelOrderBy::parse_list(items) {
        check_sql(sqlite::registered_model_order_by(&keys));
    }
    if let Ok(keys) = ModelVersionOrderBy::parse_list(items) {
        check_sql(sqlite::model_version_order_by(&keys));
    }
}

/// Parses `token` as a client sends it, and as the decoded content of a token.
fn pages(order: &[String], token: &str) {
    let Ok(keys) = OrderBy::parse_list(order) else { return };
    let order = Order::new(&keys);
    for text in [token.to_owned(), URL_SAFE_NO_PAD.encode(token)] {
        let Ok(token) = PageToken::decode(&text, &order) else { continue };
        check_sql(sqlite::traces_after(&order, &token));
        assert_eq!(PageToken::decode(&token.encode(), &order), Ok(token));
    }
}

/// The parsed value. An error must have a position inside of the text, so that it can be marked.
fn accepted<T>(parsed: Result<T, FilterError>, text: &str) -> Option<T> {
    match parsed {
        Ok(filter) => Some(filter),
        Err(error) => {
            assert!(!error.message.is_empty());
            assert!(error.filter.get(error.at.clone()).is_some(), "{:?} of {text:?}", error.at);
            assert!(error.to_string().len() <= 8 * 1024);
            None
        }
    }
}

/// Checks that the SQL has one numbered placeholder for each parameter, and no text from the user.
fn check_sql(sql: Sql) {
    let first = 3;
    let count = sql.params.len();
    let sql = sql.offset(first);
    let mut used = vec![false; count];
    for piece in sql.text.split('?').skip(1) {
        let digits: String = piece.chars().take_while(char::is_ascii_digit).collect();
        let number: usize = digits.parse().expect("a numbered placeholder");
        used[number.checked_sub(first + 1).expect("moved behind the others")] = true;
    }
    assert!(used.iter().all(|used| *used), "a parameter that nothing uses: {}", sql.text);
    let count_of = |wanted: char| sql.text.chars().filter(|c| *c == wanted).count();
    assert_eq!(count_of('('), count_of(')'), "{}", sql.text);
    assert_eq!(count_of('\'') % 2, 0, "{}", sql.text);
    let foreign =
        |c: char| !c.is_ascii() || c.is_ascii_control() && c != '\n' || ";`\\".contains(c);
    assert!(!sql.text.contains(foreign), "{}", sql.text);
}
