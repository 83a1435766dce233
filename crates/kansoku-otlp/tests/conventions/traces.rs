//! Compares MLflow's result for whole traces with Kansoku's: state, previews, session, user and
//! tokens.
use kansoku_model::{TagOrMetadataKind, trace_total};
use serde_json::{Value, json};

use crate::fixture::{self, Trace};

#[test]
fn traces_are_what_mlflow_says_they_are() {
    let mut unexpected = Vec::new();
    for fixture in fixture::all() {
        let answers = fixture.mlflow.as_ref().and_then(|answer| answer["traces"].as_array());
        for answer in answers.into_iter().flatten() {
            let trace = fixture.traces.iter().find(|it| answer["trace_id"] == it.id.as_str());
            let ours = told(trace.expect("MLflow tells of traces that were sent"));
            let metadata = &answer["trace_metadata"];
            let usage = metadata["mlflow.trace.tokenUsage"].as_str();
            let usage: Value =
                usage.map(|it| serde_json::from_str(it).unwrap()).unwrap_or_default();
            let mlflows = json!({
                "state": answer["state"],
                "request": answer["request_preview"],
                "response": answer["response_preview"],
                "session": metadata["mlflow.trace.session"],
                "user": metadata["mlflow.trace.user"],
                "input_tokens": usage["input_tokens"],
                "output_tokens": usage["output_tokens"],
            });
            for (field, theirs) in mlflows.as_object().into_iter().flatten() {
                let ours = &ours[field];
                if !theirs.is_null() && !alike(ours, theirs) {
                    let place = format!("{} | {field}", fixture.name);
                    unexpected.push(format!("{place}\n  ours:   {ours}\n  mlflow: {theirs}"));
                }
            }
        }
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}

/// Equal, or MLflow's is a preview that ends earlier, because its JSON escapes non-ASCII
/// characters.
fn alike(ours: &Value, mlflows: &Value) -> bool {
    let (Some(text), Some(mlflows)) = (ours.as_str(), mlflows.as_str()) else {
        return ours == mlflows;
    };
    let told = unescaped(mlflows);
    text == told || told.strip_suffix("...").is_some_and(|told| text.starts_with(told))
}

/// Replaces escapes such as `\u251c` by their characters.
fn unescaped(text: &str) -> String {
    let mut pieces = text.split("\\u");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let code = piece.get(..4).and_then(|code| u32::from_str_radix(code, 16).ok());
        match code.and_then(char::from_u32) {
            Some(letter) => {
                plain.push(letter);
                plain.push_str(&piece[4..]);
            }
            None => {
                plain.push_str("\\u");
                plain.push_str(piece);
            }
        }
    }
    plain
}

fn told(trace: &Trace) -> Value {
    let metadata = |key: &str| {
        let entry =
            trace.fold.tags_and_metadata.get(&(TagOrMetadataKind::Metadata, key.to_owned()));
        entry.and_then(|entry| entry.value.clone())
    };
    let rows = trace.rows.iter();
    let usage = trace_total(rows.map(|row| (row.span_id, row.parent_id, row.usage)));
    let root = trace.fold.root.as_ref();
    json!({
        "state": trace.fold.state().as_str(),
        "request": root.and_then(|root| root.request_preview.as_ref()),
        "response": root.and_then(|root| root.response_preview.as_ref()),
        "session": metadata("mlflow.trace.session"),
        "user": metadata("mlflow.trace.user"),
        "input_tokens": usage.map(|usage| usage.input_tokens),
        "output_tokens": usage.map(|usage| usage.output_tokens),
    })
}
