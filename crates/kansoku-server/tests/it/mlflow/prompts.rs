//! Prompts: registered models and their versions, as prompt clients use them.
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::test_server::TestServer;

const MODELS: &str = "/api/2.0/mlflow/registered-models";
const VERSIONS: &str = "/api/2.0/mlflow/model-versions";

fn tag(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": value })
}

fn prompt() -> Value {
    tag("mlflow.prompt.is_prompt", "true")
}

async fn register(server: &TestServer, name: &str, template: &str) -> Value {
    if server.get(&format!("{MODELS}/get?name={name}")).await.status == 404 {
        let body = json!({ "name": name, "tags": [prompt()], "description": "c1" });
        assert_eq!(server.post(&format!("{MODELS}/create"), body).await.status, 200);
    }
    let body = json!({
        "name": name, "source": "dummy-source", "description": "c1",
        "tags": [
            prompt(), tag("_mlflow_prompt_type", "text"), tag("mlflow.prompt.text", template),
        ],
    });
    let reply = server.post(&format!("{VERSIONS}/create"), body).await;
    assert_eq!(reply.status, 200, "{reply}");
    reply.json()["model_version"].clone()
}

async fn messages(server: &TestServer, calls: &[(Method, &str, Value)]) -> String {
    let mut lines = Vec::new();
    for (method, path, body) in calls {
        let reply = match *method {
            Method::GET => server.get(path).await,
            _ => server.json(method.clone(), path, body.clone()).await,
        };
        let json = reply.json();
        let (code, message) = (&json["error_code"], &json["message"]);
        lines.push(format!("{} {} {}", reply.status.as_u16(), code.as_str().unwrap(), message));
    }
    lines.join("\n")
}

#[tokio::test]
async fn a_registered_prompt_is_read_by_version_and_by_alias() {
    let server = TestServer::start();
    assert_snapshot!(server.get(&format!("{MODELS}/get?name=qa")).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Registered Model with name=qa not found"}
    "#);
    register(&server, "qa", "Answer {{q}}").await;
    server.clock.advance_ms(5);
    register(&server, "qa", "Answer {{q}} briefly").await;
    assert_snapshot!(server.get(&format!("{MODELS}/get?name=qa")).await, @r#"
    200 OK
    {"registered_model":{"name":"qa","creation_timestamp":1700000000000,"last_updated_timestamp":1700000000005,"description":"c1","latest_versions":[{"name":"qa","version":"2","creation_timestamp":1700000000005,"last_updated_timestamp":1700000000005,"description":"c1","current_stage":"None","source":"dummy-source","run_id":"","status":"READY","tags":[{"key":"_mlflow_prompt_type","value":"text"},{"key":"mlflow.prompt.is_prompt","value":"true"},{"key":"mlflow.prompt.text","value":"Answer {{q}} briefly"}],"run_link":""}],"tags":[{"key":"mlflow.prompt.is_prompt","value":"true"}]}}
    "#);
    let alias = json!({ "name": "qa", "alias": "prod", "version": "1" });
    assert_eq!(server.post(&format!("{MODELS}/alias"), alias).await.json(), json!({}));
    let version = server.get(&format!("{VERSIONS}/get?name=qa&version=1")).await;
    assert_snapshot!(version, @r#"
    200 OK
    {"model_version":{"name":"qa","version":"1","creation_timestamp":1700000000000,"last_updated_timestamp":1700000000000,"description":"c1","current_stage":"None","source":"dummy-source","run_id":"","status":"READY","tags":[{"key":"_mlflow_prompt_type","value":"text"},{"key":"mlflow.prompt.is_prompt","value":"true"},{"key":"mlflow.prompt.text","value":"Answer {{q}}"}],"run_link":"","aliases":["prod"]}}
    "#);
    let by_alias = server.get(&format!("{MODELS}/alias?name=qa&alias=prod")).await;
    assert_eq!(by_alias.json(), version.json());
    let latest = server.get(&format!("{MODELS}/alias?name=qa&alias=latest")).await.json();
    assert_eq!(latest["model_version"]["version"], "2");
    let model = server.get(&format!("{MODELS}/get?name=qa")).await.json();
    assert_eq!(model["registered_model"]["aliases"], json!([{ "alias": "prod", "version": "1" }]));
    let uri = server.get(&format!("{VERSIONS}/get-download-uri?name=qa&version=1")).await;
    assert_eq!(uri.json(), json!({ "artifact_uri": "dummy-source" }));
}

#[tokio::test]
async fn latest_versions_have_no_stage() {
    let server = TestServer::start();
    let body = json!({ "name": "qa", "tags": [prompt()] });
    server.post(&format!("{MODELS}/create"), body).await;
    let latest = async |query: &str| {
        server.get(&format!("{MODELS}/get-latest-versions?name=qa{query}")).await.json()
    };
    assert_eq!(latest("").await, json!({}));
    register(&server, "qa", "a").await;
    let alias = json!({ "name": "qa", "alias": "prod", "version": "1" });
    server.post(&format!("{MODELS}/alias"), alias).await;
    for query in ["", "&stages=none", "&stages=None&stages=Staging"] {
        let found = latest(query).await;
        assert_eq!(found["model_versions"][0]["version"], "1", "{query}");
        assert_eq!(found["model_versions"][0]["aliases"], json!(["prod"]), "{query}");
    }
    assert_eq!(latest("&stages=Production").await, json!({}));
    let body = json!({ "name": "qa", "stages": ["None"] });
    let posted = server.post(&format!("{MODELS}/get-latest-versions"), body).await.json();
    assert_eq!(posted, latest("").await);
    assert!(latest("&stages=x").await["message"].as_str().unwrap().contains("Invalid"));
}

#[tokio::test]
async fn prompts_and_versions_are_changed_and_deleted() {
    let server = TestServer::start();
    register(&server, "qa", "a").await;
    register(&server, "qa", "b").await;
    let alias = json!({ "name": "qa", "alias": "prod", "version": "2" });
    server.post(&format!("{MODELS}/alias"), alias).await;
    server.clock.advance_ms(7);
    let empty = json!({});
    let of_version = |more: Value| {
        let mut body = json!({ "name": "qa", "version": "2" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let set = json!({ "name": "qa", "key": "team", "value": "x" });
    assert_eq!(server.post(&format!("{MODELS}/set-tag"), set).await.json(), empty);
    let set = of_version(json!({ "key": "lang", "value": "en" }));
    assert_eq!(server.post(&format!("{VERSIONS}/set-tag"), set).await.json(), empty);
    let update = json!({ "name": "qa", "description": "all" });
    let updated = server.patch(&format!("{MODELS}/update"), update).await.json();
    assert_eq!(updated["registered_model"]["description"], "all");
    assert_eq!(updated["registered_model"]["last_updated_timestamp"], 1_700_000_000_007_i64);
    let update = of_version(json!({ "description": "second" }));
    let updated = server.patch(&format!("{VERSIONS}/update"), update).await.json();
    assert_eq!(updated["model_version"]["description"], "second");
    assert_eq!(updated["model_version"]["aliases"], json!(["prod"]));
    let renamed = json!({ "name": "qa", "new_name": "answers" });
    let renamed = server.post(&format!("{MODELS}/rename"), renamed).await.json();
    assert_eq!(renamed["registered_model"]["name"], "answers");
    assert_eq!(renamed["registered_model"]["latest_versions"][0]["name"], "answers");
    let tags = &renamed["registered_model"]["tags"];
    assert_eq!(*tags, json!([prompt(), tag("team", "x")]));
    for _ in 0..2 {
        let delete = json!({ "name": "answers", "key": "team" });
        assert_eq!(server.delete(&format!("{MODELS}/delete-tag"), delete).await.json(), empty);
        let delete = json!({ "name": "answers", "version": "2", "key": "lang" });
        assert_eq!(server.delete(&format!("{VERSIONS}/delete-tag"), delete).await.json(), empty);
    }
    let second = json!({ "name": "answers", "version": "2" });
    assert_eq!(server.delete(&format!("{VERSIONS}/delete"), second.clone()).await.json(), empty);
    assert_eq!(server.delete(&format!("{VERSIONS}/delete"), second).await.status, 404);
    let gone = server.get(&format!("{MODELS}/alias?name=answers&alias=prod")).await;
    assert_snapshot!(gone, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Registered model alias prod not found."}
    "#);
    assert_eq!(register(&server, "answers", "c").await["version"], "3");
    let name = json!({ "name": "answers" });
    assert_eq!(server.delete(&format!("{MODELS}/delete"), name.clone()).await.json(), empty);
    assert_eq!(server.delete(&format!("{MODELS}/delete"), name).await.status, 404);
}

#[tokio::test]
async fn searches_page_through_prompts_and_versions() {
    let server = TestServer::start();
    for name in ["a", "b", "c"] {
        register(&server, name, name).await;
        register(&server, name, &name.repeat(2)).await;
    }
    let is_prompt = "tags.%60mlflow.prompt.is_prompt%60%20%3D%20%27true%27";
    let names = async |path: &str, list: &str, key: &str| {
        let (mut names, mut token) = (Vec::new(), String::new());
        loop {
            let page = server.get(&format!("{path}&page_token={token}")).await.json();
            for found in page[list].as_array().unwrap() {
                names.push(found[key].as_str().unwrap().to_owned());
            }
            match page["next_page_token"].as_str() {
                Some(next) => token = next.replace('=', "%3D"),
                None => return names.join(" "),
            }
        }
    };
    let path = format!("{MODELS}/search?filter={is_prompt}&max_results=2&order_by=name%20DESC");
    assert_eq!(names(&path, "registered_models", "name").await, "c b a");
    let path = format!(
        "{VERSIONS}/search?filter=name%3D%27b%27%20AND%20{is_prompt}&max_results=1\
         &order_by=version_number%20DESC"
    );
    assert_eq!(names(&path, "model_versions", "version").await, "2 1");
    for path in ["registered-models/search", "model-versions/search"] {
        let models = server.get(&format!("/api/2.0/mlflow/{path}")).await;
        assert_eq!(models.json(), json!({}), "without the tag only other models are found");
    }
    assert_snapshot!(messages(&server, &[
        (Method::GET, &format!("{MODELS}/search?max_results=1001"), Value::Null),
        (Method::GET, &format!("{MODELS}/search?max_results=0"), Value::Null),
        (Method::GET, &format!("{VERSIONS}/search?max_results=200001"), Value::Null),
        (Method::GET, &format!("{MODELS}/search?order_by=creation_timestamp"), Value::Null),
        (Method::GET, &format!("{VERSIONS}/search?page_token=eyJvZmZzZXQiOiAyfQ%3D%3D"), Value::Null),
    ]).await, @r#"
    400 INVALID_PARAMETER_VALUE "Invalid value 1001 for parameter 'max_results' supplied. It must be at most 1000"
    400 INVALID_PARAMETER_VALUE "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"
    400 INVALID_PARAMETER_VALUE "Invalid value 200001 for parameter 'max_results' supplied. It must be at most 200000"
    400 INVALID_PARAMETER_VALUE "Invalid attribute key 'creation_timestamp' specified. Valid keys are 'name', 'timestamp', 'last_updated_timestamp'\n  creation_timestamp\n  ^^^^^^^^^^^^^^^^^^"
    400 INVALID_PARAMETER_VALUE "Invalid page token: it is of another list; repeat the request without it, or with the filter and order_by it was given for"
    "#);
}

#[tokio::test]
async fn what_cannot_be_registered_says_why() {
    let server = TestServer::start();
    register(&server, "qa", "a").await;
    let create = format!("{MODELS}/create");
    let version = format!("{VERSIONS}/create");
    let named = |name: &str| json!({ "name": name, "tags": [prompt()] });
    let of = |tags: Value| json!({ "name": "x", "tags": tags });
    let (long, longer) = ("k".repeat(251), "v".repeat(100_001));
    let alias = |alias: &str| json!({ "name": "qa", "alias": alias, "version": "1" });
    let post = |path: &str, body: Value| (Method::POST, path.to_owned(), body);
    let calls = vec![
        post(&create, named("qa")),
        post(&create, named(" ")),
        post(&create, named("a/b")),
        post(&create, named("a:b")),
        post(&create, named("..")),
        post(&create, named(&"ä".repeat(257))),
        post(&create, json!({ "name": 1 })),
        post(&create, json!({ "name": "x", "tags": [prompt()], "description": "d".repeat(5001) })),
        post(&create, of(json!([]))),
        post(&create, of(json!([tag("mlflow.prompt.is_prompt", "false")]))),
        post(&create, of(json!([tag(&long, "")]))),
        post(&create, of(json!([tag("a!", "")]))),
        post(&create, of(json!([tag("a//b", "")]))),
        post(&create, of(json!([tag("k", &longer)]))),
        post(&create, of(json!((0..1001).map(|n| tag(&n.to_string(), "")).collect::<Vec<_>>()))),
        post(&version, json!({ "name": "qa", "tags": [prompt()] })),
        post(&version, json!({ "name": "qa", "source": "s3://b/x", "tags": [prompt()] })),
        post(&version, json!({ "name": "qa", "source": "s3://b/x" })),
        post(&version, json!({ "name": "no", "source": "dummy-source", "tags": [prompt()] })),
        post(&format!("{MODELS}/alias"), alias("latest")),
        post(&format!("{MODELS}/alias"), alias("V12")),
        post(&format!("{MODELS}/alias"), alias("a b")),
        post(&format!("{MODELS}/alias"), json!({ "name": "qa", "alias": "a", "version": "7" })),
        post(&format!("{MODELS}/alias"), json!({ "name": "qa", "alias": "a", "version": "x" })),
        post(&format!("{MODELS}/rename"), json!({ "name": "qa" })),
        post(&format!("{MODELS}/rename"), json!({ "name": "no", "new_name": "n" })),
        post(&format!("{VERSIONS}/transition-stage"), json!({})),
        (Method::GET, format!("{VERSIONS}/get?name=qa&version=99999999999999999999"), Value::Null),
        (Method::GET, format!("{VERSIONS}/get?name=qa&version=-1"), Value::Null),
    ];
    let calls: Vec<_> = calls.iter().map(|(m, p, b)| (m.clone(), p.as_str(), b.clone())).collect();
    assert_snapshot!(messages(&server, &calls).await, @r#"
    400 RESOURCE_ALREADY_EXISTS "the name `qa` already exists in the registry, as a prompt or as a model"
    400 INVALID_PARAMETER_VALUE "Missing value for required parameter 'name'. See the API docs for more information about request parameters."
    400 INVALID_PARAMETER_VALUE "Invalid model name 'a/b'. Names cannot contain '/' or ':'."
    400 INVALID_PARAMETER_VALUE "Invalid model name 'a:b'. Names cannot contain '/' or ':'."
    400 INVALID_PARAMETER_VALUE "Invalid value \"..\" for parameter 'name' supplied: Names may be treated as files, so a name must not begin with `..` or `/`, end with `/`, or have `.`, `..` or nothing between slashes."
    400 INVALID_PARAMETER_VALUE "'name' exceeds the maximum length of 256 characters"
    400 INVALID_PARAMETER_VALUE "Invalid value 1 for parameter 'name' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters."
    400 INVALID_PARAMETER_VALUE "'description' exceeds the maximum length of 5000 characters"
    501 NOT_IMPLEMENTED "this server keeps prompts and no other models: register it with the tag `mlflow.prompt.is_prompt`"
    501 NOT_IMPLEMENTED "this server keeps prompts and no other models: register it with the tag `mlflow.prompt.is_prompt`"
    400 INVALID_PARAMETER_VALUE "'key' exceeds the maximum length of 250 characters"
    400 INVALID_PARAMETER_VALUE "Invalid value \"a!\" for parameter 'key' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)."
    400 INVALID_PARAMETER_VALUE "Invalid value \"a//b\" for parameter 'key' supplied: Names may be treated as files, so a name must not begin with `..` or `/`, end with `/`, or have `.`, `..` or nothing between slashes."
    400 INVALID_PARAMETER_VALUE "'value' exceeds the maximum length of 100000 characters"
    400 INVALID_PARAMETER_VALUE "'tags' has 1001 entries; there are 1000 at most"
    400 INVALID_PARAMETER_VALUE "Missing value for required parameter 'source'. See the API docs for more information about request parameters."
    400 INVALID_PARAMETER_VALUE "Invalid prompt source: 's3://b/x'. A version with the tag `mlflow.prompt.is_prompt` has one of [\"dummy-source\", \"prompt-template\"] as its source."
    501 NOT_IMPLEMENTED "this server keeps prompts and no other models: register it with the tag `mlflow.prompt.is_prompt`"
    404 RESOURCE_DOES_NOT_EXIST "Registered Model with name=no not found"
    400 INVALID_PARAMETER_VALUE "the alias 'latest' is reserved"
    400 INVALID_PARAMETER_VALUE "the alias 'V12' is reserved"
    400 INVALID_PARAMETER_VALUE "Invalid alias name: 'a b'. Names may only contain alphanumerics, underscores (_) and dashes (-)."
    404 RESOURCE_DOES_NOT_EXIST "Model Version (name=qa, version=7) not found"
    400 INVALID_PARAMETER_VALUE "Parameter 'version' must be an integer, got 'x'."
    400 INVALID_PARAMETER_VALUE "Missing value for required parameter 'new_name'. See the API docs for more information about request parameters."
    404 RESOURCE_DOES_NOT_EXIST "Registered Model with name=no not found"
    501 NOT_IMPLEMENTED "this server does not do stages of models, for which prompts have aliases, yet; traces are what it is for"
    400 INVALID_PARAMETER_VALUE "Parameter 'version' must be an integer, got '99999999999999999999'."
    404 RESOURCE_DOES_NOT_EXIST "Model Version (name=qa, version=-1) not found"
    "#);
    for fits in ["ä".repeat(256), "日本 語".to_owned(), "a.b_c-d".to_owned()] {
        assert_eq!(server.post(&create, named(&fits)).await.status, 200, "{fits}");
    }
    let template = "é".repeat(100_000);
    let tags = &register(&server, "long", &template).await["tags"];
    assert!(tags.as_array().unwrap().contains(&tag("mlflow.prompt.text", &template)));
    let alias = alias("ひと_v2-x");
    assert_eq!(server.post(&format!("{MODELS}/alias"), alias).await.status, 200);
}

#[tokio::test]
async fn a_prompt_without_its_tag_is_a_model_like_any_other() {
    let server = TestServer::start();
    register(&server, "qa", "a").await;
    let key = json!({ "name": "qa", "key": "mlflow.prompt.is_prompt" });
    server.delete(&format!("{MODELS}/delete-tag"), key).await;
    let found = server.get(&format!("{MODELS}/search")).await.json();
    assert_eq!(found["registered_models"][0]["name"], "qa");
    let prompts = "tags.%60mlflow.prompt.is_prompt%60%20!%3D%20%27false%27";
    let found = server.get(&format!("{MODELS}/search?filter={prompts}")).await.json();
    assert_eq!(found, json!({}));
}

#[tokio::test]
async fn a_token_for_some_experiments_reads_the_prompts_of_those() {
    let server = TestServer::start();
    let experiment = server.experiment("/Shared/a/x").await;
    for name in ["mine", "other", "unlinked"] {
        register(&server, name, "a").await;
    }
    for (name, ids) in [("mine", format!(",99,{experiment},")), ("other", ",0,99,".to_owned())] {
        let tag = json!({ "name": name, "key": "_mlflow_experiment_ids", "value": ids });
        assert_eq!(server.post(&format!("{MODELS}/set-tag"), tag).await.status, 200);
    }
    server.admin_token("root", "root-secret").await;
    server.token("bound-secret", "write", Some("/Shared/a")).await;
    server.token("reader-secret", "read", None).await;
    let get = async |secret: &str, path: &str| {
        server.ask_as(secret, Method::GET, path, Value::Null).await
    };
    for (name, seen) in [("mine", 200), ("other", 404), ("unlinked", 404), ("nope", 404)] {
        let model = format!("{MODELS}/get?name={name}");
        let version = format!("{VERSIONS}/get?name={name}&version=1");
        assert_eq!(get("bound-secret", &model).await.status, seen, "{name}");
        assert_eq!(get("bound-secret", &version).await.status, seen, "{name}");
        let all = if name == "nope" { 404 } else { 200 };
        assert_eq!(get("reader-secret", &model).await.status, all, "{name}");
    }
    let is_prompt = "tags.%60mlflow.prompt.is_prompt%60%20%3D%20%27true%27";
    let models = get("bound-secret", &format!("{MODELS}/search?filter={is_prompt}")).await.json();
    assert_eq!(models["registered_models"].as_array().unwrap().len(), 1);
    let versions = format!("{VERSIONS}/search?filter={is_prompt}&max_results=1");
    let versions = get("bound-secret", &versions).await.json();
    assert_eq!(versions["model_versions"][0]["name"], "mine");
    assert!(versions["next_page_token"].is_null(), "{versions}");
    let name = json!({ "name": "mine" });
    for secret in ["bound-secret", "reader-secret"] {
        let path = format!("{MODELS}/delete");
        let refused = server.ask_as(secret, Method::DELETE, &path, name.clone()).await;
        assert_eq!(refused.status, 403);
    }
}
