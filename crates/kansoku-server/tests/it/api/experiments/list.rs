//! The list of experiments.
use kansoku_model::TimestampMs;
use serde_json::{Value, json};

use crate::test_server::{START_MS, TestServer};

const LIST: &str = "/api/3.0/kansoku/experiments";

async fn trace(server: &TestServer, id: &str, experiment: &str, at_ms: i64, more: Value) {
    let mut info = json!({
        "request_time": TimestampMs(at_ms).to_string(),
        "trace_location": {
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": { "experiment_id": experiment },
        },
    });
    for (key, value) in more.as_object().unwrap() {
        info[key] = value.clone();
    }
    let reply = server.start_trace(id, info).await;
    assert_eq!(reply.status, 200, "{reply}");
}

#[tokio::test]
async fn every_experiment_comes_with_its_last_days() {
    const HOUR_MS: i64 = 3_600_000;
    const NOW_MS: i64 = START_MS + 1;
    let server = TestServer::start();
    server.clock.advance_ms(1);
    let id = server.experiment("agents").await;
    let tag = json!({ "experiment_id": id, "key": "team", "value": "x" });
    server.post("/api/2.0/mlflow/experiments/set-experiment-tag", tag).await;
    let ok = json!({ "execution_duration": "0.010s" });
    let failed = json!({ "execution_duration": "0.030s", "state": "ERROR" });
    trace(&server, "tr-1", &id, NOW_MS, ok.clone()).await;
    trace(&server, "tr-2", &id, NOW_MS - HOUR_MS, failed).await;
    trace(&server, "tr-3", &id, NOW_MS - 47 * HOUR_MS, ok.clone()).await;
    trace(&server, "tr-4", &id, NOW_MS - 48 * HOUR_MS, ok).await;

    let list = server.get(&format!("{LIST}?window_days=2")).await.json();
    let [agents, default] = list["experiments"].as_array().unwrap().as_slice() else {
        panic!("{list}")
    };
    let mut sparkline = vec![0; 48];
    (sparkline[0], sparkline[46], sparkline[47]) = (1, 1, 1);
    assert_eq!(agents["experiment_id"], json!(id));
    assert_eq!(agents["name"], "agents");
    assert_eq!(agents["lifecycle_stage"], "active");
    assert_eq!(agents["tags"], json!({ "team": "x" }));
    assert_eq!(agents["traces"], 4);
    assert_eq!(agents["last_trace_ms"], NOW_MS);
    let window = json!({ "days": 2, "traces": 3, "errors": 1, "cost": 0.0, "p95_ms": 28.0 });
    assert_eq!(agents["window"], window);
    assert_eq!(agents["sparkline"], json!(sparkline));
    assert_eq!(default["name"], "Default");
    assert_eq!(default["last_trace_ms"], Value::Null);
    assert_eq!(default["sparkline"], json!(vec![0; 48]));

    let gone = json!({ "experiment_id": id });
    server.post("/api/2.0/mlflow/experiments/delete", gone).await;
    let list = server.get(LIST).await.json();
    assert_eq!(list["experiments"][0]["lifecycle_stage"], "deleted");
    assert_eq!(list["experiments"][0]["window"]["days"], 7);
    assert_eq!(list["experiments"][0]["window"]["traces"], 4);
}

#[tokio::test]
async fn a_window_that_cannot_be_is_refused() {
    let server = TestServer::start();
    for (days, message) in [
        ("0", "`window_days` must lie between 1 and 366, got 0"),
        ("367", "`window_days` must lie between 1 and 366, got 367"),
    ] {
        let reply = server.get(&format!("{LIST}?window_days={days}")).await;
        assert_eq!(reply.status, 400);
        assert_eq!(reply.json()["message"], message);
    }
    assert_eq!(server.get(&format!("{LIST}?window_days=week")).await.status, 400);
}
