//! The steps of the test; each uses the calls that MLflow's clients use.
use kansoku_model::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::api::{Answer, Api, CallError};
use super::diagnosis::Diagnosis;
use super::target::Target;

const SPAN: &str = "kansoku verify";
const CLOCK_SKEW_MS_MAX: i64 = 5 * 60 * 1000;

pub(super) struct Trace {
    pub id: String,
}

/// Checks `/version`: clients request it once, and send OTLP only to MLflow 3.4 or newer.
pub(super) fn reach(api: &Api, target: &Target) -> Result<(), Diagnosis> {
    let answer = match api.get("/version", &[]) {
        Ok(answer) => answer,
        Err(CallError::Refused(answer)) if answer.status == 404 => {
            return Err(Diagnosis::not_mlflow(&answer, target));
        }
        Err(error) => return Err(Diagnosis::new(&error, target)),
    };
    if !answer.text.trim().starts_with("3.") {
        return Err(Diagnosis::not_mlflow(&answer, target));
    }
    check_clock(&answer)
}

/// Compares the clocks: with a wrong one, traces appear at the wrong position in lists.
fn check_clock(answer: &Answer) -> Result<(), Diagnosis> {
    let Some(theirs) = answer.date.as_deref().and_then(|t| jiff::fmt::rfc2822::parse(t).ok())
    else {
        return Ok(());
    };
    let ahead_ms = SystemClock.now().0 - theirs.timestamp().as_millisecond();
    if ahead_ms.abs() <= CLOCK_SKEW_MS_MAX {
        return Ok(());
    }
    let word = if ahead_ms < 0 { "behind" } else { "ahead of" };
    Err(Diagnosis {
        what: format!("this machine's clock is {} s {word} the server's", ahead_ms.abs() / 1000),
        cause: "one of the two is not set by NTP".into(),
        cure:
            "set the clocks; traces carry the time of the machine that made them, so they would be \
               listed at a wrong place"
                .into(),
    })
}

/// Finds the experiment; returns its id. Fails if it is missing or deleted.
pub(super) fn find(api: &Api, target: &Target) -> Result<String, Diagnosis> {
    let path = "/api/2.0/mlflow/experiments";
    let answer = match &target.experiment {
        Some(name) => {
            api.get(&format!("{path}/get-by-name"), &[("experiment_name", name.as_str())])
        }
        None => api.get(&format!("{path}/get"), &[("experiment_id", "0")]),
    };
    let experiment = answer.and_then(Answer::json).map_err(|error| match error {
        CallError::Refused(answer)
            if answer.error_code().as_deref() == Some("RESOURCE_DOES_NOT_EXIST") =>
        {
            no_experiment(&answer, target)
        }
        error => Diagnosis::new(&error, target),
    })?;
    let experiment = &experiment["experiment"];
    if experiment["lifecycle_stage"] == "deleted" {
        return Err(Diagnosis {
            what: format!("the experiment {} is deleted", experiment["name"]),
            cause: "somebody deleted it; its name stays taken and traces into it are refused"
                .into(),
            cure: format!(
                "restore it: mlflow.MlflowClient().restore_experiment({})",
                experiment["experiment_id"]
            ),
        });
    }
    Ok(text(&experiment["experiment_id"]))
}

fn no_experiment(answer: &Answer, target: &Target) -> Diagnosis {
    let name = target.experiment.as_deref().unwrap_or("Default");
    Diagnosis {
        what: answer.message(),
        cause: "no client has created it yet, or its name is written differently (it is case-sensitive, \
                and a slash at its begin counts)"
            .into(),
        cure: format!(
            "mlflow.set_experiment(\"{name}\") creates it; leave out --experiment to try the default one"
        ),
    }
}

pub(super) fn send(api: &Api, target: &Target, experiment: &str) -> Result<Trace, Diagnosis> {
    let trace_id = format!("{:032x}", rand::random::<u128>().max(1));
    let span_id = format!("{:016x}", rand::random::<u64>().max(1));
    let end_ns = i128::from(SystemClock.now().0) * 1_000_000;
    let body = json!({ "resourceSpans": [{
        "resource": { "attributes": [
            { "key": "service.name", "value": { "stringValue": "kansoku-verify" } },
        ]},
        "scopeSpans": [{ "spans": [{
            "traceId": trace_id,
            "spanId": span_id,
            "name": SPAN,
            "kind": 1,
            "startTimeUnixNano": (end_ns - 1_000_000).to_string(),
            "endTimeUnixNano": end_ns.to_string(),
            "attributes": [
                { "key": "mlflow.spanInputs", "value": { "stringValue": "\"does it work?\"" } },
                { "key": "mlflow.spanOutputs", "value": { "stringValue": "\"it does\"" } },
            ],
            "status": { "code": 1 },
        }]}],
    }]});
    api.post("/v1/traces", &[("x-mlflow-experiment-id", experiment)], &body)
        .map_err(|error| Diagnosis::new(&error, target))?;
    Ok(Trace { id: format!("tr-{trace_id}") })
}

pub(super) fn search(
    api: &Api,
    target: &Target,
    experiment: &str,
    trace: &Trace,
) -> Result<(), Diagnosis> {
    let body = json!({
        "locations": [{
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": { "experiment_id": experiment },
        }],
        "filter": format!("request_id = '{}' AND name = '{SPAN}'", trace.id),
        "max_results": 5,
    });
    let found = api
        .post("/api/3.0/mlflow/traces/search", &[], &body)
        .and_then(Answer::json)
        .map_err(|error| Diagnosis::new(&error, target))?;
    let is_it = |info: &Value| info["trace_id"] == trace.id.as_str();
    expect(found["traces"].as_array().is_some_and(|traces| traces.iter().any(is_it)), || {
        format!("the trace {} was accepted, and a search does not find it", trace.id)
    })
}

pub(super) fn read(api: &Api, target: &Target, trace: &Trace) -> Result<(), Diagnosis> {
    let read = api
        .get("/api/3.0/mlflow/traces/get", &[("trace_id", trace.id.as_str())])
        .and_then(Answer::json)
        .map_err(|error| Diagnosis::new(&error, target))?;
    expect(read["trace"]["spans"][0]["name"] == SPAN, || {
        format!("the trace {} comes back without its span", trace.id)
    })
}

pub(super) fn judge(api: &Api, target: &Target, trace: &Trace) -> Result<(), Diagnosis> {
    let path = format!("/api/3.0/mlflow/traces/{}", trace.id);
    let body = json!({ "assessment": {
        "assessment_name": "arrived",
        "trace_id": trace.id,
        "source": { "source_type": "CODE", "source_id": "kansoku verify" },
        "feedback": { "value": true },
    }});
    api.post(&format!("{path}/assessments"), &[], &body)
        .map_err(|error| Diagnosis::new(&error, target))?;
    let info = api
        .get(&path, &[("trace_id", trace.id.as_str())])
        .and_then(Answer::json)
        .map_err(|error| Diagnosis::new(&error, target))?;
    let given = &info["trace"]["trace_info"]["assessments"][0]["feedback"]["value"];
    expect(given == true, || "the feedback was accepted and is not on the trace".to_owned())
}

pub(super) fn delete(
    api: &Api,
    target: &Target,
    experiment: &str,
    trace: &Trace,
) -> Result<(), Diagnosis> {
    let body = json!({ "experiment_id": experiment, "request_ids": [trace.id] });
    let deleted = api
        .post("/api/2.0/mlflow/traces/delete-traces", &[], &body)
        .and_then(Answer::json)
        .map_err(|error| Diagnosis::new(&error, target))?;
    expect(deleted["traces_deleted"] == 1, || format!("the trace {} was not deleted", trace.id))
}

fn expect(fact: bool, otherwise: impl FnOnce() -> String) -> Result<(), Diagnosis> {
    if fact {
        return Ok(());
    }
    Err(Diagnosis {
        what: otherwise(),
        cause: "two servers with different data behind one address, or a fault in the server"
            .into(),
        cure: "try the server directly, without what stands before it; its log says more".into(),
    })
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
