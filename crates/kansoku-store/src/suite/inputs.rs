//! Inputs by which traces are compared, and the runs that feedback was given in.
use std::time::Duration;

use kansoku_model::{
    Assessment, AssessmentValue, ExperimentId, FeedbackError, TimestampMs, TraceId,
};

use super::Stores;
use super::build::{batch, experiment, feedback, info, span, trace_id};
use super::scan::scan_query;
use crate::core::input_hash;
use crate::{InputHashQuery, ScanProjection, ScannedInputs, ScannedTrace};

const INPUTS: &str = "mlflow.spanInputs";
const DEADLINE: Duration = Duration::from_secs(30);

/// The whole inputs are read from the payload, whatever the preview is.
pub async fn equal_inputs_have_equal_hashes(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let inputs = [
        Some(r#"{"q": "a", "n": 1}"#),
        Some(r#"{"n":1.0,"q":"a"}"#),
        Some(r#"{"messages": [{"role": "user", "content": "a"}]}"#),
        None,
    ];
    for (n, inputs) in (1..).zip(inputs) {
        let mut root = span(n, 1, None, 0, 9);
        if let Some(text) = inputs {
            root = root.attribute(INPUTS, text);
        }
        let call = span(n, 2, Some(1), 1, 5).attribute(INPUTS, r#""of a child""#);
        stores.traces.append(experiment, batch([call, root])).await.unwrap();
    }
    let traces: Vec<TraceId> = [4, 1, 9, 2, 3].map(trace_id).to_vec();
    let query = InputHashQuery { traces, deadline: DEADLINE };
    let found = stores.traces.input_hashes(query).await.unwrap();
    let expected = [
        (4, input_hash::NONE),
        (1, input_hash::of_text(inputs[0].unwrap())),
        (2, input_hash::of_text(inputs[0].unwrap())),
        (3, input_hash::of_text(inputs[2].unwrap())),
    ];
    assert_eq!(found, expected.map(|(n, hash)| (trace_id(n), hash)));
    let late = InputHashQuery { traces: vec![trace_id(1)], deadline: Duration::ZERO };
    assert_eq!(stores.traces.input_hashes(late).await.unwrap(), []);
    let scanned = scanned(stores, experiment).await;
    let previews: Vec<_> = scanned.iter().map(|trace| trace.inputs.unwrap().preview).collect();
    let text = |text: &str| Some(input_hash::of_text(text));
    assert_eq!(previews[..2], [text(inputs[0].unwrap()), text(inputs[0].unwrap())]);
    // The preview of a chat is its last message.
    assert_eq!(previews[2], text("a"));
}

/// What clients record of the inputs in the metadata stands for them unless it is truncated.
pub async fn recorded_inputs_are_known_to_a_scan(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    for (n, recorded) in [(1, r#"{"q": "a"}"#), (2, r#"{"q": "a..."#)] {
        let mut info = info(n, experiment);
        info.metadata.insert("mlflow.traceInputs".to_owned(), recorded.to_owned());
        stores.traces.upsert_info(info).await.unwrap();
    }
    let preview = Some(input_hash::of_text("question"));
    let known = ScannedInputs {
        whole: Some(input_hash::of_text(r#"{"q":"a"}"#)),
        preview,
        is_truncated: false,
    };
    let inputs: Vec<_> = scanned(stores, experiment).await.iter().map(|it| it.inputs).collect();
    assert_eq!(inputs, [Some(known), Some(ScannedInputs { whole: None, ..known })]);
}

/// A trace can be evaluated in several runs.
pub async fn feedback_tells_its_run_and_whether_the_judge_failed(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    stores.traces.upsert_info(info(1, experiment)).await.unwrap();
    let mut of_run = feedback(1, "a", true);
    of_run.metadata.insert(Assessment::SOURCE_RUN_KEY.to_owned(), "r-1".to_owned());
    of_run.metadata.insert(Assessment::SCORER_VERSION_KEY.to_owned(), "4".to_owned());
    of_run.create_time = TimestampMs(7);
    let mut failed = feedback(1, "b", true);
    let error = FeedbackError {
        error_code: Some("TIMEOUT".to_owned()),
        error_message: None,
        stack_trace: None,
    };
    failed.value = AssessmentValue::Feedback { value: true.into(), error: Some(error) };
    failed.metadata.insert("note".to_owned(), Assessment::SOURCE_RUN_KEY.to_owned());
    for assessment in [of_run, failed] {
        stores.traces.create_assessment(assessment).await.unwrap();
    }
    let mut found = scanned(stores, experiment).await.remove(0).assessments;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    let told = found.iter().map(|it| (it.source_run.as_deref(), it.has_error, it.time.0));
    assert_eq!(told.collect::<Vec<_>>(), [(Some("r-1"), false, 7), (None, true, 1)]);
    let versions = found.iter().map(|it| it.scorer_version.as_deref());
    assert_eq!(versions.collect::<Vec<_>>(), [Some("4"), None]);
}

/// All traces of an experiment, by id.
async fn scanned(stores: &Stores, experiment: ExperimentId) -> Vec<ScannedTrace> {
    let projection = ScanProjection {
        trace_id: true,
        assessments: true,
        inputs: true,
        ..ScanProjection::default()
    };
    let add = |all: &mut Vec<ScannedTrace>, scanned: &ScannedTrace| all.push(scanned.clone());
    let query = scan_query(experiment, "", projection);
    let (mut all, _) = stores.traces.fold_scan(query, Vec::new(), add).await.unwrap();
    all.sort_by(|a, b| a.trace_id.cmp(&b.trace_id));
    all
}
