//! Kansoku's own routes for scorers, with a runner that knows checks of one type.
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use kansoku_model::{Backfill, ExperimentId, Money, ScorerUsage, TraceId, UtcDay};
use kansoku_server::{ScorerKind, ScorerModel, ScorerRunner, ScorerTrial};
use kansoku_store::StoreError;
use serde_json::{Value, json};

use crate::fixtures::trace_info;
use crate::test_server::TestServer;

/// Runs checks of the type `long` and judges.
struct Runner;

#[async_trait]
impl ScorerRunner for Runner {
    fn kind(&self, serialized: &str) -> Result<ScorerKind, String> {
        match serialized {
            text if text.contains("kansoku_check") => Ok(ScorerKind::Check),
            text if text.contains("gateway:/mine") => Ok(ScorerKind::Judge {
                model: Some("gateway:/mine".to_owned()),
                is_session_level: text.contains("conversation"),
                is_price_known: !text.contains("unpriced"),
            }),
            _ => Err("its model is unknown".to_owned()),
        }
    }

    fn validate_check(&self, definition: &Value) -> Result<(), String> {
        match definition["type"] == "long" {
            true => Ok(()),
            false => Err("the type is unknown".to_owned()),
        }
    }

    fn check_types(&self) -> Value {
        json!([{ "name": "long" }])
    }

    fn models(&self) -> Vec<ScorerModel> {
        vec![ScorerModel {
            uri: "gateway:/mine".to_owned(),
            provider: "openai".to_owned(),
            model: "gpt".to_owned(),
            is_default: true,
        }]
    }

    async fn try_scorer(
        &self,
        serialized: &str,
        trace: &TraceId,
    ) -> Result<Vec<ScorerTrial>, StoreError> {
        let rationale = Some(format!("{trace} {}", serialized.contains("kansoku_check")));
        let (name, value) = ("x".to_owned(), json!("yes"));
        Ok(vec![ScorerTrial { name, value, rationale, error: None }])
    }

    async fn retry_failures(
        &self,
        experiment: ExperimentId,
        scorer: &str,
        ids: Option<&[String]>,
    ) -> Result<usize, StoreError> {
        Ok(format!("{experiment} {scorer}").len() + ids.map_or(0, <[String]>::len))
    }

    async fn rescore(
        &self,
        _: ExperimentId,
        _: &str,
        traces: &[TraceId],
    ) -> Result<usize, StoreError> {
        Ok(traces.len())
    }

    fn wake_backfills(&self) {}

    async fn count_waiting(&self, backfill: &Backfill) -> Result<u64, StoreError> {
        Ok(backfill.progress.jobs_added / 2)
    }

    async fn record_gauges(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn queue(&self) -> &'static str {
        "q"
    }
}

pub(crate) fn server() -> TestServer {
    let mut server = TestServer::start();
    server.app.scorers = Some(Arc::new(Runner));
    server
}

pub(crate) async fn trace(server: &TestServer, id: &str, experiment: &str) {
    let location = json!({ "type": "MLFLOW_EXPERIMENT",
        "mlflow_experiment": { "experiment_id": experiment } });
    let info = trace_info(id, json!({ "trace_location": location }));
    let body = json!({ "trace": { "trace_info": info } });
    assert_eq!(server.post("/api/3.0/mlflow/traces", body).await.status, 200);
}

pub(crate) fn judge(model: &str) -> Value {
    let data = json!({ "instructions": "Is {{ outputs }} good?", "model": model });
    json!({ "name": "j", "instructions_judge_pydantic_data": data })
}

const REGISTER: &str = "/api/3.0/mlflow/scorers/register";
const ONLINE: &str = "/api/3.0/mlflow/scorers/online-config";

#[tokio::test]
async fn a_check_is_created_started_and_listed_with_the_judges() {
    let server = server();
    let id = server.experiment("e").await;
    let path = format!("/api/3.0/kansoku/experiments/{id}/scorers");
    let new = json!({ "name": "c", "check": { "type": "long", "max": 5 } });
    let created = server.json(Method::POST, &path, new).await.json();
    assert_eq!((&created["kind"], &created["sample_rate"]), (&json!("check"), &json!(0.0)));
    let invalid = json!({ "name": "c", "check": { "type": "nope" } });
    let refused = server.json(Method::POST, &path, invalid).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["message"], "the type is unknown");
    for (name, model) in [("mine", "gateway:/mine"), ("other", "openai:/x")] {
        let serialized = judge(model).to_string();
        let body = json!({ "experiment_id": id, "name": name, "serialized_scorer": serialized });
        assert_eq!(server.json(Method::POST, REGISTER, body).await.status, StatusCode::OK);
    }
    let start = async |name: &str| {
        let body = json!({ "experiment_id": id, "name": name, "sample_rate": 0.5 });
        server.json(Method::PUT, ONLINE, body).await
    };
    assert_eq!(start("c").await.status, StatusCode::OK);
    let refused = start("other").await;
    let why = "Scorer 'other' cannot be started: its model is unknown";
    assert_eq!(refused.json()["message"], why);

    let listed = server.get(&path).await.json();
    let listed = listed["scorers"].as_array().unwrap();
    let fields = |scorer: &Value| {
        ["name", "kind", "model", "problem", "sample_rate", "check", "waiting"]
            .map(|field| scorer[field].clone())
            .to_vec()
    };
    let expected = json!([
        ["c", "check", null, null, 0.5, { "type": "long", "max": 5 }, 0],
        ["mine", "judge", "gateway:/mine", null, 0.0, null, 0],
        ["other", "unsupported", null, "its model is unknown", 0.0, null, 0],
    ]);
    assert_eq!(json!(listed.iter().map(fields).collect::<Vec<_>>()), expected);
    // MLflow's clients get what they can read.
    let path = format!("/api/3.0/mlflow/scorers/list?experiment_id={id}");
    let of_mlflow = server.get(&path).await.json();
    let names: Vec<_> =
        of_mlflow["scorers"].as_array().unwrap().iter().map(|it| &it["scorer_name"]).collect();
    assert_eq!(names, ["mine", "other"]);
}

#[tokio::test]
async fn a_scorer_is_tried_on_traces_of_its_experiment() {
    let server = server();
    let id = server.experiment("e").await;
    let other = server.experiment("other").await;
    trace(&server, "tr-1", &id).await;
    trace(&server, "tr-2", &other).await;
    let path = format!("/api/3.0/kansoku/experiments/{id}/scorers/trial");
    let body = json!({ "check": { "type": "long" }, "trace_ids": ["tr-1"] });
    let tried = server.json(Method::POST, &path, body).await.json();
    assert_eq!(
        tried["traces"],
        json!([{ "trace_id": "tr-1", "feedback": [
            { "name": "x", "value": "yes", "rationale": "tr-1 true", "error": null },
        ]}])
    );
    for (body, status) in [
        (json!({ "check": { "type": "long" }, "trace_ids": ["tr-2"] }), 404),
        (json!({ "check": { "type": "nope" }, "trace_ids": ["tr-1"] }), 400),
        (json!({ "scorer": "nobody", "trace_ids": ["tr-1"] }), 404),
        (json!({ "trace_ids": ["tr-1"] }), 400),
        (json!({ "check": { "type": "long" }, "trace_ids": vec!["tr-1"; 11] }), 400),
    ] {
        let refused = server.json(Method::POST, &path, body.clone()).await;
        assert_eq!(refused.status.as_u16(), status, "{body}");
    }
}

#[tokio::test]
async fn mlflows_gateway_lists_the_endpoints_of_the_settings() {
    let server = server();
    let gateway = "/api/3.0/mlflow/gateway";
    let model = json!({ "model_definition_id": "mine", "name": "mine", "provider": "openai",
        "model_name": "gpt" });
    let endpoint = json!({ "endpoint_id": "mine", "name": "mine", "model_mappings": [{
        "mapping_id": "mine", "endpoint_id": "mine", "model_definition_id": "mine",
        "model_definition": model, "weight": 1.0, "linkage_type": "PRIMARY" }] });
    let get = async |path: &str| server.get(&format!("{gateway}/{path}")).await.json();
    assert_eq!(get("endpoints/list").await, json!({ "endpoints": [endpoint] }));
    assert_eq!(get("endpoints/list?provider=azure").await, json!({ "endpoints": [] }));
    assert_eq!(get("endpoints/get?name=mine").await, json!({ "endpoint": endpoint }));
    assert_eq!(get("endpoints/get?endpoint_id=mine").await, json!({ "endpoint": endpoint }));
    assert_eq!(get("model-definitions/list").await, json!({ "model_definitions": [model] }));
    let one = get("model-definitions/get?model_definition_id=mine").await;
    assert_eq!(one, json!({ "model_definition": model }));
    assert_eq!(get("secrets/list").await, json!({ "secrets": [] }));
    let lost = get("endpoints/get?name=lost").await;
    assert_eq!(lost["error_code"], "RESOURCE_DOES_NOT_EXIST");
    assert_eq!(get("endpoints/get").await["error_code"], "INVALID_PARAMETER_VALUE");
    let created = server.post(&format!("{gateway}/endpoints/create"), json!({})).await;
    assert_eq!(created.status, 501);
}

#[tokio::test]
async fn the_types_of_checks_and_the_models_are_listed() {
    let server = server();
    let types = server.get("/api/3.0/kansoku/scorers/checks").await.json();
    assert_eq!(types, json!({ "checks": [{ "name": "long" }] }));
    let models = server.get("/api/3.0/kansoku/scorers/models").await.json();
    let model =
        json!({ "uri": "gateway:/mine", "provider": "openai", "model": "gpt", "is_default": true });
    assert_eq!(models, json!({ "models": [model] }));
}

pub(super) async fn register(
    server: &TestServer,
    experiment: &str,
    name: &str,
    scorer: Value,
) -> String {
    let serialized = scorer.to_string();
    let body =
        json!({ "experiment_id": experiment, "name": name, "serialized_scorer": serialized });
    let registered = server.json(Method::POST, REGISTER, body).await.json();
    registered["scorer_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn scorers_have_budgets_and_the_usage_of_a_day() {
    let server = server();
    let id = server.experiment("e").await;
    let scorer_id = register(&server, &id, "mine", judge("gateway:/mine")).await;
    let experiment = ExperimentId(id.parse().unwrap());
    let used = ScorerUsage {
        calls: 90,
        cost: Money::from_dollars(0.25),
        skipped: 3,
        ..ScorerUsage::default()
    };
    let today = UtcDay::at(server.app.clock.now());
    let usage = vec![(scorer_id.clone(), used)];
    server.app.meta.add_scorer_usage(experiment, today, usage).await.unwrap();
    let path = format!("/api/3.0/kansoku/experiments/{id}/scorers/budget");
    let budget = json!({ "scorer": "mine", "calls_per_day": 100, "usd_per_day": 1.0 });
    let listed = server.json(Method::PUT, &path, budget).await.json();
    let mine = &listed["scorers"][0];
    assert_eq!(mine["budget"], json!({ "calls_per_day": 100, "usd_per_day": 1.0, "used": 0.9 }));
    assert!((mine["open_share"].as_f64().unwrap() - 0.5).abs() < 1e-9);
    assert_eq!(mine["usage_today"]["skipped"], 3);
    assert_eq!(mine["usage_today"]["cost_usd"], 0.25);
    assert_eq!(listed["budget"], Value::Null);
    assert_eq!(listed["usage_today"]["calls"], 90);

    let of_all = server.json(Method::PUT, &path, json!({ "calls_per_day": 90 })).await.json();
    assert_eq!(of_all["budget"]["used"], 1.0);
    assert_eq!(of_all["scorers"][0]["open_share"], 0.0);
    let none = server.json(Method::PUT, &path, json!({ "scorer": "mine" })).await.json();
    assert_eq!(none["scorers"][0]["budget"], Value::Null);

    let path = format!("/api/3.0/kansoku/experiments/{id}/scorers/usage");
    let days = server.get(&path).await.json();
    let day = &days["usage"][0];
    assert_eq!((&day["name"], &day["calls"]), (&json!("mine"), &json!(90)));
    assert_eq!(day["day_start_ms"], today.start().0);
}

#[tokio::test]
async fn an_invalid_budget_is_refused() {
    let server = server();
    let id = server.experiment("e").await;
    register(&server, &id, "unpriced", json!({ "x": "gateway:/mine unpriced" })).await;
    let path = format!("/api/3.0/kansoku/experiments/{id}/scorers/budget");
    for (budget, status, part) in [
        (json!({ "scorer": "nobody", "calls_per_day": 1 }), 404, "nobody"),
        (json!({ "calls_per_day": 1_000_000_001_u64 }), 400, "calls_per_day"),
        (json!({ "calls_per_day": -1 }), 400, "calls_per_day"),
        (json!({ "usd_per_day": -0.1 }), 400, "usd_per_day"),
        (json!({ "usd_per_day": 1e7 }), 400, "usd_per_day"),
        (json!({ "scorer": "unpriced", "usd_per_day": 1.0 }), 400, "price"),
    ] {
        let refused = server.json(Method::PUT, &path, budget.clone()).await;
        assert_eq!(refused.status.as_u16(), status, "{budget}");
        let message = refused.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(part), "{budget}: {message}");
    }
    for days in ["0", "401", "x"] {
        let path = format!("/api/3.0/kansoku/experiments/{id}/scorers/usage?days={days}");
        assert_eq!(server.get_owned(path).await.status, StatusCode::BAD_REQUEST, "{days}");
    }
    let unpriced = json!({ "scorer": "unpriced", "calls_per_day": 5 });
    assert_eq!(server.json(Method::PUT, &path, unpriced).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_judge_gets_other_instructions_after_they_were_tried() {
    let server = server();
    let id = server.experiment("e").await;
    let path = format!("/api/3.0/kansoku/experiments/{id}/scorers");
    let serialized = judge("gateway:/mine").to_string();
    let body = json!({ "experiment_id": id, "name": "mine", "serialized_scorer": serialized });
    assert_eq!(server.json(Method::POST, REGISTER, body).await.status, StatusCode::OK);
    let listed = server.get(&path).await.json();
    assert_eq!(listed["scorers"][0]["instructions"], "Is {{ outputs }} good?");

    let trace_id = "tr-0000000000000000000000000000000b";
    trace(&server, trace_id, &id).await;
    let new = "Is {{ outputs }} kansoku_check?";
    let trial = json!({ "scorer": "mine", "instructions": new, "trace_ids": [trace_id] });
    let tried = server.json(Method::POST, &format!("{path}/trial"), trial).await.json();
    let rationale = &tried["traces"][0]["feedback"][0]["rationale"];
    assert_eq!(rationale, &json!(format!("{trace_id} true")));

    let change = async |name: &str, text: &str| {
        let path = format!("{path}/{name}/instructions");
        server.json(Method::POST, &path, json!({ "instructions": text })).await
    };
    let changed = change("mine", "Is {{ outputs }} short?").await.json();
    let (version, text) = (&changed["version"], &changed["instructions"]);
    assert_eq!((version, text), (&json!(2), &json!("Is {{ outputs }} short?")));
    assert_eq!(change("none", "x").await.status, StatusCode::NOT_FOUND);
    assert_eq!(change("mine", " ").await.status, StatusCode::BAD_REQUEST);
    let kib = |text: &str| text.repeat(256 << 10);
    assert_eq!(change("mine", &kib("x")).await.status, StatusCode::BAD_REQUEST);
    let check = json!({ "name": "c", "check": { "type": "long" } });
    server.json(Method::POST, &path, check).await;
    let refused = change("c", "x").await;
    let why = "only judges made with `make_judge` have instructions";
    assert_eq!(
        (refused.status, &refused.json()["message"]),
        (StatusCode::BAD_REQUEST, &json!(why))
    );
}
