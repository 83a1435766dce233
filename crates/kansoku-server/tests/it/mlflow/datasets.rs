//! Evaluation datasets.
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::test_server::TestServer;

const API: &str = "/api/3.0/mlflow/datasets";

async fn create(server: &TestServer, name: &str, experiments: &[&str]) -> String {
    let body = json!({ "name": name, "experiment_ids": experiments });
    let reply = server.post(&format!("{API}/create"), body).await.json();
    reply["dataset"]["dataset_id"].as_str().unwrap().to_owned()
}

async fn upsert(server: &TestServer, id: &str, records: Value) -> String {
    let body = json!({ "records": records.to_string() });
    server.post(&format!("{API}/{id}/records"), body).await.to_string()
}

async fn records(server: &TestServer, id: &str) -> Vec<Value> {
    let reply = server.get(&format!("{API}/{id}/records?max_results=1000")).await.json();
    serde_json::from_str(reply["records"].as_str().unwrap()).unwrap()
}

fn shown(text: String, id: &str) -> String {
    text.replace(id, "d-ID")
}

#[tokio::test]
async fn a_dataset_is_created_filled_and_read_as_the_client_does_it() {
    let server = TestServer::start();
    let tags = json!({ "team": "x", "mlflow.user": "alice", "n": 1, "b": true, "gone": null });
    let body = json!({ "name": "golden", "experiment_ids": ["0"], "tags": tags.to_string() });
    let created = server.post(&format!("{API}/create"), body).await;
    let id = created.json()["dataset"]["dataset_id"].as_str().unwrap().to_owned();
    let digest = |reply: &Value| reply["dataset"]["digest"].as_str().unwrap().to_owned();
    let first = digest(&created.json());
    assert_snapshot!(shown(created.to_string(), &id).replace(&first, "DIGEST"), @r#"
    200 OK
    {"dataset":{"dataset_id":"d-ID","name":"golden","tags":"{\"b\":\"True\",\"mlflow.user\":\"alice\",\"n\":\"1\",\"team\":\"x\"}","digest":"DIGEST","created_time":1700000000000,"last_update_time":1700000000000,"created_by":"alice","last_updated_by":"alice","experiment_ids":["0"]}}
    "#);
    server.clock.advance_ms(5);
    let human = json!({ "source_type": "human", "source_data": {} });
    let trace = json!({ "source_type": "TRACE", "source_data": { "trace_id": "tr-1" } });
    let batch = json!([
        { "inputs": { "q": "a" }, "expectations": { "expected": "A" }, "source": human,
          "tags": { "k": "v", "mlflow.user": "bob" } },
        { "inputs": {}, "outputs": "plain", "expectations": {}, "source": trace },
    ]);
    assert_snapshot!(upsert(&server, &id, batch).await, @r#"
    200 OK
    {"inserted_count":2,"updated_count":0}
    "#);
    let read = server.get(&format!("{API}/{id}?dataset_id=other")).await;
    assert_ne!(digest(&read.json()), first);
    let text = shown(read.to_string(), &id).replace(&digest(&read.json()), "DIGEST");
    assert_snapshot!(text, @r#"
    200 OK
    {"dataset":{"dataset_id":"d-ID","name":"golden","tags":"{\"b\":\"True\",\"mlflow.user\":\"alice\",\"n\":\"1\",\"team\":\"x\"}","schema":"{\"inputs\":{\"q\":\"string\"},\"outputs\":\"string\",\"expectations\":{\"expected\":\"string\"},\"version\":\"1.0\"}","profile":"{\"num_records\": 2}","digest":"DIGEST","created_time":1700000000000,"last_update_time":1700000000005,"created_by":"alice","last_updated_by":"bob"}}
    "#);
    let mut list = records(&server, &id).await;
    for record in &mut list {
        assert_eq!(record["dataset_record_id"].as_str().unwrap().len(), "dr-".len() + 32);
        record["dataset_record_id"] = json!("dr-ID");
    }
    assert_snapshot!(shown(Value::from(list).to_string(), &id), @r#"[{"dataset_record_id":"dr-ID","dataset_id":"d-ID","inputs":{"q":"a"},"expectations":{"expected":"A"},"tags":{"k":"v","mlflow.user":"bob"},"source":{"source_type":"HUMAN","source_data":{}},"source_type":"HUMAN","created_time":1700000000005,"last_update_time":1700000000005,"created_by":"bob","last_updated_by":"bob","outputs":{}},{"dataset_record_id":"dr-ID","dataset_id":"d-ID","inputs":{},"expectations":{},"tags":{},"source":{"source_type":"TRACE","source_data":{"trace_id":"tr-1"}},"source_id":"tr-1","source_type":"TRACE","created_time":1700000000005,"last_update_time":1700000000005,"outputs":"plain"}]"#);
}

#[tokio::test]
async fn records_merge_by_their_inputs_and_page() {
    let server = TestServer::start();
    let id = create(&server, "d", &[]).await;
    let batch: Vec<_> = (0..25).map(|n| json!({ "inputs": { "n": n } })).collect();
    upsert(&server, &id, Value::from(batch)).await;
    let again =
        json!([{ "inputs": { "n": 3 }, "expectations": { "e": 1 } }, { "inputs": { "n": 3.0 } }]);
    assert_snapshot!(upsert(&server, &id, again).await, @r#"
    200 OK
    {"inserted_count":1,"updated_count":1}
    "#);
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let path = format!("{API}/{id}/records?max_results=10&page_token={token}");
        let reply = server.get(&path).await.json();
        let page: Vec<Value> = serde_json::from_str(reply["records"].as_str().unwrap()).unwrap();
        seen.extend(page.iter().map(|record| record["inputs"]["n"].to_string()));
        let Some(next) = reply["next_page_token"].as_str() else { break };
        token = next.replace('=', "%3D").replace('+', "%2B");
    }
    let expected: Vec<_> = (0..25).map(|n| n.to_string()).chain(["3.0".to_owned()]).collect();
    assert_eq!(seen, expected);

    let all = records(&server, &id).await;
    let ids = json!([all[0]["dataset_record_id"], "dr-none"]);
    let delete = json!({ "dataset_record_ids": ids });
    let path = format!("{API}/{id}/records");
    assert_eq!(server.delete(&path, delete.clone()).await.json(), json!({ "deleted_count": 1 }));
    assert_eq!(server.delete(&path, delete).await.json(), json!({ "deleted_count": 0 }));
    assert_eq!(records(&server, &id).await.len(), 25);
}

#[tokio::test]
async fn numbers_that_json_lacks_and_any_text_are_kept() {
    let server = TestServer::start();
    let id = create(&server, "日本 \"'% 🙂", &[]).await;
    let body = json!({ "records": r#"[{"inputs": {"x": NaN, "y": -Infinity, "é\u0000": "🙂 NaN"}, "expectations": NaN, "outputs": NaN}]"# });
    let reply = server.post(&format!("{API}/{id}/records"), body).await;
    assert_eq!(reply.status, 200, "{reply}");
    let list = records(&server, &id).await;
    assert_eq!(list[0]["inputs"], json!({ "x": null, "y": null, "é\u{0}": "🙂 NaN" }));
    assert_eq!((&list[0]["outputs"], &list[0]["expectations"]), (&Value::Null, &Value::Null));
    let filter = json!({ "filter_string": "name LIKE '日本%🙂'" });
    let found = server.post(&format!("{API}/search"), filter).await.json();
    assert_eq!(found["datasets"][0]["dataset_id"], json!(id));
}

#[tokio::test]
async fn ten_thousand_records_are_merged_by_one_request() {
    let server = TestServer::start();
    let id = create(&server, "large", &[]).await;
    let text = "word ".repeat(100);
    let record = |n| json!({ "inputs": { "question": format!("{n} {text}") }, "tags": { "n": n } });
    let batch: Vec<_> = (0..10_000).map(record).collect();
    assert_snapshot!(upsert(&server, &id, Value::from(batch)).await, @r#"
    200 OK
    {"inserted_count":10000,"updated_count":0}
    "#);
    let profile = server.get(&format!("{API}/{id}")).await.json()["dataset"]["profile"].clone();
    assert_eq!(profile, r#"{"num_records": 10000}"#);
    assert_eq!(records(&server, &id).await.len(), 1000);
}

#[tokio::test]
async fn a_page_of_large_records_ends_early() {
    let server = TestServer::start();
    let id = create(&server, "large", &[]).await;
    let text = "x".repeat(3 << 20);
    let batch: Vec<_> =
        (0..5).map(|n| json!({ "inputs": { "n": n }, "outputs": text.clone() })).collect();
    upsert(&server, &id, Value::from(batch)).await;
    let first = server.get(&format!("{API}/{id}/records")).await.json();
    let page: Vec<Value> = serde_json::from_str(first["records"].as_str().unwrap()).unwrap();
    assert_eq!(page.len(), 2);
    assert!(first["next_page_token"].is_string());
}

#[tokio::test]
async fn datasets_are_searched_and_tagged() {
    let server = TestServer::start();
    let one = server.experiment("one").await;
    let (a, _) = (create(&server, "a", &[&one]).await, create(&server, "b", &[&one, "0"]).await);
    create(&server, "c", &[]).await;
    let names = async |body: Value| {
        let reply = server.post(&format!("{API}/search"), body).await.json();
        let list = reply["datasets"].as_array().cloned().unwrap_or_default();
        let names: Vec<_> = list.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
        (names.join(" "), reply["next_page_token"].clone())
    };
    let by_name = |more: Value| {
        let mut body = json!({ "order_by": ["name ASC"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    assert_eq!(names(by_name(json!({}))).await.0, "a b c");
    assert_eq!(names(by_name(json!({ "experiment_ids": [one] }))).await.0, "a b");
    assert_eq!(names(by_name(json!({ "experiment_ids": ["0", "77"] }))).await.0, "b");
    let (page, token) = names(by_name(json!({ "max_results": 2 }))).await;
    assert_eq!(page, "a b");
    let rest = names(by_name(json!({ "max_results": 2, "page_token": token }))).await;
    assert_eq!(rest, ("c".to_owned(), Value::Null));
    assert_eq!(server.get(&format!("{API}/search?filter_string=name='x'")).await.json(), json!({}));

    let tags = json!({ "tags": json!({ "k": "v", "gone": null }).to_string() });
    assert_eq!(server.patch(&format!("{API}/{a}/tags"), tags).await.json(), json!({}));
    assert_eq!(names(json!({ "filter_string": "tags.k = 'v'" })).await.0, "a");
    for _ in 0..2 {
        let reply = server.delete(&format!("{API}/{a}/tags/k"), Value::Null).await;
        assert_eq!(reply.json(), json!({}));
    }
    assert_eq!(names(json!({ "filter_string": "tags.k = 'v'" })).await.0, "");

    let ids = async || server.get(&format!("{API}/{a}/experiment-ids")).await.json();
    assert_eq!(ids().await, json!({ "experiment_ids": [one] }));
    let more = json!({ "experiment_ids": ["0"] });
    let reply = server.post(&format!("{API}/{a}/add-experiments"), more).await.json();
    assert_eq!(reply["dataset"]["name"], "a");
    assert_eq!(reply["dataset"]["experiment_ids"], Value::Null);
    assert_eq!(ids().await, json!({ "experiment_ids": ["0", one] }));
    let less = json!({ "experiment_ids": ["0", one, "55"] });
    server.post(&format!("{API}/{a}/remove-experiments"), less).await;
    assert_eq!(ids().await, json!({}));
}

#[tokio::test]
async fn what_is_not_there_is_told_as_mlflow_tells_it() {
    let server = TestServer::start();
    let id = create(&server, "gone", &[]).await;
    for _ in 0..2 {
        assert_eq!(server.delete(&format!("{API}/{id}"), Value::Null).await.json(), json!({}));
    }
    let mut told = Vec::new();
    for (method, path, body) in [
        (Method::GET, "", Value::Null),
        (Method::GET, "/records", Value::Null),
        (Method::GET, "/experiment-ids", Value::Null),
        (Method::POST, "/records", json!({ "records": "[{\"inputs\": {}}]" })),
        (Method::DELETE, "/records", json!({ "dataset_record_ids": ["dr-1"] })),
        (Method::PATCH, "/tags", json!({ "tags": "{\"a\": \"b\"}" })),
        (Method::DELETE, "/tags/a", json!({})),
        (Method::POST, "/add-experiments", json!({ "experiment_ids": ["0"] })),
        (Method::POST, "/remove-experiments", json!({ "experiment_ids": ["0"] })),
    ] {
        let uri = format!("{API}/{id}{path}");
        let reply = match method {
            Method::GET => server.get(&uri).await,
            _ => server.json(method.clone(), &uri, body).await,
        };
        let text = shown(String::from_utf8_lossy(&reply.body).into_owned(), &id);
        told.push(format!("{method} {path} {} {text}", reply.status.as_u16()));
    }
    assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name() {
    let server = TestServer::start();
    let id = create(&server, "d", &[]).await;
    let mut refused = Vec::new();
    let deep = "[".repeat(200) + &"]".repeat(200);
    let deep = format!("[{{\"inputs\": {{\"x\": {deep}}}}}]");
    for (path, body) in [
        ("create", json!({})),
        ("create", json!({ "name": "" })),
        ("create", json!({ "name": "x".repeat(256) })),
        ("create", json!({ "name": "x", "experiment_ids": ["99999"] })),
        ("create", json!({ "name": "x", "experiment_ids": ["a"] })),
        ("create", json!({ "name": "x", "tags": "{" })),
        ("create", json!({ "name": "x", "tags": "[1]" })),
        ("create", json!({ "name": "x", "tags": {} })),
        ("create", json!({ "name": "x", "tags": json!({ "k": "x".repeat(5001) }).to_string() })),
        ("search", json!({ "max_results": 0 })),
        ("search", json!({ "max_results": 50_001 })),
        ("search", json!({ "filter_string": "digest = 'x'" })),
        ("search", json!({ "order_by": ["created_by"] })),
        ("search", json!({ "page_token": "x" })),
        ("ID/records", json!({})),
        ("ID/records", json!({ "records": [] })),
        ("ID/records", json!({ "records": "{}" })),
        ("ID/records", json!({ "records": "[1]" })),
        ("ID/records", json!({ "records": "nonsense" })),
        ("ID/records", json!({ "records": "[{\"inputs\": [1]}]" })),
        (
            "ID/records",
            json!({ "records": "[{\"inputs\": {}}, {\"inputs\": {}, \"tags\": \"x\"}]" }),
        ),
        (
            "ID/records",
            json!({ "records": "[{\"inputs\": {}, \"source\": {\"source_type\": \"X\"}}]" }),
        ),
        (
            "ID/records",
            json!({ "records": "[{\"inputs\": {}, \"source\": {\"source_type\": \"CODE\", \"source_data\": 1}}]" }),
        ),
        ("ID/records", json!({ "records": deep })),
        ("ID/add-experiments", json!({ "experiment_ids": ["99999"] })),
    ] {
        let reply = server.post(&format!("{API}/{}", path.replace("ID", &id)), body).await;
        refused.push(format!("{path} {} {}", reply.status.as_u16(), reply.json()["message"]));
    }
    let tags = server.patch(&format!("{API}/{id}/tags"), json!({ "tags": "" })).await;
    refused.push(format!("tags {} {}", tags.status.as_u16(), tags.json()["message"]));
    for query in ["page_token=x", "page_token=MTp4", "max_results=-1"] {
        let reply = server.get(&format!("{API}/{id}/records?{query}")).await;
        refused.push(format!("{query} {} {}", reply.status.as_u16(), reply.json()["message"]));
    }
    assert_snapshot!(refused.join("\n"));
    assert!(records(&server, &id).await.is_empty());
}

#[tokio::test]
async fn a_token_for_some_experiments_changes_a_dataset_that_is_in_those_alone() {
    let server = TestServer::start();
    server.admin_token("boss", "boss").await;
    let mut ids = Vec::new();
    for name in ["/own/1", "/foreign/1"] {
        let path = "/api/2.0/mlflow/experiments/create";
        let reply = server.ask_as("boss", Method::POST, path, json!({ "name": name })).await.json();
        ids.push(reply["experiment_id"].as_str().unwrap().to_owned());
    }
    let (own, foreign) = (ids[0].as_str(), ids[1].as_str());
    server.token("guest", "write", Some("/own/")).await;
    let ask = async |token: &str, method: Method, path: &str, body: Value| {
        server.ask_as(token, method, &format!("{API}/{path}"), body).await
    };
    let create = async |token: &str, name: &str, experiments: &[&str]| {
        let body = json!({ "name": name, "experiment_ids": experiments });
        let reply = ask(token, Method::POST, "create", body).await;
        let id = (reply.status == 200).then(|| reply.json()["dataset"]["dataset_id"].clone());
        id.map(|id| id.as_str().unwrap().to_owned())
    };
    let mine = create("guest", "mine", &[own]).await.unwrap();
    let shared = create("boss", "shared", &[own, foreign]).await.unwrap();
    let hidden = create("boss", "hidden", &[foreign]).await.unwrap();
    let loose = create("boss", "loose", &[]).await.unwrap();
    assert_eq!(create("guest", "x", &[own, foreign]).await, None);
    assert_eq!(create("guest", "x", &[]).await, None);

    let body = json!({ "order_by": ["name"], "max_results": 1 });
    let first = ask("guest", Method::POST, "search", body.clone()).await.json();
    assert_eq!(first["datasets"][0]["name"], "mine");
    let mut next = body;
    next["page_token"] = first["next_page_token"].clone();
    let second = ask("guest", Method::POST, "search", next).await.json();
    assert_eq!(second["datasets"][0]["name"], "shared");
    assert_eq!(second["next_page_token"], Value::Null);

    let write = json!({ "records": "[{\"inputs\": {\"a\": 1}}]" });
    for (id, read, written) in
        [(&mine, 200, 200), (&shared, 200, 403), (&hidden, 404, 404), (&loose, 404, 404)]
    {
        assert_eq!(ask("guest", Method::GET, id, Value::Null).await.status, read);
        let path = format!("{id}/records");
        assert_eq!(ask("guest", Method::POST, &path, write.clone()).await.status, written);
        let path = format!("{id}/tags");
        let tags = json!({ "tags": "{\"a\": \"b\"}" });
        assert_eq!(ask("guest", Method::PATCH, &path, tags).await.status, written);
    }
    let none = ask("guest", Method::GET, &format!("{hidden}/records"), Value::Null).await;
    assert_eq!(none.json(), json!({ "records": "[]" }));
    let seen = ask("guest", Method::GET, &format!("{shared}/experiment-ids"), Value::Null).await;
    assert_eq!(seen.json(), json!({ "experiment_ids": [own] }));
    let more = json!({ "experiment_ids": [foreign] });
    let reply = ask("guest", Method::POST, &format!("{mine}/add-experiments"), more).await;
    assert_eq!(reply.status, 403);
    ask("guest", Method::DELETE, &hidden, Value::Null).await;
    assert_eq!(ask("boss", Method::GET, &hidden, Value::Null).await.status, 200);
}
