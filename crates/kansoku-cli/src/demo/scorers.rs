//! Two checks and a judge that score the traces of the demonstration.
use serde_json::{Value, json};

use crate::ask::Server;

/// The model of the judge: rules in the server.
const MODEL: &str = "demo:/rules";
const JUDGED_SHARE: f64 = 0.2;

pub(super) fn start(server: &Server, experiment: &str) -> anyhow::Result<()> {
    let path = format!("/api/3.0/kansoku/experiments/{experiment}/scorers");
    for (name, check) in [
        ("no_personal_data", json!({ "type": "pii", "max": 0 })),
        ("fast_enough", json!({ "type": "latency", "max_ms": 10_000 })),
    ] {
        server.at(&path).post(&json!({ "name": name, "check": check }))?;
        set_share(server, experiment, name, 1.0)?;
    }
    let judge = judge();
    let register = server.at("/api/3.0/mlflow/scorers/register");
    register.post(&json!({
        "experiment_id": experiment,
        "name": judge["name"],
        "serialized_scorer": judge.to_string(),
    }))?;
    set_share(server, experiment, "helpful", JUDGED_SHARE)
}

/// A judge as MLflow's client registers it.
fn judge() -> Value {
    json!({
        "name": "helpful",
        "is_session_level_scorer": false,
        "instructions_judge_pydantic_data": {
            "instructions": "Does the answer {{ outputs }} help with {{ inputs }}, rather than refuse?",
            "model": MODEL,
            "feedback_value_type": { "type": "string", "enum": ["yes", "no"], "title": "Result" },
        },
    })
}

fn set_share(server: &Server, experiment: &str, name: &str, rate: f64) -> anyhow::Result<()> {
    let body = json!({ "experiment_id": experiment, "name": name, "sample_rate": rate });
    server.at("/api/3.0/mlflow/scorers/online-config").put(&body)?;
    Ok(())
}
