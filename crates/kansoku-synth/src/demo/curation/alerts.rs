//! Alert rules about errors, and about answers that were disliked.
use serde_json::{Value, json};

use super::{CurationSpec, DemoRequest};

const DAY_S: u32 = 86_400;

pub(super) fn requests(spec: &CurationSpec) -> Vec<DemoRequest> {
    let path = format!("/api/3.0/kansoku/experiments/{}/alerts", spec.experiment_id);
    let rule = |name: &str, signal: Value, (comparison, threshold): (&str, f64)| {
        let settings = json!({
            "name": name, "signal": signal, "comparison": comparison, "threshold": threshold,
            "window_s": DAY_S, "traces_min": 20,
        });
        DemoRequest::post(&path, json!({ "settings": settings }))
    };
    vec![
        rule("Error rate over 20 %", json!({ "type": "error_rate" }), ("above", 0.2)),
        rule(
            "Half of the rated answers are disliked",
            json!({ "type": "pass_rate", "feedback": "user_feedback" }),
            ("below", 0.5),
        ),
    ]
}
