//! Scorers: registered with an experiment, listed, read, configured and deleted.
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::test_server::TestServer;

const SCORERS: &str = "/api/3.0/mlflow/scorers";

fn judge(model: &str) -> String {
    json!({
        "name": "polite",
        "call_source": null,
        "instructions_judge_pydantic_data": { "instructions": "Is it polite?", "model": model },
    })
    .to_string()
}

fn registration(experiment: &str, name: &str, serialized: &str) -> Value {
    json!({ "experiment_id": experiment, "name": name, "serialized_scorer": serialized })
}

/// The id of the scorer.
async fn register(server: &TestServer, experiment: &str, name: &str) -> String {
    let body = registration(experiment, name, &judge("openai:/gpt-4o-mini"));
    let reply = server.post(&format!("{SCORERS}/register"), body).await;
    assert_eq!(reply.status, 200, "{reply}");
    reply.json()["scorer_id"].as_str().unwrap().to_owned()
}

async fn message(server: &TestServer, method: Method, call: &str, body: Value) -> String {
    let path = format!("{SCORERS}/{call}");
    let reply = match method {
        Method::GET => server.get(&path).await,
        method => server.json(method, &path, body).await,
    };
    let json = reply.json();
    format!(
        "{} {} {}",
        reply.status.as_u16(),
        json["error_code"].as_str().unwrap(),
        json["message"].as_str().unwrap()
    )
}

#[tokio::test]
async fn a_registered_scorer_is_read_version_by_version() {
    let server = TestServer::start();
    let id = server.experiment("e").await;
    let body = registration(&id, "polite", &judge("openai:/gpt-4o-mini"));
    let first = server.post(&format!("{SCORERS}/register"), body).await.json();
    let scorer_id = first["scorer_id"].clone();
    assert_eq!(scorer_id.as_str().unwrap().len(), 36);
    assert_eq!(
        first,
        json!({
            "version": 1, "scorer_id": scorer_id, "experiment_id": id, "name": "polite",
            "serialized_scorer": judge("openai:/gpt-4o-mini"), "creation_time": 1_700_000_000_000_i64,
        })
    );
    server.clock.advance_ms(3);
    register(&server, &id, "polite").await;
    register(&server, &id, "brief").await;
    let shown = |name: &str, version: i64, time: i64, scorer_id: &Value| {
        json!({
            "experiment_id": id.parse::<i64>().unwrap(), "scorer_name": name,
            "scorer_version": version, "serialized_scorer": judge("openai:/gpt-4o-mini"),
            "creation_time": time, "scorer_id": scorer_id,
        })
    };
    let of = async |call: &str| server.get(&format!("{SCORERS}/{call}")).await.json();
    let versions = of(&format!("versions?experiment_id={id}&name=polite")).await;
    let (old, new) = (1_700_000_000_000, 1_700_000_000_003);
    assert_eq!(versions["scorers"][0], shown("polite", 1, old, &scorer_id));
    assert_eq!(versions["scorers"][1], shown("polite", 2, new, &scorer_id));
    let latest = of(&format!("get?experiment_id={id}&name=polite")).await;
    assert_eq!(latest, json!({ "scorer": versions["scorers"][1] }));
    let first = of(&format!("get?experiment_id={id}&name=polite&version=1")).await;
    assert_eq!(first, json!({ "scorer": versions["scorers"][0] }));
    let list = of(&format!("list?experiment_id={id}")).await;
    let names: Vec<_> =
        list["scorers"].as_array().unwrap().iter().map(|it| &it["scorer_name"]).collect();
    assert_eq!(names, ["brief", "polite"]);
    assert_eq!(of("list").await, list);
    assert_eq!(of(&format!("list?experiment_ids={id}&experiment_ids=99")).await, list);
    assert_eq!(of("list?experiment_id=0").await, json!({}));
}

#[tokio::test]
async fn scorers_are_deleted_by_version_or_whole() {
    let server = TestServer::start();
    let id = server.experiment("e").await;
    for _ in 0..2 {
        register(&server, &id, "polite").await;
    }
    let delete = format!("{SCORERS}/delete");
    let body = json!({ "experiment_id": id, "name": "polite", "version": 2 });
    assert_eq!(server.delete(&delete, body.clone()).await.json(), json!({}));
    assert_snapshot!(server.delete(&delete, body).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Scorer with name 'polite' and version 2 not found for experiment 1."}
    "#);
    let body = json!({ "experiment_id": id, "name": "polite" });
    assert_eq!(server.delete(&delete, body.clone()).await.json(), json!({}));
    assert_snapshot!(server.delete(&delete, body).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Scorer with name 'polite' not found for experiment 1."}
    "#);
}

#[tokio::test]
async fn an_online_configuration_is_kept_and_asked_for_by_scorer() {
    let server = TestServer::start();
    let id = server.experiment("e").await;
    let scorer_id = register(&server, &id, "polite").await;
    let configs = format!("{SCORERS}/online-configs?scorer_ids={scorer_id}&scorer_ids=x");
    assert_eq!(server.get(&configs).await.json(), json!({ "configs": [] }));
    let put = async |rate: Value, filter: Value| {
        let body = json!({
            "experiment_id": id, "name": "polite", "sample_rate": rate, "filter_string": filter,
        });
        server.json(Method::PUT, &format!("{SCORERS}/online-config"), body).await
    };
    assert_eq!(put(json!(0), Value::Null).await.status, 200);
    let kept = put(json!("0.0"), json!("status = 'OK'")).await.json();
    let config_id = kept["config"]["online_scoring_config_id"].clone();
    assert_eq!(
        kept["config"],
        json!({
            "online_scoring_config_id": config_id, "scorer_id": scorer_id, "sample_rate": 0.0,
            "experiment_id": id, "filter_string": "status = 'OK'",
        })
    );
    assert_eq!(server.get(&configs).await.json(), json!({ "configs": [kept["config"]] }));
    let mut refused = Vec::new();
    for (rate, filter) in [
        (json!(0.5), Value::Null),
        (json!(2), Value::Null),
        (json!(-0.1), Value::Null),
        (json!("NaN"), Value::Null),
        (json!("x"), Value::Null),
        (Value::Null, Value::Null),
        (json!(0), json!("status ~ 'OK'")),
        (json!(0), json!(7)),
    ] {
        let reply = put(rate, filter).await;
        refused.push(format!("{} {}", reply.status.as_u16(), reply.json()["message"]));
    }
    assert_snapshot!(refused.join("\n"), @r#"
    400 "this server does not run scorers"
    400 "sample_rate must be between 0.0 and 1.0, got 2.0"
    400 "sample_rate must be between 0.0 and 1.0, got -0.1"
    400 "sample_rate must be between 0.0 and 1.0, got NaN"
    400 "Invalid value \"x\" for parameter 'sample_rate' supplied:  Hint: Value was of type 'str'. See the API docs for more information about request parameters."
    400 "Missing value for required parameter 'sample_rate'. See the API docs for more information about request parameters."
    400 "Invalid clause(s) in filter string: unexpected '~'\n  status ~ 'OK'\n         ^"
    400 "Invalid value 7 for parameter 'filter_string' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters."
    "#);
}

#[tokio::test]
async fn what_cannot_be_registered_says_why() {
    let server = TestServer::start();
    let id = server.experiment("e").await;
    let with = |serialized: &str| registration(&id, "s", serialized);
    let third_party = |kwargs: Value| {
        let scorer = json!({ "third_party_scorer_data": { "kwargs": kwargs } });
        with(&json!({ "ensemble_scorer_data": { "scorers": [scorer] } }).to_string())
    };
    let mut refused = Vec::new();
    for body in [
        json!({ "experiment_id": id, "name": "s" }),
        registration(&id, " ", "{}"),
        registration(&id, &"ä".repeat(257), "{}"),
        registration("x", "s", "{}"),
        registration("99", "s", "{}"),
        with("{"),
        with("[]"),
        with(&json!({ "a": "x".repeat(256 << 10) }).to_string()),
        with(r#"{"ensemble_scorer_data":{"scorers":[{"call_source":"def f(): pass"}]}}"#),
        with(&judge("gateway:/mine")),
        with(&judge(" ")),
        with(r#"{"builtin_scorer_pydantic_data":{"model":7}}"#),
        third_party(json!(1)),
        third_party(json!({ "completion_kwargs": [["api_base", "http://x"]] })),
        third_party(json!({ "a": { "base_url": "http://x" } })),
    ] {
        refused.push(message(&server, Method::POST, "register", body).await);
    }
    for call in [
        "list?experiment_id=1&experiment_ids=1",
        "list?experiment_ids=x",
        "list?experiment_id=99",
        "get?experiment_id=1",
        "get?experiment_id=1&name=s&version=x",
        "get?experiment_id=1&name=nope",
        "versions?experiment_id=1&name=nope",
        "online-configs",
    ] {
        refused.push(message(&server, Method::GET, call, Value::Null).await);
    }
    assert_snapshot!(refused.join("\n"), @r#"
    400 INVALID_PARAMETER_VALUE Missing value for required parameter 'serialized_scorer'. See the API docs for more information about request parameters.
    400 INVALID_PARAMETER_VALUE 'name' of a scorer cannot be empty
    400 INVALID_PARAMETER_VALUE 'name' exceeds the maximum length of 256 characters
    400 INVALID_PARAMETER_VALUE Invalid experiment ID 'x'. Experiment ID must be a valid integer.
    404 RESOURCE_DOES_NOT_EXIST No Experiment with id=99 exists
    400 INVALID_PARAMETER_VALUE serialized_scorer must be valid JSON
    400 INVALID_PARAMETER_VALUE serialized_scorer must be a JSON object
    400 INVALID_PARAMETER_VALUE 'serialized_scorer' is longer than 256 KiB
    400 INVALID_PARAMETER_VALUE a scorer made with the decorator @scorer is registered by itself: no worker runs one within another scorer
    404 RESOURCE_DOES_NOT_EXIST GatewayEndpoint not found (name='mine')
    400 INVALID_PARAMETER_VALUE the model of a scorer must be a text, and not empty
    400 INVALID_PARAMETER_VALUE the model of a scorer must be a text, and not empty
    400 INVALID_PARAMETER_VALUE third_party_scorer_data.kwargs must be a JSON object
    400 INVALID_PARAMETER_VALUE third_party_scorer_data.kwargs must not contain 'api_base', which chooses where requests go
    400 INVALID_PARAMETER_VALUE third_party_scorer_data.kwargs must not contain 'base_url', which chooses where requests go
    400 INVALID_PARAMETER_VALUE 'experiment_id' and 'experiment_ids' exclude each other; send one
    400 INVALID_PARAMETER_VALUE Invalid experiment ID 'x' in 'experiment_ids'. It must be an integer.
    404 RESOURCE_DOES_NOT_EXIST No Experiment with id=99 exists
    400 INVALID_PARAMETER_VALUE Missing value for required parameter 'name'. See the API docs for more information about request parameters.
    400 INVALID_PARAMETER_VALUE Invalid value "x" for parameter 'version' supplied:  Hint: Value was of type 'str'. See the API docs for more information about request parameters.
    404 RESOURCE_DOES_NOT_EXIST Scorer with name 'nope' not found for experiment 1.
    404 RESOURCE_DOES_NOT_EXIST Scorer with name 'nope' not found for experiment 1.
    400 INVALID_PARAMETER_VALUE Missing value for required parameter 'scorer_ids'. See the API docs for more information about request parameters.
    "#);
    for fits in [judge("anthropic:/x"), "{}".to_owned(), third_party_without_kwargs()] {
        let reply = server.post(&format!("{SCORERS}/register"), with(&fits)).await;
        assert_eq!(reply.status, 200, "{reply}");
    }
}

fn third_party_without_kwargs() -> String {
    json!({ "third_party_scorer_data": { "kwargs": null, "model": "openai:/x" } }).to_string()
}

#[tokio::test]
async fn a_token_for_some_experiments_sees_their_scorers_alone() {
    let server = TestServer::start();
    let (mine, other) = (server.experiment("/Shared/a/x").await, server.experiment("b").await);
    let seen = register(&server, &mine, "polite").await;
    let unseen = register(&server, &other, "polite").await;
    let body = json!({ "experiment_id": other, "name": "polite", "sample_rate": 0 });
    server.json(Method::PUT, &format!("{SCORERS}/online-config"), body).await;
    server.admin_token("root", "root-secret").await;
    server.token("bound-secret", "write", Some("/Shared/a")).await;
    let ask = async |method: Method, call: &str, body: Value| {
        server.ask_as("bound-secret", method, &format!("{SCORERS}/{call}"), body).await
    };
    let list = ask(Method::GET, "list", Value::Null).await.json();
    assert_eq!(list["scorers"].as_array().unwrap().len(), 1);
    assert_eq!(list["scorers"][0]["scorer_id"], seen);
    for call in
        ["list?experiment_id=", "list?experiment_ids=", "versions?name=polite&experiment_id="]
    {
        let own = ask(Method::GET, &format!("{call}{mine}"), Value::Null).await;
        assert_eq!(own.json()["scorers"].as_array().unwrap().len(), 1, "{call}");
        assert_eq!(ask(Method::GET, &format!("{call}{other}"), Value::Null).await.status, 403);
    }
    let configs = format!("online-configs?scorer_ids={unseen}");
    let configs = ask(Method::GET, &configs, Value::Null).await.json();
    assert_eq!(configs, json!({ "configs": [] }));
    let body = json!({ "experiment_id": other, "name": "polite" });
    assert_eq!(ask(Method::DELETE, "delete", body).await.status, 403);
}
