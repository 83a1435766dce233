//! Saved views.
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::test_server::{START_MS, TestServer};

const VIEWS: &str = "/ajax-api/3.0/kansoku/views";

async fn names(server: &TestServer, id: &str) -> String {
    let reply = server.list(&format!("{id}/views")).await.json();
    let views = reply["views"].as_array().unwrap_or_else(|| panic!("{reply}"));
    let shown =
        |v: &Value| format!("{}={}", v["name"].as_str().unwrap(), v["state"].as_str().unwrap());
    views.iter().map(shown).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_view_is_saved_changed_and_deleted() {
    let server = TestServer::start();
    let id = server.experiment("shop").await;
    let path = format!("/ajax-api/3.0/kansoku/experiments/{id}/views");
    assert_eq!(names(&server, &id).await, "");
    let slow = json!({ "name": " slow ", "state": "?q=duration+%3E+5s" });
    let mut view = server.post(&path, slow).await.json();
    let view_id = view["view_id"].as_str().unwrap().to_owned();
    view["view_id"] = json!("…");
    assert_eq!(
        view,
        json!({ "view_id": "…", "name": "slow", "state": "q=duration+%3E+5s",
            "create_time_ms": START_MS, "update_time_ms": START_MS })
    );
    assert_eq!(server.post(&path, json!({ "name": "all", "state": "" })).await.status, 200);
    assert_eq!(names(&server, "shop").await, "all= slow=q=duration+%3E+5s");
    assert_eq!(names(&server, "0").await, "");

    server.clock.advance_ms(5);
    let changed =
        server.patch(&format!("{VIEWS}/{view_id}"), json!({ "name": "slower" })).await.json();
    assert_eq!(changed["state"], "q=duration+%3E+5s");
    assert_eq!(changed["update_time_ms"], START_MS + 5);
    server.patch(&format!("{VIEWS}/{view_id}"), json!({ "state": "q=x" })).await;
    assert_eq!(names(&server, &id).await, "all= slower=q=x");
    assert_eq!(server.delete(&format!("{VIEWS}/{view_id}"), json!({})).await.status, 200);
    assert_eq!(names(&server, &id).await, "all=");
    assert_eq!(server.delete(&format!("{VIEWS}/{view_id}"), json!({})).await.status, 404);
}

#[tokio::test]
async fn views_keep_the_places_they_are_moved_to() {
    let server = TestServer::start();
    let id = server.experiment("shop").await;
    let path = format!("/ajax-api/3.0/kansoku/experiments/{id}/views");
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        let view = server.post(&path, json!({ "name": name, "state": "" })).await.json();
        ids.push(view["view_id"].as_str().unwrap().to_owned());
    }
    let place = async |view: &str, place: Value| {
        server.patch(&format!("{VIEWS}/{view}"), json!({ "place": place })).await.status.as_u16()
    };
    assert_eq!(place(&ids[2], json!(0)).await, 200);
    assert_eq!(names(&server, &id).await, "c= a= b=");
    assert_eq!(place(&ids[0], json!(99)).await, 200);
    assert_eq!(names(&server, &id).await, "c= b= a=");
    server.post(&path, json!({ "name": "0", "state": "" })).await;
    assert_eq!(names(&server, &id).await, "c= b= a= 0=");
    server.patch(&format!("{VIEWS}/{}", ids[1]), json!({ "name": "z" })).await;
    assert_eq!(names(&server, &id).await, "c= z= a= 0=");
    for wrong in [json!(-1), json!("x"), json!(1.5)] {
        assert_eq!(place(&ids[0], wrong.clone()).await, 400, "{wrong}");
    }
    assert_eq!(place("v-none", json!(0)).await, 404);
}

#[tokio::test]
async fn a_view_that_cannot_be_is_refused() {
    let server = TestServer::start();
    let path = "/ajax-api/3.0/kansoku/experiments/0/views";
    let mut refused = Vec::new();
    for body in [
        json!({ "state": "" }),
        json!({ "name": "x" }),
        json!({ "name": " ", "state": "" }),
        json!({ "name": "x".repeat(251), "state": "" }),
        json!({ "name": "x", "state": "x".repeat(70_000) }),
        json!({ "name": 5, "state": "" }),
    ] {
        let reply = server.post(path, body).await;
        refused.push(format!("{} {}", reply.status.as_u16(), reply.json()["message"]));
    }
    let reply = server.patch(&format!("{VIEWS}/v-1"), json!({ "name": "x" })).await;
    refused.push(format!("{} {}", reply.status.as_u16(), reply.json()["message"]));
    let unknown = "/ajax-api/3.0/kansoku/experiments/77/views";
    let reply = server.post(unknown, json!({ "name": "x", "state": "" })).await;
    refused.push(format!("{} {}", reply.status.as_u16(), reply.json()["message"]));
    assert_snapshot!(refused.join("\n"), @r#"
    400 "Missing value for required parameter 'name'. See the API docs for more information about request parameters."
    400 "Missing value for required parameter 'state'. See the API docs for more information about request parameters."
    400 "`name` is empty"
    400 "'name' exceeds the maximum length of 250 characters"
    400 "'state' exceeds the maximum length of 65536 characters"
    400 "Invalid value 5 for parameter 'name' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters."
    404 "there is no saved view `v-1`"
    404 "No Experiment with id=77 exists"
    "#);
}
