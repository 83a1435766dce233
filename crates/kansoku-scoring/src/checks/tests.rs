//! All checks alike: their descriptions, their reading, and traces of any form.
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::scored_trace::tests::{expectation, trace, trace_of};

/// The feedback of a valid definition.
pub(super) fn score(definition: Value, trace: &ScoredTrace) -> Option<ScorerFeedback> {
    Check::parse(&definition).unwrap().score(trace)
}

/// The message for an invalid definition.
pub(super) fn error_of(definition: Value) -> String {
    Check::parse(&definition).unwrap_err().to_string()
}

fn examples() -> impl Iterator<Item = (&'static CheckInfo, Value)> {
    CATALOG.iter().map(|info| (*info, serde_json::from_str(info.example).unwrap()))
}

#[test]
fn each_example_is_a_definition_of_its_type() {
    for (info, example) in examples() {
        assert_eq!(example["type"], info.name);
        let check = Check::parse(&example).unwrap_or_else(|error| panic!("{error}"));
        let written = serde_json::to_value(&check).unwrap();
        assert_eq!(written["type"], info.name);
        assert!(Check::parse(&written).is_ok());
        for (name, value) in example.as_object().unwrap() {
            assert_eq!(written[name], *value, "{name}");
        }
    }
}

#[test]
fn the_fields_and_defaults_are_those_that_are_described() {
    for (info, example) in examples() {
        let is_required = |field: &&FieldInfo| field.default.is_none();
        let mut definition = json!({"type": info.name});
        for field in info.fields.iter().filter(is_required) {
            let error = error_of(definition.clone());
            assert!(error.contains("missing field"), "{error}");
            definition[field.name] = example[field.name].clone();
        }
        let written = serde_json::to_value(Check::parse(&definition).unwrap()).unwrap();
        let names = written.as_object().unwrap().keys().filter(|name| *name != "type");
        let described = info.fields.iter().map(|field| field.name);
        assert_eq!(names.collect::<Vec<_>>(), described.collect::<Vec<_>>(), "{}", info.name);
        for field in info.fields {
            let default =
                field.default.map(|default| serde_json::from_str::<Value>(default).unwrap());
            let expected = default.unwrap_or(example[field.name].clone());
            assert_eq!(written[field.name], expected, "{}.{}", info.name, field.name);
        }
    }
}

#[test]
fn each_choice_is_a_value_of_its_field() {
    for (info, example) in examples() {
        for field in info.fields {
            let values = match field.field_type {
                FieldType::Choice(choices) => choices.iter().map(|it| json!(it)).collect(),
                FieldType::Choices(choices) => vec![json!(choices)],
                _ => continue,
            };
            for value in values {
                let mut definition = example.clone();
                definition[field.name] = value;
                assert!(Check::parse(&definition).is_ok(), "{definition}");
            }
            let mut definition = example.clone();
            definition[field.name] = json!("nonsense");
            assert!(error_of(definition).contains(field.name));
        }
    }
}

#[test]
fn a_description_is_one_sentence() {
    for info in CATALOG {
        let texts = info.fields.iter().map(|field| field.description);
        for text in texts.chain([info.description]) {
            assert!(text.ends_with('.') && !text.contains(". "), "{text}");
        }
    }
}

#[test]
fn definitions_in_toml_are_those_in_json() {
    #[derive(Deserialize)]
    struct Settings {
        checks: Vec<Check>,
    }
    let text = r#"
        [[checks]]
        type = "json_schema"
        field = "outputs.answer"
        schema = { type = "object", required = ["id"] }

        [[checks]]
        type = "error"
        classes = [{ name = "timeout", pattern = '(?i)time(d )?out' }]

        [[checks]]
        type = "latency"
        max_ms = 1_500
    "#;
    let settings: Settings = toml::from_str(text).unwrap();
    let written = serde_json::to_value(&settings.checks).unwrap();
    assert_eq!(written[0]["schema"], json!({"type": "object", "required": ["id"]}));
    assert_eq!(written[1]["classes"][0]["name"], "timeout");
    assert_eq!(written[2], json!({"type": "latency", "max_ms": 1500}));
    for (_, example) in examples() {
        let in_toml: Check = toml::from_str(&toml::to_string(&example).unwrap()).unwrap();
        let in_json: Check = serde_json::from_value(example).unwrap();
        assert_eq!(json!(in_toml), json!(in_json));
    }
    let invalid = "type = \"latency\"\nmax_ms = -1.5";
    let error = toml::from_str::<Check>(invalid).unwrap_err().to_string();
    assert!(
        error.contains("field `max_ms`: expected a number of 0 or more, not `-1.5`"),
        "{error}"
    );
}

#[test]
fn what_is_no_definition_is_refused_with_what_is_expected() {
    for no_object in [json!(null), json!("latency"), json!([]), json!({}), json!({"type": 1})] {
        assert_eq!(
            error_of(no_object),
            r#"a check is an object with a `type`, such as {"type": "latency", "max_ms": 5000}"#
        );
    }
    let error = error_of(json!({"type": "regexp"}));
    assert!(
        error.starts_with("`regexp` is not a type of check; the types are `regex`, `contains`")
    );
    let error = error_of(json!({"type": "latency", "max": 5}));
    let reason = "unknown field `max`, expected `max_ms`";
    assert_eq!(error, format!("the check `latency` is invalid: {reason}"));
    let error = error_of(json!({"type": "regex"}));
    assert_eq!(error, "the check `regex` is invalid: missing field `pattern`");
    let error = error_of(json!({"type": "contains", "texts": ["a"], "ignore_case": "yes"}));
    let field = "the check `contains` has an invalid field `ignore_case`";
    assert_eq!(error, format!("{field}: invalid type: string \"yes\", expected a boolean"));
    let error = error_of(json!({"type": "length", "field": "answer"}));
    assert!(
        error.starts_with("the check `length` has an invalid field `field`: expected `request`")
    );
}

#[test]
fn a_trace_without_content_is_judged_by_its_measures_alone() {
    let empty = trace_of(Vec::new());
    let judged = examples().filter(|(_, example)| score(example.clone(), &empty).is_some());
    let judged: Vec<&str> = judged.map(|(info, _)| info.name).collect();
    assert_eq!(judged, ["tool_calls", "tool_loop", "error"]);
}

#[test]
fn a_large_trace_is_judged_by_all_checks() {
    let mut trace = trace(json!("hi"), json!("0 a@b.c +49, ".repeat(1 << 20)));
    trace.info.assessments = vec![expectation("expected_response", json!("x".repeat(10 << 20)), 1)];
    for (_, example) in examples() {
        if let Some(feedback) = score(example, &trace) {
            assert!(feedback.rationale.is_none_or(|rationale| rationale.len() < 1000));
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "\\PC{0,40}".prop_map(Value::from),
        "[0-9 @.:+{}\\[\\]\"-]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let object = proptest::collection::btree_map("[a-z]{1,8}", inner.clone(), 0..4);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            object.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_content_makes_a_check_panic(inputs in any_json(), outputs in any_json(), expected in any_json()) {
        let mut trace = trace(inputs, outputs);
        trace.info.assessments = vec![expectation("expected_response", expected, 1)];
        for (_, example) in examples() {
            let mut definition = example.clone();
            score(example, &trace);
            if definition.get("field").is_none() {
                definition["field"] = json!("outputs");
                if let Ok(check) = Check::parse(&definition) {
                    check.score(&trace);
                }
            }
        }
    }

    #[test]
    fn no_definition_makes_its_reading_panic(mut definition in any_json(), index in 0..CATALOG.len()) {
        if let Value::Object(fields) = &mut definition {
            fields.insert("type".to_owned(), json!(CATALOG[index].name));
        }
        let _ = Check::parse(&definition);
    }
}
