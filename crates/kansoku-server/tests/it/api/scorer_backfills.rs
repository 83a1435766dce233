//! Scoring of the past: failures that are retried, backfills, and rescoring.
use axum::http::{Method, StatusCode};
use kansoku_model::{
    ExperimentId, Money, ScorerUsage, ScoringFailure, TimestampMs, TraceId, UtcDay,
};
use serde_json::{Value, json};

use super::scorers::{judge, register, server, trace};

#[tokio::test]
async fn failures_are_listed_retried_and_deleted() {
    let server = server();
    let id = server.experiment("e").await;
    let scorer_id = register(&server, &id, "mine", judge("gateway:/mine")).await;
    register(&server, &id, "other", judge("gateway:/mine")).await;
    let experiment = ExperimentId(id.parse().unwrap());
    let failure = |number: i64| ScoringFailure {
        failure_id: format!("f-{number}"),
        experiment_id: experiment,
        scorer_id: scorer_id.clone(),
        scorer: "mine".to_owned(),
        version: 1,
        trace_id: TraceId::try_from("tr-1".to_owned()).unwrap(),
        session: None,
        reason: format!("reason {number}"),
        attempts: 2,
        time: TimestampMs(number),
    };
    let kept = (1..4).map(failure).collect();
    server.app.meta.add_scoring_failures(experiment, kept).await.unwrap();

    let scorers = server.get(&format!("/api/3.0/kansoku/experiments/{id}/scorers")).await;
    let scorers = scorers.json();
    assert_eq!((&scorers["scorers"][0]["failed"]), &json!(3));
    assert_eq!(scorers["scorers"][0]["last_error"], "reason 3");
    assert_eq!(scorers["scorers"][1]["failed"], 0);

    let path = format!("/api/3.0/kansoku/experiments/{id}/scorers/failures");
    let page = server.get(&format!("{path}?scorer=mine&offset=1&max_results=1")).await.json();
    let second = json!({
        "failure_id": "f-2", "scorer": "mine", "version": 1, "trace_id": "tr-1", "session": null,
        "reason": "reason 2", "attempts": 2, "time_ms": 2,
    });
    assert_eq!(page, json!({ "failures": [second], "more": true }));
    let of_other = server.get(&format!("{path}?scorer=other")).await.json();
    assert_eq!(of_other, json!({ "failures": [], "more": false }));

    let retry = format!("{path}/retry");
    let body = json!({ "scorer": "mine", "failure_ids": ["f-1"] });
    let retried = server.json(Method::POST, &retry, body).await.json();
    assert_eq!(retried, json!({ "retried": id.len() + 6 }));

    let body = json!({ "scorer": "other", "failure_ids": ["f-1"] });
    assert_eq!(server.json(Method::DELETE, &path, body).await.status, StatusCode::OK);
    let body = json!({ "scorer": "mine", "failure_ids": ["f-1"] });
    assert_eq!(server.json(Method::DELETE, &path, body).await.status, StatusCode::OK);
    let left = server.get(&path).await.json();
    assert_eq!(left["failures"].as_array().unwrap().len(), 2);
    assert_eq!(server.json(Method::DELETE, &path, json!({ "scorer": "mine" })).await.status, 200);
    assert_eq!(server.get(&path).await.json()["failures"], json!([]));

    for query in ["max_results=0", "max_results=501", "scorer=nobody"] {
        assert!(!server.get(&format!("{path}?{query}")).await.status.is_success(), "{query}");
    }
    for (count, status) in [(1_000, StatusCode::OK), (1_001, StatusCode::BAD_REQUEST)] {
        let body = json!({ "scorer": "mine", "failure_ids": vec!["f"; count] });
        for (method, path) in [(Method::POST, &retry), (Method::DELETE, &path)] {
            assert_eq!(server.json(method, path, body.clone()).await.status, status, "{count}");
        }
    }
}

#[tokio::test]
async fn a_backfill_is_forecast_created_paused_and_cancelled() {
    let server = server();
    let id = server.experiment("e").await;
    let scorer_id = register(&server, &id, "mine", judge("gateway:/mine")).await;
    for trace_id in ["tr-1", "tr-2", "tr-3"] {
        trace(&server, trace_id, &id).await;
    }
    let experiment = ExperimentId(id.parse().unwrap());
    let path = format!("/api/3.0/kansoku/experiments/{id}/scorers/backfills");
    let request = json!({ "scorers": [{ "scorer": "mine", "sample_rate": 1 }] });
    let forecast = format!("{path}/forecast");
    let first = server.json(Method::POST, &forecast, request.clone()).await.json();
    assert_eq!((&first["traces"], &first["complete"]), (&json!(3), &json!(true)));
    assert_eq!(first["cost_usd"], Value::Null);
    assert_eq!(first["scorers"][0]["based_on_calls"], 0);

    let used = ScorerUsage {
        calls: 2,
        input_tokens: 2_000,
        output_tokens: 20,
        cost: Money::from_dollars(0.5),
        ..ScorerUsage::default()
    };
    let today = UtcDay::at(server.app.clock.now());
    server.app.meta.add_scorer_usage(experiment, today, vec![(scorer_id, used)]).await.unwrap();
    let estimated = server.json(Method::POST, &forecast, request.clone()).await.json();
    let of_scorer = json!({
        "scorer": "mine", "version": 1, "kind": "judge", "session_level": false, "assessed": 3,
        "calls": 3, "input_tokens": 3000, "output_tokens": 30, "cost_usd": 0.75,
        "based_on_calls": 2,
    });
    let expected =
        json!({ "traces": 3, "complete": true, "scorers": [of_scorer], "cost_usd": 0.75 });
    assert_eq!(estimated, expected);
    let former = json!({ "scorers": request["scorers"], "only_former": true });
    let former = server.json(Method::POST, &forecast, former).await.json();
    assert_eq!(former["scorers"][0]["assessed"], 0);

    let created = server.json(Method::POST, &path, request).await.json();
    assert_eq!((&created["state"], &created["selected"]), (&json!("running"), &json!(3)));
    let backfill = created["backfill_id"].as_str().unwrap().to_owned();
    let one = format!("{path}/{backfill}");
    for state in ["paused", "running", "cancelled"] {
        let changed = server.json(Method::PATCH, &one, json!({ "state": state })).await.json();
        assert_eq!(changed["state"], state);
    }
    let resumed = server.json(Method::PATCH, &one, json!({ "state": "running" })).await;
    assert_eq!(resumed.status, StatusCode::BAD_REQUEST);
    assert_eq!(server.get(&path).await.json()["backfills"][0], server.get(&one).await.json());
    let unknown = server.get(&format!("{path}/unknown")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_invalid_backfill_is_refused() {
    let server = server();
    let id = server.experiment("e").await;
    register(&server, &id, "mine", judge("gateway:/mine")).await;
    register(&server, &id, "other", judge("openai:/x")).await;
    let path = format!("/api/3.0/kansoku/experiments/{id}/scorers/backfills");
    let mine = json!({ "scorer": "mine", "sample_rate": 0.5 });
    for (request, status) in [
        (json!({ "scorers": [] }), 400),
        (json!({ "scorers": vec![mine.clone(); 51] }), 400),
        (json!({ "scorers": [mine, mine] }), 400),
        (json!({ "scorers": [{ "scorer": "mine", "sample_rate": 0 }] }), 400),
        (json!({ "scorers": [{ "scorer": "mine", "sample_rate": 1.5 }] }), 400),
        (json!({ "scorers": [{ "scorer": "other", "sample_rate": 1 }] }), 400),
        (json!({ "scorers": [{ "scorer": "nobody", "sample_rate": 1 }] }), 404),
        (json!({ "scorers": [mine], "filter": "nonsense" }), 400),
        (json!({ "scorers": [mine], "filter": " ".repeat((64 << 10) + 1) }), 400),
        (json!({ "scorers": [mine], "filter": " ".repeat(64 << 10) }), 200),
        (json!({ "scorers": [mine], "from_ms": 2, "to_ms": 1 }), 400),
        (json!({ "scorers": [mine], "from_ms": 1, "to_ms": 1 }), 200),
    ] {
        let reply = server.json(Method::POST, &path, request.clone()).await;
        assert_eq!(reply.status.as_u16(), status, "{reply}");
    }
}

#[tokio::test]
async fn traces_of_the_experiment_are_rescored() {
    let server = server();
    let id = server.experiment("e").await;
    let other = server.experiment("other").await;
    trace(&server, "tr-1", &id).await;
    trace(&server, "tr-2", &other).await;
    let path = format!("/api/3.0/kansoku/experiments/{id}/scorers/rescore");
    for (ids, status) in [
        (json!(["tr-1"]), 200),
        (json!(["tr-1", "tr-2"]), 404),
        (json!([]), 400),
        (json!(vec!["tr-1"; 100]), 200),
        (json!(vec!["tr-1"; 101]), 400),
    ] {
        let body = json!({ "scorer": "mine", "trace_ids": ids });
        assert_eq!(server.json(Method::POST, &path, body).await.status.as_u16(), status);
    }
}
