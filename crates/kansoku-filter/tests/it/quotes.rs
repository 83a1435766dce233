//! Quotes inside quotes. `quotes.json` also tests the lexer of the screens.
use kansoku_filter::{
    Field, Filter, SqlValue,
    print::{equals, field_name, quoted},
    sql::sqlite::trace_condition,
};
use proptest::prelude::*;
use serde_json::Value;

fn cases(name: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("quotes.json")).unwrap();
    all[name].as_array().unwrap().clone()
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap()
}

/// The texts with which a filter compares.
fn compared(filter: &str) -> Vec<String> {
    let filter = Filter::parse(filter).unwrap_or_else(|error| panic!("{error}"));
    let texts = trace_condition(&filter).params.into_iter().filter_map(|param| match param {
        SqlValue::Text(text) => Some(text),
        _ => None,
    });
    texts.collect()
}

#[test]
fn a_quote_inside_a_string_is_written_twice() {
    for case in cases("strings") {
        let (read, value) = (text(&case, "read"), text(&case, "value"));
        let found = compared(&format!("tags.key = {read}"));
        assert!(found.iter().any(|found| found == value), "{read}: {found:?}");
        assert_eq!(quoted(value), text(&case, "written"));
    }
}

#[test]
fn a_quote_inside_a_key_is_written_twice() {
    for case in cases("keys") {
        let (read, key) = (text(&case, "read"), text(&case, "key"));
        assert_eq!(Field::parse(read).unwrap().key, key);
        assert_eq!(field_name("tags", key).as_deref(), Some(text(&case, "written")));
    }
}

#[test]
fn a_string_whose_last_quote_is_written_twice_is_not_closed() {
    for case in cases("unclosed") {
        let filter = format!("name = {}", case.as_str().unwrap());
        let error = Filter::parse(&filter).unwrap_err().to_string();
        assert!(error.contains("is not closed"), "{filter}: {error}");
    }
}

/// Texts in which quotes are frequent.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "['\"`\\\\a ]{0,12}"]
}

proptest! {
    #[test]
    fn every_key_and_value_is_read_as_it_was_written(key in any_text(), value in any_text()) {
        prop_assume!(!key.is_empty());
        let field = field_name("expectation", &key).unwrap();
        let found = compared(&equals(&field, &value));
        prop_assert!(found.contains(&key), "{field}: {found:?}");
        let field = field_name("tags", &format!("k{key}")).unwrap();
        let found = compared(&equals(&field, &value));
        prop_assert!(found.contains(&value), "{field}: {found:?}");
    }
}
