//! Compares Kansoku's result for each recording with MLflow's: equal where MLflow has one, except
//! for listed differences.
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::fixture::{self, Fixture, Trace};

/// Fields that MLflow's server derives from a span, except for the price.
pub(crate) const FIELDS: [&str; 8] = [
    "mlflow.spanType",
    "mlflow.spanInputs",
    "mlflow.spanOutputs",
    "mlflow.chat.tokenUsage",
    "mlflow.chat.tools",
    "mlflow.llm.model",
    "mlflow.llm.provider",
    "mlflow.message.format",
];

/// Deliberate differences from MLflow: conventions, span, field, and why Kansoku's value is better.
pub(crate) const DELIBERATE: &[(&str, &str, &str, &str)] = &[
    (
        "langsmith",
        "Notes",
        "mlflow.spanType",
        "LangSmith writes the operation `embeddings` on retrievers; its own kind says what they are",
    ),
    ("livekit-1.3", "llm_node", "mlflow.spanType", "a model that is offered tools is not a tool"),
    (
        "livekit-1.3",
        "llm_request",
        "mlflow.spanInputs",
        "the calls and answers of tools among the messages are kept",
    ),
    (
        "strands",
        "execute_event_loop_cycle",
        "mlflow.spanInputs",
        "the answers of tools among the messages are kept",
    ),
    ("strands", "chat", "mlflow.spanInputs", "the answers of tools among the messages are kept"),
    (
        "traceloop",
        "index.task",
        "mlflow.spanOutputs",
        "a function that returned nothing has no output, not the text `null`",
    ),
    (
        "traceloop-0.49",
        "index.task",
        "mlflow.spanOutputs",
        "a function that returned nothing has no output, not the text `null`",
    ),
];

/// The result of comparing one field of one span.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Equal,
    /// Only Kansoku has a value.
    OursAlone,
    /// All of MLflow's token counts, and some that it does not have.
    MoreCounts,
    /// One of [`DELIBERATE`].
    Better,
    Differs {
        ours: Option<Value>,
        mlflows: Value,
    },
}

pub(crate) struct Compared {
    pub(crate) span: String,
    pub(crate) field: &'static str,
    pub(crate) answer: Answer,
}

#[test]
fn we_say_what_mlflow_says_and_differ_only_on_purpose() {
    let mut unexpected = Vec::new();
    for fixture in fixture::all() {
        for Compared { span, field, answer } in compare(&fixture) {
            if let Answer::Differs { ours, mlflows } = answer {
                let ours = ours.unwrap_or_default();
                let place = format!("{} | {span} | {field}", fixture.name);
                unexpected.push(format!("{place}\n  ours:   {ours}\n  mlflow: {mlflows}"));
            }
        }
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}

#[test]
fn every_difference_that_is_listed_is_there() {
    let fixtures = fixture::all();
    for (conventions, span, field, _) in DELIBERATE {
        let fixture = fixtures.iter().find(|it| it.name == *conventions).expect("a recording");
        let found = compare(fixture)
            .into_iter()
            .any(|it| it.span == *span && it.field == *field && it.answer == Answer::Better);
        assert!(found, "{conventions} | {span} | {field} does not differ");
    }
}

/// Compares every field of every span that at least one of the two has.
pub(crate) fn compare(fixture: &Fixture) -> Vec<Compared> {
    let answers = fixture.mlflow.as_ref().and_then(|answer| answer["traces"].as_array());
    let mut compared = Vec::new();
    for answer in answers.into_iter().flatten() {
        let trace = fixture.traces.iter().find(|it| answer["trace_id"] == it.id.as_str());
        let ours = attributes(trace.expect("MLflow tells of traces that were sent"));
        for span in answer["spans"].as_array().into_iter().flatten() {
            let id = span["span_id"].as_str().expect("a span has an id");
            let name = span["name"].as_str().unwrap_or_default();
            let ours = &ours[id];
            for field in FIELDS {
                let mlflows = span["attributes"].get(field).filter(|it| !it.is_null());
                let answer = match (ours.get(field), mlflows) {
                    (None, None) => continue,
                    (Some(_), None) => Answer::OursAlone,
                    (Some(ours), Some(mlflows)) if ours == mlflows => Answer::Equal,
                    (Some(ours), Some(mlflows)) if adds_counts(field, ours, mlflows) => {
                        Answer::MoreCounts
                    }
                    _ if is_deliberate(&fixture.name, name, field) => Answer::Better,
                    (ours, Some(mlflows)) => {
                        Answer::Differs { ours: ours.cloned(), mlflows: mlflows.clone() }
                    }
                };
                let span = name.to_owned();
                compared.push(Compared { span, field, answer });
            }
        }
    }
    compared
}

fn adds_counts(field: &str, ours: &Value, mlflows: &Value) -> bool {
    let (Some(ours), Some(mlflows)) = (ours.as_object(), mlflows.as_object()) else { return false };
    field == "mlflow.chat.tokenUsage"
        && mlflows.iter().all(|(key, count)| ours.get(key) == Some(count))
}

fn is_deliberate(conventions: &str, span: &str, field: &str) -> bool {
    DELIBERATE.iter().any(|it| (it.0, it.1, it.2) == (conventions, span, field))
}

/// The attributes of spans by span id, as in the response of `traces/get`.
fn attributes(trace: &Trace) -> BTreeMap<String, Map<String, Value>> {
    let spans = trace.spans.proto_json(&trace.id);
    let spans: Vec<Value> = serde_json::from_slice(&spans).expect("a list of spans");
    let attributes = |span: &Value| {
        let entries = span["attributes"].as_array().into_iter().flatten();
        let entry = |it: &Value| Some((it["key"].as_str()?.to_owned(), plain(&it["value"])));
        entries.filter_map(entry).collect()
    };
    spans.iter().map(|span| (span_id(span), attributes(span))).collect()
}

fn span_id(span: &Value) -> String {
    let id = span["span_id"].as_str().expect("a span has an id");
    let id = STANDARD.decode(id).expect("an id in base64");
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The JSON that a typed value represents.
fn plain(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|it| it.iter().next()) else {
        return Value::Null;
    };
    let values = || inner["values"].as_array().into_iter().flatten();
    match kind.as_str() {
        "array_value" => values().map(plain).collect(),
        "kvlist_value" => {
            let entry = |it: &Value| Some((it["key"].as_str()?.to_owned(), plain(&it["value"])));
            Value::Object(values().filter_map(entry).collect())
        }
        _ => inner.clone(),
    }
}
