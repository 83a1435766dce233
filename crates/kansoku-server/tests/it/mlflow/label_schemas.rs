//! Label schemas.
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::test_server::TestServer;

const API: &str = "/api/3.0/mlflow/label-schemas";

async fn create(server: &TestServer, name: &str, input: Value) -> String {
    let body = json!({ "experiment_id": "0", "name": name, "type": "FEEDBACK", "input": input });
    let reply = server.post(&format!("{API}/create"), body).await.json();
    reply["label_schema"]["schema_id"].as_str().unwrap_or_else(|| panic!("{reply}")).to_owned()
}

fn pass_fail(positive: &str, negative: &str) -> Value {
    json!({ "pass_fail": { "positive_label": positive, "negative_label": negative } })
}

#[tokio::test]
async fn a_label_schema_is_made_read_changed_and_deleted_as_the_client_does_it() {
    let server = TestServer::start();
    let id = create(&server, "Is it good?", pass_fail("Yes", "No")).await;
    let shown = |text: String| text.replace(&id, "ls-ID");
    let read = server.get(&format!("{API}/get?schema_id={id}")).await;
    assert_snapshot!(shown(read.to_string()), @r#"
    200 OK
    {"label_schema":{"schema_id":"ls-ID","experiment_id":"0","name":"Is it good?","type":"FEEDBACK","enable_comment":false,"input":{"pass_fail":{"positive_label":"Yes","negative_label":"No"}},"created_at":1700000000000,"last_updated_at":1700000000000,"is_default":false}}
    "#);
    server.clock.advance_ms(5);
    let update = json!({ "schema_id": id, "instruction": "how", "enable_comment": true,
        "input": pass_fail("Ja", "Nein") });
    let updated = server.patch(&format!("{API}/update"), update).await;
    assert_snapshot!(shown(updated.to_string()), @r#"
    200 OK
    {"label_schema":{"schema_id":"ls-ID","experiment_id":"0","name":"Is it good?","type":"FEEDBACK","instruction":"how","enable_comment":true,"input":{"pass_fail":{"positive_label":"Ja","negative_label":"Nein"}},"created_at":1700000000000,"last_updated_at":1700000000005,"is_default":false}}
    "#);
    let by_name = server.get(&format!("{API}/get-by-name?experiment_id=0&name=Is+it+good?")).await;
    assert_eq!(by_name.body, updated.body);
    for _ in 0..2 {
        let reply = server.delete(&format!("{API}/delete"), json!({ "schema_id": id })).await;
        assert_eq!(reply.json(), json!({}));
    }
    assert_eq!(server.get(&format!("{API}/get?schema_id={id}")).await.status, 404);
}

#[tokio::test]
async fn a_list_begins_with_the_default_schema_and_pages() {
    let server = TestServer::start();
    create(&server, "older", json!({ "numeric": { "min_value": 1, "max_value": 5.5 } })).await;
    server.clock.advance_ms(5);
    let names = async |query: &str| {
        let reply = server.get(&format!("{API}/list?experiment_id=0{query}")).await.json();
        let list = reply["label_schemas"].as_array().unwrap().clone();
        let names: Vec<_> = list.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
        (names, reply["next_page_token"].as_str().unwrap().to_owned())
    };
    let (first, token) = names("&max_results=1").await;
    assert_eq!(first, ["Feedback"]);
    let token = token.replace('=', "%3D");
    let second = names(&format!("&max_results=1&page_token={token}")).await;
    assert_eq!(second, (vec!["older".to_owned()], String::new()));
    assert_eq!(names("").await.0, ["Feedback", "older"]);
    let default = server.get(&format!("{API}/get-by-name?experiment_id=0&name=Feedback")).await;
    let default = default.json()["label_schema"].clone();
    assert_eq!((&default["is_default"], &default["input"]), (&json!(true), &json!({ "text": {} })));
    let id = json!({ "schema_id": default["schema_id"], "instruction": "x" });
    assert_eq!(server.patch(&format!("{API}/update"), id.clone()).await.status, 400);
    assert_eq!(server.delete(&format!("{API}/delete"), id).await.status, 400);
}

#[tokio::test]
async fn labels_that_say_which_answer_is_bad_become_the_rule_of_a_feedback() {
    let server = TestServer::start();
    create(&server, "truth", pass_fail("Hallucinated", "Grounded")).await;
    create(&server, "verdict", pass_fail("Pass", "Fail")).await;
    create(&server, "hallucination", pass_fail("Hallucinated", "Grounded")).await;
    let path = "/api/3.0/kansoku/experiments/0/feedback-settings";
    let settings = server.get(path).await.json();
    assert_snapshot!(settings["rules"]);
}

#[tokio::test]
async fn what_no_label_schema_can_be_is_refused() {
    let server = TestServer::start();
    let text = json!({ "text": {} });
    create(&server, "taken", text.clone()).await;
    let id = create(&server, "options", json!({ "categorical": { "options": ["a"] } })).await;
    let schema = |more: Value| {
        let mut body =
            json!({ "experiment_id": "0", "name": "q", "type": "FEEDBACK", "input": text });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let input = |input: Value| schema(json!({ "input": input }));
    let options = |options: Value| input(json!({ "categorical": { "options": options } }));
    let mut refused = Vec::new();
    for body in [
        schema(json!({ "experiment_id": "77" })),
        schema(json!({ "name": "" })),
        schema(json!({ "name": " FEEDBACK " })),
        schema(json!({ "name": "taken" })),
        schema(json!({ "name": "x".repeat(251) })),
        schema(json!({ "type": "OPINION" })),
        schema(json!({ "type": null })),
        schema(json!({ "instruction": "x".repeat(1001) })),
        schema(json!({ "input": null })),
        input(json!({})),
        input(json!({ "text": {}, "numeric": {} })),
        input(json!({ "text": { "max_length": 0 } })),
        input(json!({ "numeric": { "min_value": 1, "max_value": 1 } })),
        input(json!({ "numeric": { "min_value": "NaN" } })),
        input(pass_fail("x", "x")),
        input(pass_fail("", "x")),
        options(json!([])),
        options(json!(["a", "a"])),
        options(json!(["x".repeat(65)])),
        options(json!((0..11).map(|n| n.to_string()).collect::<Vec<_>>())),
    ] {
        let reply = server.post(&format!("{API}/create"), body).await;
        let code = reply.json()["error_code"].as_str().unwrap_or_default().to_owned();
        refused.push(format!("{} {code} {}", reply.status.as_u16(), reply.json()["message"]));
    }
    for body in [
        json!({ "schema_id": "ls-none" }),
        json!({ "schema_id": id, "name": "taken" }),
        json!({ "schema_id": id, "input": text }),
        json!({ "schema_id": id, "input": { "categorical": { "options": ["a"], "multi_select": true } } }),
    ] {
        let reply = server.patch(&format!("{API}/update"), body).await;
        refused.push(format!("{} {}", reply.status.as_u16(), reply.json()["message"]));
    }
    assert_snapshot!(refused.join("\n").replace(&id, "ls-ID"));
}
