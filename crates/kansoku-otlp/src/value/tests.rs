use serde_json::json;

use super::*;
use crate::tests::text;

fn stored(value: Any) -> String {
    json_text(Some(&any(value))).into_owned()
}

/// An attribute in protobuf's JSON.
fn proto(value: &AnyValue) -> Value {
    let mut out = Vec::new();
    write_proto_attribute(&mut out, Some(value));
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn values_are_stored_as_json_text() {
    assert_eq!(stored(Any::StringValue("x".into())), r#""x""#);
    assert_eq!(stored(Any::IntValue(3)), "3");
    assert_eq!(stored(Any::DoubleValue(1.5)), "1.5");
    assert_eq!(stored(Any::DoubleValue(5.0)), "5.0");
    assert_eq!(stored(Any::DoubleValue(f64::NAN)), "NaN");
    assert_eq!(stored(Any::BoolValue(true)), "true");
    assert_eq!(stored(Any::BytesValue(b"hello".to_vec())), r#""aGVsbG8=""#);
    assert_eq!(json_text(None), "null");
    let list = ArrayValue { values: vec![text("é"), AnyValue { value: None }] };
    assert_eq!(stored(Any::ArrayValue(list)), r#"["é", null]"#);
}

#[test]
fn text_that_is_json_of_a_string_list_or_object_loses_one_layer() {
    for same in [r#"{"a":1}"#, r#""hi""#, "[1,  2]", " {}"] {
        assert_eq!(json_text(Some(&text(same))), same);
    }
    for (sent, kept) in [("1", r#""1""#), ("true", r#""true""#), ("{a", r#""{a""#)] {
        assert_eq!(json_text(Some(&text(sent))), kept);
    }
}

#[test]
fn an_object_and_its_json_text_look_the_same_to_every_reader() {
    let typed = from_json(json!({ "q": ["hi", 1, 2.5, null, true] }), DEPTH_MAX).unwrap();
    let dumped = text(r#"{"q": ["hi", 1, 2.5, null, true]}"#);
    assert_eq!(json_text(Some(&typed)), json_text(Some(&dumped)));
    assert_eq!(plain_text(Some(&typed)), plain_text(Some(&dumped)));
    assert_eq!(proto(&typed), proto(&dumped));
}

#[test]
fn a_filter_sees_a_string_without_quotes_however_it_was_sent() {
    assert_eq!(plain_text(Some(&text("AGENT"))), "AGENT");
    assert_eq!(plain_text(Some(&text(r#""AGENT""#))), "AGENT");
    assert_eq!(plain_text(Some(&any(Any::DoubleValue(0.7)))), "0.7");
}

#[test]
fn json_text_is_typed_only_where_that_loses_nothing() {
    assert_eq!(from_json_text("1".into()), any(Any::IntValue(1)));
    assert_eq!(from_json_text("null".into()), AnyValue { value: None });
    assert_eq!(from_json_text(r#""hi""#.into()), text("hi"));
    assert!(matches!(from_json_text(r#"{"a": 1}"#.into()).value, Some(Any::KvlistValue(_))));
    // Another spelling, an integer beyond 64 bits, a JSON string of JSON, and no JSON at all.
    for kept in [r#"{"a":1}"#, "[18446744073709551616]", r#""{\"a\": 1}""#, "not json"] {
        assert_eq!(from_json_text(kept.into()), text(kept));
    }
}

#[test]
fn pythons_nan_inside_json_becomes_a_word() {
    let read = from_json_text(r#"{"a": [NaN, -Infinity, "NaN \" Infinity"]}"#.into());
    assert_eq!(json_text(Some(&read)), r#"{"a": ["NaN", "-Infinity", "NaN \" Infinity"]}"#);
    assert_eq!(without_nan("plain text, nothing to do: -1"), None);
}

#[test]
fn nesting_beyond_the_limit_stays_text() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let is_list = |value: AnyValue| matches!(value.value, Some(Any::ArrayValue(_)));
    assert!(is_list(from_json_text(nested(DEPTH_MAX))));
    assert!(!is_list(from_json_text(nested(DEPTH_MAX + 1))));
    let deep = text(&nested(DEPTH_MAX + 1));
    assert_eq!(proto(&deep), json!({ "string_value": nested(DEPTH_MAX + 1) }));
}

#[test]
fn objects_of_the_greatest_depth_survive_protobuf() {
    use prost::Message;

    use crate::tests::{data, entry, span};
    let mut deep = span(1, &[]);
    let object = r#"{"a": "#.repeat(DEPTH_MAX) + "1" + &"}".repeat(DEPTH_MAX);
    deep.attributes = vec![entry("deep", from_json_text(object.clone()))];
    assert!(matches!(deep.attributes[0].value.as_ref().unwrap().value, Some(Any::KvlistValue(_))));
    deep.events = vec![opentelemetry_proto::tonic::trace::v1::span::Event {
        attributes: deep.attributes.clone(),
        ..Default::default()
    }];
    assert!(crate::decode_protobuf(&data(vec![deep]).encode_to_vec()).is_ok());
}

#[test]
fn json_text_is_shown_as_what_it_says_and_else_as_text() {
    let shown = |sent: &str| proto(&text(sent)).to_string();
    assert_eq!(
        shown(r#" {"a": [1, -2.5, 18446744073709551615, true, null, "x\ny"], "b": {}, "c": []}"#),
        r#"{"kvlist_value":{"values":[{"key":"a","value":{"array_value":{"values":[{"int_value":1},{"double_value":-2.5},{"double_value":1.8446744073709552e+19},{"bool_value":true},{},{"string_value":"x\ny"}]}}},{"key":"b","value":{"kvlist_value":{}}},{"key":"c","value":{"array_value":{}}}]}}"#
    );
    for text in ["{\"a\": [1, 2", "[1] tail", "1", "true", r#""\ud800""#, "[1e999]"] {
        assert_eq!(proto(&crate::tests::text(text)), json!({ "string_value": text }));
    }
}
