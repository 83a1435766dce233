//! Scorers and backfills in Databricks' form.
use axum::{
    body::Body,
    http::{Method, Request},
};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    api::scorers::{judge, server, trace},
    test_server::{Reply, TestServer},
};

const MANAGED: &str = "/api/2.0/managed-evals";

/// The base64 of `mine`.
const MINE: &str = "bWluZQ";

struct Experiment {
    server: TestServer,
    id: String,
}

impl Experiment {
    async fn create() -> Self {
        let server = server();
        let id = server.experiment("e").await;
        Self { server, id }
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Reply {
        let path = format!("{MANAGED}/{}", path.replace("{}", &self.id));
        match body {
            // As the client sends it: without a body and its type.
            Value::Null => {
                let request = Request::builder().method(method).uri(&path).body(Body::empty());
                self.server.send(request.unwrap()).await
            }
            body => self.server.json(method, &path, body).await,
        }
    }

    async fn list(&self) -> Value {
        let path = format!("{MANAGED}/scheduled-scorers/{}", self.id);
        self.server.get(&path).await.json()["scheduled_scorers"]["scorers"].clone()
    }

    async fn replace(&self, scorers: Value) -> Reply {
        let body = json!({
            "scheduled_scorers": { "scorers": scorers },
            "update_mask": "scheduled_scorers.scorers",
        });
        self.send(Method::PATCH, "scheduled-scorers/{}", body).await
    }

    async fn versions(&self) -> Vec<i64> {
        let path = format!("{MANAGED}/experiments/{}/scorers/{MINE}/versions", self.id);
        let reply = self.server.get(&path).await.json();
        let versions = reply["scorer_versions"].as_array().unwrap();
        versions.iter().map(|it| it["scorer_version"].as_i64().unwrap()).collect()
    }
}

/// A scorer as a client registers it.
fn registered(name: &str, definition: &Value) -> Value {
    json!({
        "name": name, "serialized_scorer": definition.to_string(), "custom": {}, "sample_rate": 0.0,
    })
}

fn changed(mut scorer: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("an object") };
    scorer.as_object_mut().unwrap().extend(changes);
    scorer
}

fn message(reply: &Reply) -> String {
    let json = reply.json();
    let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
    format!("{} {} {}", reply.status.as_u16(), text("error_code"), text("message"))
}

#[tokio::test]
async fn the_list_of_scorers_is_replaced_as_a_whole() {
    let it = Experiment::create().await;
    assert_eq!(it.list().await, json!([]));
    let definition = judge("gateway:/mine");
    let reply = it.replace(json!([registered("mine", &definition)])).await.json();
    let first = json!({
        "name": "mine", "serialized_scorer": definition.to_string(), "custom": {},
        "sample_rate": 0.0, "scorer_version": 1,
    });
    assert_eq!(
        reply,
        json!({ "experiment_id": it.id, "scheduled_scorers": { "scorers": [first] } })
    );

    // Another form of the same definition is no new version.
    let spaced = serde_json::to_string_pretty(&definition).unwrap();
    let started = json!({
        "serialized_scorer": spaced, "sample_rate": 0.5, "filter_string": "status = 'OK'",
    });
    it.replace(json!([changed(first.clone(), started)])).await;
    let list = it.list().await;
    let expected =
        changed(first.clone(), json!({ "sample_rate": 0.5, "filter_string": "status = 'OK'" }));
    assert_eq!(list, json!([expected]));

    let built_in = json!({
        "name": "safety", "builtin_scorer_class": "Safety",
        "builtin_scorer_pydantic_data": { "model": "gateway:/mine" },
    });
    let newer = changed(definition.clone(), json!({ "description": "newer" }));
    let newer = changed(expected, json!({ "serialized_scorer": newer.to_string() }));
    it.replace(json!([newer, registered("safety", &built_in)])).await;
    let list = it.list().await;
    assert_eq!(list[0], changed(newer.clone(), json!({ "scorer_version": 2 })));
    assert_eq!(list[1]["builtin"], json!({ "name": "safety" }));
    assert_eq!(it.versions().await, [1, 2]);

    // A definition that another client read before the newest version does not replace it.
    it.replace(json!([first, list[1]])).await;
    assert_eq!(it.versions().await, [1, 2]);
    assert_eq!(it.list().await[0]["serialized_scorer"], newer["serialized_scorer"]);

    // A check of Kansoku is not listed, and stays.
    let check = json!({ "name": "c", "check": { "type": "long" } });
    let own = format!("/api/3.0/kansoku/experiments/{}/scorers", it.id);
    assert_eq!(it.server.post(&own, check).await.status, 200);
    assert_eq!(it.list().await.as_array().unwrap().len(), 2);
    it.replace(json!([])).await;
    assert_eq!(it.list().await, json!([]));
    assert_eq!(it.server.get(&own).await.json()["scorers"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn scorers_are_added_and_all_are_deleted() {
    let it = Experiment::create().await;
    let scorers = |names: &[&str]| {
        let scorers: Vec<_> =
            names.iter().map(|name| registered(name, &judge("gateway:/mine"))).collect();
        json!({ "scheduled_scorers": { "scorers": scorers } })
    };
    let path = "scheduled-scorers/{}";
    assert_eq!(it.send(Method::POST, path, scorers(&["a", "b"])).await.status, 200);
    let refused = it.send(Method::POST, path, scorers(&["c", "b"])).await;
    assert_snapshot!(message(&refused), @"400 RESOURCE_ALREADY_EXISTS the experiment has a scorer 'b' already");
    assert_eq!(it.list().await.as_array().unwrap().len(), 2);
    assert_eq!(it.send(Method::DELETE, path, Value::Null).await.json(), json!({}));
    assert_eq!(it.list().await, json!([]));
}

#[tokio::test]
async fn versions_are_read_and_deleted() {
    let it = Experiment::create().await;
    for text in ["one", "two", "three"] {
        let definition = changed(judge("gateway:/mine"), json!({ "description": text }));
        it.replace(json!([registered("mine", &definition)])).await;
    }
    let path = format!("experiments/{{}}/scorers/{MINE}/versions/2");
    let second = it.send(Method::GET, &path, Value::Null).await.json();
    let definition = changed(judge("gateway:/mine"), json!({ "description": "two" }));
    assert_eq!(
        second,
        json!({
            "name": format!("experiments/{}/scorers/{MINE}/versions/2", it.id),
            "display_name": "mine", "scorer_version": 2,
            "serialized_scorer": definition.to_string(),
        })
    );
    assert_eq!(it.send(Method::DELETE, &path, Value::Null).await.status, 200);
    assert_eq!(it.versions().await, [1, 3]);
    let refused = [
        it.send(Method::GET, &path, Value::Null).await,
        it.send(Method::GET, "experiments/{}/scorers/bm9wZQ/versions", Value::Null).await,
        it.send(Method::GET, "experiments/{}/scorers/%2B/versions", Value::Null).await,
    ];
    assert_snapshot!(refused.iter().map(message).collect::<Vec<_>>().join("\n"), @r#"
    404 RESOURCE_DOES_NOT_EXIST Scorer with name 'mine' and version 2 not found for experiment 1.
    404 RESOURCE_DOES_NOT_EXIST Scorer with name 'nope' not found for experiment 1.
    400 INVALID_PARAMETER_VALUE the scorer in the path must be a name in URL-safe base64
    "#);
}

#[tokio::test]
async fn a_list_with_an_invalid_scorer_changes_nothing() {
    let it = Experiment::create().await;
    let valid = registered("mine", &judge("gateway:/mine"));
    let mut refused = Vec::new();
    for scorers in [
        json!([valid, valid]),
        json!([valid, registered("", &judge("gateway:/mine"))]),
        json!([valid, changed(registered("b", &judge("x:/y")), json!({ "sample_rate": 0.1 }))]),
        json!([valid, registered("b", &judge("gateway:/nope"))]),
        json!([valid, changed(valid.clone(), json!({ "name": "b", "sample_rate": 2 }))]),
        json!([valid, changed(valid.clone(), json!({ "name": "b", "filter_string": "x y" }))]),
        json!([valid, { "name": "b" }]),
        json!([valid, 7]),
        json!(7),
    ] {
        refused.push(message(&it.replace(scorers).await));
    }
    let body = json!({ "scheduled_scorers": { "scorers": [valid] }, "update_mask": "name" });
    refused.push(message(&it.send(Method::PATCH, "scheduled-scorers/{}", body).await));
    refused.push(message(&it.send(Method::PATCH, "scheduled-scorers/{}", json!({})).await));
    refused.push(message(&it.send(Method::GET, "scheduled-scorers/99", Value::Null).await));
    assert_snapshot!(refused.join("\n"), @r#"
    400 INVALID_PARAMETER_VALUE 'scheduled_scorers.scorers' has 'mine' twice
    400 INVALID_PARAMETER_VALUE Missing value for required parameter 'scheduled_scorers.scorers[1].name'. See the API docs for more information about request parameters.
    400 INVALID_PARAMETER_VALUE Scorer 'b' cannot be started: its model is unknown
    404 RESOURCE_DOES_NOT_EXIST GatewayEndpoint not found (name='nope')
    400 INVALID_PARAMETER_VALUE sample_rate must be between 0.0 and 1.0, got 2.0
    400 INVALID_PARAMETER_VALUE Invalid clause(s) in filter string: expected a comparator (=, !=, >, >=, <, <=, LIKE, ILIKE, RLIKE, CONTAINS, IN, NOT IN, IS NULL, IS NOT NULL)
      x y
        ^
    400 INVALID_PARAMETER_VALUE Missing value for required parameter 'scheduled_scorers.scorers[1].serialized_scorer'. See the API docs for more information about request parameters.
    400 INVALID_PARAMETER_VALUE Invalid value 7 for parameter 'scheduled_scorers.scorers' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters.
    400 INVALID_PARAMETER_VALUE Invalid value 7 for parameter 'scheduled_scorers.scorers' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters.
    400 INVALID_PARAMETER_VALUE 'update_mask' must be 'scheduled_scorers.scorers'
    400 INVALID_PARAMETER_VALUE Missing value for required parameter 'scheduled_scorers'. See the API docs for more information about request parameters.
    404 RESOURCE_DOES_NOT_EXIST No Experiment with id=99 exists
    "#);
    assert_eq!(it.list().await, json!([]));
}

#[tokio::test]
async fn a_scorer_that_cannot_be_run_any_more_does_not_stop_changes_of_others() {
    let it = Experiment::create().await;
    let (mine, other) = (registered("mine", &judge("gateway:/mine")), judge("x:/y"));
    it.replace(json!([mine, registered("other", &other)])).await;
    let experiment = kansoku_model::ExperimentId(it.id.parse().unwrap());
    // As if the settings had named its model when it was started.
    it.server.app.meta.set_online_scoring(experiment, "other", 0.5, None).await.unwrap();
    let list = it.list().await;
    assert_eq!(list[1]["sample_rate"], 0.5);
    let started = changed(list[0].clone(), json!({ "sample_rate": 1.0 }));
    assert_eq!(it.replace(json!([started, list[1]])).await.status, 200);
    let more = changed(list[1].clone(), json!({ "sample_rate": 0.6 }));
    assert_snapshot!(message(&it.replace(json!([started, more])).await), @"400 INVALID_PARAMETER_VALUE Scorer 'other' cannot be started: its model is unknown");
}

#[tokio::test]
async fn a_backfill_is_created_and_cancelled() {
    let it = Experiment::create().await;
    it.replace(json!([registered("mine", &judge("gateway:/mine"))])).await;
    for id in ["tr-1", "it's", "tr-3"] {
        trace(&it.server, id, &it.id).await;
    }
    let monitors = async || {
        let body = json!({ "experiment_id": it.id });
        it.send(Method::POST, "monitors", body).await.json()["monitor_infos"].clone()
    };
    assert_eq!(
        monitors().await,
        json!([{
            "endpoint_name": "kansoku", "current_backfill_job_id": null,
            "monitor": { "experiment_id": it.id, "is_agent_external": true },
        }])
    );
    let create = async |changes: Value| {
        let body = json!({
            "experiment_id": it.id, "endpoint_name": "kansoku", "trace_ids": null,
            "scorer_sample_rates": [{ "name": "mine", "sample_rate": 1.0 }],
            "start_timestamp_ms": 1_000, "end_timestamp_ms": 2_000_000_000_000_i64,
        });
        let path = "scheduled-scorers/{}/backfill";
        it.send(Method::POST, path, changed(body, changes)).await
    };
    let reply = create(json!({ "trace_ids": ["it's", "tr-3"] })).await.json();
    let job = reply["job_id"].as_str().unwrap();
    assert_eq!(monitors().await[0]["current_backfill_job_id"], job);
    let own = format!("/api/3.0/kansoku/experiments/{}/scorers/backfills/{job}", it.id);
    let listed = it.server.get(&own).await.json();
    assert_eq!(listed["filter"], "request_id IN (\"it's\", 'tr-3')");
    assert_eq!((&listed["selected"], &listed["state"]), (&json!(2), &json!("running")));
    assert_eq!(
        (&listed["from_ms"], &listed["scorers"][0]["scorer"]),
        (&json!(1_000), &json!("mine"))
    );

    // A second time, it is cancelled already.
    for _ in 0..2 {
        let path = format!("experiments/{{}}/backfill/{job}");
        assert_eq!(it.send(Method::DELETE, &path, Value::Null).await.status, 200);
        assert_eq!(it.server.get(&own).await.json()["state"], "cancelled");
    }
    assert_eq!(monitors().await[0]["current_backfill_job_id"], Value::Null);

    let mut refused = Vec::new();
    for changes in [
        json!({ "scorer_sample_rates": [] }),
        json!({ "scorer_sample_rates": [{ "name": "mine", "sample_rate": 0 }] }),
        json!({ "scorer_sample_rates": [{ "name": "nope", "sample_rate": 1 }] }),
        json!({ "trace_ids": vec!["tr-1"; 1_001] }),
        json!({ "trace_ids": [""] }),
        json!({ "start_timestamp_ms": "soon" }),
    ] {
        refused.push(message(&create(changes).await));
    }
    let unknown = it.send(Method::DELETE, "experiments/{}/backfill/nope", Value::Null).await;
    refused.push(message(&unknown));
    assert_snapshot!(refused.join("\n"), @r#"
    400 INVALID_PARAMETER_VALUE Missing value for required parameter 'scorer_sample_rates'. See the API docs for more information about request parameters.
    400 INVALID_PARAMETER_VALUE 'sample_rate' of `mine` is not more than 0 and at most 1
    404 RESOURCE_DOES_NOT_EXIST Scorer with name 'nope' not found for experiment 1.
    400 INVALID_PARAMETER_VALUE 'trace_ids' has more than 1000 entries
    400 INVALID_PARAMETER_VALUE a trace id has 1 to 250 bytes and no control characters
    400 INVALID_PARAMETER_VALUE Invalid value "soon" for parameter 'start_timestamp_ms' supplied:  Hint: Value was of type 'str'. See the API docs for more information about request parameters.
    404 RESOURCE_DOES_NOT_EXIST backfill `nope` does not exist
    "#);
}
