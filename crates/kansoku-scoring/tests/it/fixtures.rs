//! The texts that MLflow 3.17.2's client registers.
use kansoku_scoring::judges::{
    Judge, JudgeError, Primitive, ScorerKind, ValueType, built_in_classes,
};
use kansoku_scoring::models::ModelUri;
use serde_json::{Value, json};

const SERIALIZED: &str = include_str!("../fixtures/serialized_scorers.jsonl");

/// The serialized scorers, each with its name and its class.
pub(crate) fn serialized_scorers() -> Vec<(String, String, String)> {
    let lines = SERIALIZED.lines().map(|line| {
        let value: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        (text("name"), text("builtin_scorer_class"), line.to_owned())
    });
    lines.collect()
}

pub(crate) fn judge(name: &str) -> Judge {
    let (_, _, text) = serialized_scorers().into_iter().find(|(it, ..)| it == name).unwrap();
    Judge::from_serialized(&text).unwrap()
}

/// A built-in judge as MLflow writes it.
pub(crate) fn built_in(class: &str, settings: Value) -> Judge {
    let text = json!({
        "name": "mine", "builtin_scorer_class": class, "builtin_scorer_pydantic_data": settings,
    });
    Judge::from_serialized(&text.to_string()).unwrap()
}

/// A judge of `make_judge` that answers a boolean.
pub(crate) fn template(instructions: &str) -> Judge {
    let value_type = json!({"type": "boolean"});
    let data = json!({"instructions": instructions, "feedback_value_type": value_type});
    let text = json!({"name": "mine", "instructions_judge_pydantic_data": data});
    Judge::from_serialized(&text.to_string()).unwrap()
}

#[test]
fn every_judge_that_mlflow_serializes_is_read() {
    let mut judges = 0;
    for (name, class, text) in serialized_scorers() {
        match ScorerKind::from_serialized(&text).unwrap() {
            ScorerKind::Judge(judge) => {
                assert_eq!(judge.name(), name);
                judges += 1;
                let expected: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(judge.is_session_level(), expected["is_session_level_scorer"], "{name}");
            }
            ScorerKind::Check { class: check, .. } => assert_eq!(check, class),
            ScorerKind::Python { name, is_session_level } => {
                assert_eq!((name.as_str(), is_session_level), ("is_short", false));
            }
            ScorerKind::Unsupported { name, .. } => assert_eq!(name, "both"),
        }
    }
    assert_eq!(judges, 40);
    for built_in in built_in_classes().filter(|it| it.class != "KnowledgeRetention") {
        let (class, name) = (built_in.class.to_owned(), built_in.name.to_owned());
        let found = serialized_scorers()
            .into_iter()
            .any(|(it, of, _)| (it, of) == (name.clone(), class.clone()));
        assert!(found, "{class} has another name in MLflow");
    }
    // MLflow cannot serialize this one; written by hand, it is read.
    assert!(built_in("KnowledgeRetention", json!({})).is_session_level());
}

#[test]
fn other_scorers_are_no_judges() {
    for (name, expected) in [
        ("is_short", JudgeError::Python { name: "is_short".to_owned() }),
        ("regex_match", JudgeError::Check { name: "regex_match".to_owned() }),
        ("both", JudgeError::Unsupported("ensembles of scorers are run by MLflow only".to_owned())),
    ] {
        let (_, _, text) = serialized_scorers().into_iter().find(|(it, ..)| it == name).unwrap();
        assert_eq!(Judge::from_serialized(&text), Err(expected));
    }
}

#[test]
fn value_types_are_those_of_the_client() {
    for (name, expected) in [
        ("str", ValueType::Primitive(Primitive::Str)),
        ("bool", ValueType::Primitive(Primitive::Bool)),
        ("int", ValueType::Primitive(Primitive::Int)),
        ("float", ValueType::Primitive(Primitive::Float)),
        ("literal", ValueType::Literal(vec![json!("good"), json!("bad")])),
        ("literal_of_one", ValueType::Literal(vec![json!("good")])),
        ("literal_of_numbers", ValueType::Literal(vec![json!(1), json!(2), json!(3)])),
        ("literal_mixed", ValueType::Literal(vec![json!("none"), json!(1), json!(true)])),
        ("list_of_str", ValueType::List(Primitive::Str)),
        ("list_of_int", ValueType::List(Primitive::Int)),
        ("dict_of_bool", ValueType::Dict(Primitive::Bool)),
        ("dict_of_float", ValueType::Dict(Primitive::Float)),
        ("optional_int", ValueType::Optional(Primitive::Int)),
        ("safety", ValueType::YesNo),
    ] {
        assert_eq!(judge(name).value_type(), expected, "{name}");
    }
}

#[test]
fn the_model_is_the_uri_of_the_client() {
    let endpoint = ModelUri::Endpoint("my-judge".to_owned());
    assert_eq!(judge("tone").model_uri(), Ok(Some(endpoint)));
    assert_eq!(built_in("Safety", json!({"model": null})).model_uri(), Ok(None));
    assert!(built_in("Safety", json!({"model": "databricks"})).model_uri().is_err());
}

#[test]
fn judges_say_whether_they_need_expectations() {
    let needing = [
        "correctness",
        "equivalence",
        "expectations_guidelines",
        "retrieval_sufficiency",
        "with_params",
    ];
    for (name, _, text) in serialized_scorers() {
        let Ok(judge) = Judge::from_serialized(&text) else { continue };
        let exact = text.contains("\"should_exact_match\": true");
        assert_eq!(judge.needs_expectations(), needing.contains(&name.as_str()) || exact, "{name}");
    }
}
