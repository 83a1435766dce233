//! What people think about answers that a judge assesses, too, under the judge's name.
use serde_json::json;

use super::{
    CurationSpec, DemoRequest, PickedTraces, timestamp,
    trace_requests::{Source, assess},
};

/// The name of the judge.
const JUDGE: &str = "helpful";

/// The judge assesses a fifth of them.
const TRACES: usize = 200;

pub(super) fn requests(spec: &CurationSpec, picked: &PickedTraces) -> Vec<DemoRequest> {
    let at = timestamp(spec.now_ns);
    let answered = picked.newest(TRACES, |trace| !trace.summary.failed);
    let reviewers = ["ana", "ben", "ana"].into_iter().cycle();
    let verdicts = answered.into_iter().zip(reviewers).map(|(trace, reviewer)| {
        let value = if trace.is_bad { "no" } else { "yes" };
        let fields = json!({
            "feedback": { "value": value }, "create_time": at, "last_update_time": at,
        });
        assess(&trace.summary.id, JUDGE, Source::person(reviewer), fields)
    });
    verdicts.collect()
}
