//! Review queues.
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{fixtures::trace_info, test_server::TestServer};

const API: &str = "/api/3.0/mlflow/review-queues";

async fn post(server: &TestServer, call: &str, body: Value) -> Value {
    let reply = server.post(&format!("{API}/{call}"), body).await;
    assert_eq!(reply.status, 200, "{call}: {reply}");
    reply.json()
}

async fn queue(server: &TestServer, name: &str) -> String {
    let body = json!({ "experiment_id": "0", "name": name, "queue_type": "CUSTOM",
        "users": ["Ann ", "bob"] });
    let made = post(server, "create", body).await;
    made["review_queue"]["queue_id"].as_str().unwrap().to_owned()
}

async fn trace(server: &TestServer, id: &str, experiment: &str) {
    let location = json!({ "type": "MLFLOW_EXPERIMENT",
        "mlflow_experiment": { "experiment_id": experiment } });
    let info = trace_info(id, json!({ "trace_location": location }));
    let body = json!({ "trace": { "trace_info": info } });
    assert_eq!(server.post("/api/3.0/mlflow/traces", body).await.status, 200);
}

#[tokio::test]
async fn a_queue_is_worked_through_as_the_client_does_it() {
    let server = TestServer::start();
    trace(&server, "tr-1", "0").await;
    trace(&server, "tr-2", "0").await;
    let id = queue(&server, "First").await;
    let shown = |json: Value| json.to_string().replace(&id, "rq-ID");
    let got = server.get(&format!("{API}/get-by-name?experiment_id=0&name=FIRST")).await.json();
    assert_snapshot!(shown(got), @r#"{"review_queue":{"queue_id":"rq-ID","experiment_id":"0","name":"First","queue_type":"CUSTOM","creation_time_ms":1700000000000,"last_update_time_ms":1700000000000,"users":["ann","bob"]}}"#);
    let add =
        json!({ "queue_id": id, "item_type": "TRACE", "item_ids": ["tr-2", " tr-1 ", "tr-2"] });
    let added = post(&server, "items/add", add).await;
    assert_eq!(added["items"].as_array().unwrap().len(), 2);
    assert_eq!(added["items"][0]["item_id"], "tr-2");
    server.clock.advance_ms(5);
    let set =
        json!({ "queue_id": id, "item_id": "tr-1", "status": "COMPLETE", "completed_by": "Ann" });
    assert_snapshot!(shown(post(&server, "items/set-status", set).await), @r#"{"item":{"queue_id":"rq-ID","item_type":"TRACE","item_id":"tr-1","status":"COMPLETE","completed_by":"ann","completed_time_ms":1700000000005,"creation_time_ms":1700000000000,"last_update_time_ms":1700000000005}}"#);
    let pending = server.get(&format!("{API}/items/list?queue_id={id}&status=PENDING")).await;
    assert_snapshot!(shown(pending.json()), @r#"{"next_page_token":"","items":[{"queue_id":"rq-ID","item_type":"TRACE","item_id":"tr-2","status":"PENDING","creation_time_ms":1700000000000,"last_update_time_ms":1700000000000}]}"#);
    let first = server.get(&format!("{API}/items/list?queue_id={id}&max_results=1")).await.json();
    let token = first["next_page_token"].as_str().unwrap().replace('=', "%3D");
    let path = format!("{API}/items/list?queue_id={id}&max_results=1&page_token={token}");
    let second = server.get(&path).await.json();
    assert_eq!(
        (&first["items"][0]["item_id"], &second["items"][0]["item_id"]),
        (&json!("tr-1"), &json!("tr-2"))
    );
    assert_eq!(second["next_page_token"], "");
    let update = json!({ "queue_id": id, "update_users": true, "users": [], "name": "Second" });
    let updated = post(&server, "update", update).await;
    assert_eq!(updated["review_queue"]["name"], "Second");
    assert_eq!(updated["review_queue"]["users"], Value::Null);
    let remove = json!({ "queue_id": id, "item_ids": ["tr-1", "tr-none"] });
    assert_eq!(post(&server, "items/remove", remove).await, json!({}));
    for _ in 0..2 {
        assert_eq!(post(&server, "delete", json!({ "queue_id": id })).await, json!({}));
    }
}

#[tokio::test]
async fn a_user_has_one_queue() {
    let server = TestServer::start();
    let user = json!({ "experiment_id": "0", "user": " Alice" });
    let first = post(&server, "get-or-create-user", user.clone()).await;
    assert_eq!(first, post(&server, "get-or-create-user", user).await);
    let made = &first["review_queue"];
    assert_eq!((&made["name"], &made["users"]), (&json!("alice"), &json!(["alice"])));
    assert_eq!((&made["queue_type"], &made["created_by"]), (&json!("USER"), &json!("alice")));
    queue(&server, "bob").await;
    let taken = json!({ "experiment_id": "0", "user": "Bob" });
    let taken = server.post(&format!("{API}/get-or-create-user"), taken).await;
    assert_eq!(taken.json()["error_code"], "RESOURCE_ALREADY_EXISTS");
    let names = async |query: &str| {
        let reply = server.get(&format!("{API}/list?experiment_id=0{query}")).await.json();
        let list = reply["review_queues"].as_array().cloned().unwrap_or_default();
        let mut names: Vec<_> =
            list.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(names("").await, "alice bob");
    assert_eq!(names("&user=ALICE").await, "alice");
    assert_eq!(names("&user=ann").await, "bob");
    assert_eq!(names("&item_id=tr-1").await, "");
}

#[tokio::test]
async fn what_no_queue_can_be_is_refused() {
    let server = TestServer::start();
    let other = server.experiment("other").await;
    trace(&server, "tr-foreign", &other).await;
    trace(&server, "tr-1", "0").await;
    let id = queue(&server, "Taken").await;
    let made = |more: Value| {
        let mut body = json!({ "experiment_id": "0", "name": "q", "queue_type": "CUSTOM" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ("create", body)
    };
    let of_queue = |call: &'static str, more: Value| {
        let mut body = json!({ "queue_id": id });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        (call, body)
    };
    let users: Vec<_> = (0..11).map(|n| n.to_string()).collect();
    let mut refused = Vec::new();
    for (call, body) in [
        made(json!({ "experiment_id": "77" })),
        made(json!({ "name": " " })),
        made(json!({ "name": "taken" })),
        made(json!({ "name": "Default" })),
        made(json!({ "name": "x".repeat(251) })),
        made(json!({ "queue_type": "TEAM" })),
        made(json!({ "users": users })),
        made(json!({ "users": [" "] })),
        made(json!({ "schema_ids": ["ls-none"] })),
        made(json!({ "queue_type": "USER", "users": ["someone"] })),
        made(json!({ "queue_type": "USER", "schema_ids": ["ls-none"] })),
        ("get-or-create-user", json!({ "experiment_id": "0" })),
        ("items/add", json!({ "queue_id": "rq-none", "item_ids": ["tr-1"] })),
        of_queue("items/add", json!({ "item_ids": [] })),
        of_queue("items/add", json!({ "item_ids": ["tr-1", "tr-none"] })),
        of_queue("items/add", json!({ "item_ids": ["tr-foreign"] })),
        of_queue("items/set-status", json!({ "item_id": "tr-1", "status": "PENDING" })),
        of_queue("items/set-status", json!({ "item_id": "tr-1", "status": "COMPLETE" })),
        of_queue(
            "items/set-status",
            json!({ "item_id": "tr-1", "status": "PENDING", "completed_by": "x" }),
        ),
        of_queue("items/set-status", json!({ "item_id": "tr-1" })),
        of_queue("update", json!({ "name": "default" })),
        of_queue("update", json!({ "new_owner": " " })),
        of_queue("update", json!({ "update_schema_ids": true, "schema_ids": ["ls-none"] })),
    ] {
        let reply = server.post(&format!("{API}/{call}"), body).await;
        let code = reply.json()["error_code"].as_str().unwrap_or_default().to_owned();
        refused.push(format!(
            "{call} {} {code} {}",
            reply.status.as_u16(),
            reply.json()["message"]
        ));
    }
    assert_snapshot!(refused.join("\n").replace(&id, "rq-ID"));
    let items = server.get(&format!("{API}/items/list?queue_id={id}")).await.json();
    assert_eq!(items, json!({ "next_page_token": "" }));
}

#[tokio::test]
async fn progress_is_counted_for_each_queue() {
    let server = TestServer::start();
    for id in ["tr-1", "tr-2", "tr-3"] {
        trace(&server, id, "0").await;
    }
    let id = queue(&server, "First").await;
    queue(&server, "Empty").await;
    let items =
        json!({ "queue_id": id, "item_type": "TRACE", "item_ids": ["tr-1", "tr-2", "tr-3"] });
    post(&server, "items/add", items).await;
    for (trace, status) in [("tr-1", "COMPLETE"), ("tr-2", "DECLINED")] {
        let set =
            json!({ "queue_id": id, "item_id": trace, "status": status, "completed_by": "Ann" });
        post(&server, "items/set-status", set).await;
    }
    let path = "/api/3.0/kansoku/experiments/Default/review-queues/progress";
    let progress = server.get(path).await.json().to_string().replace(&id, "rq-ID");
    assert_snapshot!(progress, @r#"{"queues":[{"queue_id":"rq-ID","pending":1,"complete":1,"declined":1,"by_reviewer":{"ann":2}}]}"#);
    let other = server.get("/api/3.0/kansoku/experiments/none/review-queues/progress").await;
    assert_eq!(other.status, 404, "{other}");
}
