//! The trace or session that a judge judged, as the metadata of the judge's trace names it.
use kansoku_model::{judge_key, metadata_key};

use super::JudgeRun;
use crate::ScoredTrace;
use crate::judges::JudgeInput;

pub(super) fn metadata(run: &JudgeRun<'_>) -> impl Iterator<Item = (&'static str, String)> {
    let trace = judged_trace(run.input).map(|trace| trace.info.trace_id.to_string());
    let session = judged_session(run.input).map(str::to_owned);
    let entries = [
        (judge_key::SCORER, Some(run.version.name.clone())),
        (judge_key::SCORER_VERSION, Some(run.version.version.to_string())),
        (judge_key::EXPERIMENT, Some(run.version.experiment_id.to_string())),
        (judge_key::TRACE, trace),
        (judge_key::SESSION, session),
    ];
    entries.into_iter().filter_map(|(key, value)| Some((key, value?)))
}

/// Whether the material is a trace of a judge. These are not judged: each judgement would cause
/// another one.
pub(in crate::live) fn is_of_judge(input: JudgeInput<'_>) -> bool {
    judged_trace(input).is_some_and(|trace| trace.info.metadata.contains_key(judge_key::SCORER))
}

/// The trace that is judged; of a session, the first one.
pub(super) fn judged_trace(input: JudgeInput<'_>) -> Option<&ScoredTrace> {
    match input {
        JudgeInput::Trace(trace) => Some(trace),
        JudgeInput::Session { traces, .. } => {
            traces.iter().min_by_key(|trace| trace.info.request_time)
        }
    }
}

/// The session that is judged as a whole.
pub(super) fn judged_session(input: JudgeInput<'_>) -> Option<&str> {
    match input {
        JudgeInput::Trace(_) => None,
        JudgeInput::Session { .. } => {
            let metadata = &judged_trace(input)?.info.metadata;
            metadata.get(metadata_key::SESSION).map(String::as_str)
        }
    }
}
