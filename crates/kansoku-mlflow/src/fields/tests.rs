use proptest::prelude::*;
use serde_json::json;

use super::*;

fn fields(value: Value) -> Fields {
    let Value::Object(values) = value else { panic!("fields are an object") };
    Fields::new(values)
}

fn refusal<T: std::fmt::Debug>(result: Result<T, FieldError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn both_spellings_are_understood_and_together_refused() {
    assert_eq!(fields(json!({ "run_id": "a" })).str("run_id").unwrap().unwrap(), "a");
    assert_eq!(fields(json!({ "runId": "a" })).str("run_id").unwrap().unwrap(), "a");
    let both = fields(json!({ "runId": "a", "run_id": "a" }));
    assert!(refusal(both.str("run_id")).contains("run_id"));
}

#[test]
fn null_is_absence() {
    let fields = fields(json!({ "a": null }));
    assert_eq!(fields.str("a").unwrap(), None);
    assert!(!fields.has("a").unwrap());
    assert!(refusal(fields.required_str("a")).starts_with("Missing value for required"));
}

#[test]
fn whole_numbers_may_be_text_or_integral_doubles() {
    for value in [json!(7), json!("7"), json!(7.0)] {
        assert_eq!(fields(json!({ "n": value })).i64("n").unwrap(), Some(7));
    }
    for value in [json!(7.5), json!("x"), json!(1e300), json!(true), json!(u64::MAX), json!([])] {
        assert!(fields(json!({ "n": value })).i64("n").is_err(), "{value}");
    }
}

#[test]
fn doubles_may_be_the_three_words_json_lacks() {
    assert!(fields(json!({ "x": "NaN" })).f64("x").unwrap().unwrap().is_nan());
    assert_eq!(fields(json!({ "x": "-Infinity" })).f64("x").unwrap(), Some(f64::NEG_INFINITY));
    assert!(fields(json!({ "x": "inf" })).f64("x").is_err());
}

#[test]
fn a_wrong_type_is_named_with_its_place() {
    let outer = fields(json!({ "trace": { "tags": [{ "key": 1 }] } }));
    let inner = outer.required_object("trace").unwrap().list("tags").unwrap().remove(0);
    assert_eq!(
        refusal(inner.str("key")),
        "Invalid value 1 for parameter 'trace.tags[0].key' supplied:  Hint: Value was of type \
         'int'. See the API docs for more information about request parameters."
    );
}

#[test]
fn booleans_may_be_capitalised_as_python_does() {
    let fields = fields(json!({ "a": "False", "b": true, "c": "maybe" }));
    assert_eq!(fields.bool("a").unwrap(), Some(false));
    assert_eq!(fields.bool("b").unwrap(), Some(true));
    assert_eq!(
        refusal(fields.bool("c")),
        "Invalid boolean value: maybe, must be 'true' or 'false'."
    );
}

#[test]
fn an_unknown_enum_word_is_no_choice() {
    let choices = [("ON", 1, 'a'), ("OFF", 2, 'b')];
    assert_eq!(fields(json!({ "x": "OFF" })).choice("x", &choices).unwrap(), Some('b'));
    assert_eq!(fields(json!({ "x": 1 })).choice("x", &choices).unwrap(), Some('a'));
    assert_eq!(fields(json!({ "x": "off" })).choice("x", &choices).unwrap(), None);
    assert!(fields(json!({ "x": {} })).choice("x", &choices).is_err());
}

proptest! {
    /// A getter returns a value or an error for any request; it never panics.
    #[test]
    fn no_value_makes_a_getter_panic(text in "\\PC{0,30}", number in any::<f64>()) {
        for value in [json!(text), json!(number), json!([text]), json!({ text.clone(): number })] {
            let fields = fields(json!({ "a_b": value }));
            let _ = (fields.str("a_b"), fields.i64("a_b"), fields.f64("a_b"), fields.bool("a_b"));
            let _ = (fields.list("a_b"), fields.list_str("a_b"), fields.map("a_b"));
            let _ = (fields.object("a_b"), fields.key_values("a_b"));
        }
    }
}
