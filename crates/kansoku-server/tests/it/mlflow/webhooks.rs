//! Webhooks: MLflow's routes, and our own lists. The sender is the real one.
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use kansoku_model::{StoredSecret, Webhook, WebhookEvent, WebhookId, WebhookSecret};
use kansoku_server::{WebhookSender, WebhookTest};
use kansoku_webhooks::{Deliveries, SecretCipher, TestOutcome, WebhookClient, WebhookRules};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::test_server::{Reply, START_MS, TestServer};

const ALL: &str = "/api/2.0/mlflow/webhooks";
const OWN: &str = "/api/3.0/kansoku/webhooks";
const PUBLIC: &str = "https://1.1.1.1/hook";

struct Sender(Arc<Deliveries>);

#[async_trait]
impl WebhookSender for Sender {
    async fn check_url(&self, url: &str) -> Result<(), String> {
        self.0.client.check_url(url).await.map_err(|error| error.to_string())
    }

    async fn encrypt(&self, secret: WebhookSecret) -> Result<StoredSecret, String> {
        self.0.secrets.encrypt(secret).await.map_err(|error| error.to_string())
    }

    async fn is_readable(&self, secret: StoredSecret) -> bool {
        self.0.secrets.decrypt(secret).await.is_ok()
    }

    async fn test(&self, webhook: &Webhook, event: WebhookEvent) -> WebhookTest {
        let TestOutcome { status, body, error } = self.0.test(webhook, event).await;
        WebhookTest { status, body, error }
    }
}

/// A server with what sends webhooks.
pub(crate) fn start(rules: WebhookRules) -> (TestServer, Arc<Deliveries>) {
    let mut server = TestServer::start();
    let deliveries = Deliveries {
        traces: server.app.traces.clone(),
        webhooks: server.app.meta.clone(),
        jobs: server.app.jobs.clone(),
        client: Arc::new(WebhookClient::new(rules)),
        secrets: SecretCipher::with_own_key_file(server.folder().join("webhooks.key")),
        clock: server.app.clock.clone(),
    };
    let deliveries = Arc::new(deliveries);
    server.app.webhooks = Some(Arc::new(Sender(deliveries.clone())));
    (server, deliveries)
}

fn strict() -> TestServer {
    start(WebhookRules::default()).0
}

fn event(entity: &str, action: &str) -> Value {
    json!({ "entity": entity, "action": action })
}

fn new(name: &str, events: Value) -> Value {
    json!({ "name": name, "url": PUBLIC, "secret": "hush hush", "events": events })
}

async fn create(server: &TestServer, name: &str, events: Value) -> String {
    let reply = server.post(ALL, new(name, events)).await;
    assert_eq!(reply.status, 200, "{reply}");
    reply.json()["webhook"]["webhook_id"].as_str().unwrap().to_owned()
}

fn message(reply: &Reply) -> String {
    format!("{} {}", reply.status.as_u16(), reply.json()["message"].as_str().unwrap())
}

#[tokio::test]
async fn a_webhook_is_created_read_changed_and_deleted() {
    let server = strict();
    assert_eq!(server.get(ALL).await.json(), json!({}));
    let id = create(&server, "one", json!([event("PROMPT_VERSION", "CREATED")])).await;
    let expected = json!({ "webhook": {
        "webhook_id": id, "name": "one", "url": PUBLIC,
        "events": [event("PROMPT_VERSION", "CREATED")], "status": "ACTIVE",
        "creation_timestamp": START_MS, "last_updated_timestamp": START_MS,
    }});
    let one = format!("{ALL}/{id}");
    assert_eq!(server.get(&one).await.json(), expected);
    server.clock.advance_ms(5);
    let change = json!({ "status": "DISABLED", "description": "d", "secret": "other secret",
        "events": [event("PROMPT", "CREATED"), event("PROMPT_TAG", "SET")] });
    let changed = server.patch(&one, change).await.json();
    let shown = &changed["webhook"];
    assert_eq!((&shown["name"], &shown["status"]), (&json!("one"), &json!("DISABLED")));
    assert_eq!(shown["events"], json!([event("PROMPT", "CREATED"), event("PROMPT_TAG", "SET")]));
    assert_eq!(shown["last_updated_timestamp"], START_MS + 5);
    assert_eq!(server.get(ALL).await.json()["webhooks"], json!([shown]));
    assert_eq!(server.delete(&one, Value::Null).await.json(), json!({}));
    for reply in [server.get(&one).await, server.delete(&one, Value::Null).await] {
        assert_eq!(message(&reply), format!("404 Webhook with ID {id} not found."));
    }
}

#[tokio::test]
async fn no_response_has_the_secret() {
    let server = strict();
    let id =
        create(&server, "one", json!([event("TRACE", "FAILED"), event("PROMPT", "CREATED")])).await;
    for path in [ALL, &format!("{ALL}/{id}"), OWN, &format!("{OWN}/{id}/deliveries")] {
        let reply = server.get(path).await;
        assert_eq!(reply.status, 200, "{path}: {reply}");
        assert!(!reply.to_string().contains("hush"), "{path}: {reply}");
    }
    let changed = server.patch(&format!("{ALL}/{id}"), json!({ "name": "two" })).await;
    assert!(!changed.to_string().contains("hush"), "{changed}");
}

#[tokio::test]
async fn secrets_are_encrypted_and_a_lost_key_is_shown_and_harms_nothing_else() {
    let server = strict();
    let secret_of = async |id: &str| {
        let listed = server.get(OWN).await.json();
        let listed = listed["webhooks"].as_array().unwrap().iter();
        listed.clone().find(|it| it["webhook_id"] == id).unwrap()["secret"].clone()
    };
    let stored = async |id: &str| {
        server.app.meta.webhook_secret(&WebhookId(id.to_owned())).await.unwrap().unwrap().0
    };
    let events = json!([event("PROMPT", "CREATED")]);
    let plain = json!({ "name": "plain", "url": PUBLIC, "events": events });
    let plain = server.post(ALL, plain).await.json()["webhook"]["webhook_id"].clone();
    let key = server.folder().join("webhooks.key");
    assert!(!key.exists(), "no secret needs a key");
    let id = create(&server, "one", events).await;
    assert!(!stored(&id).await.contains("hush"));
    assert_eq!(secret_of(&id).await, "readable");
    assert_eq!(secret_of(plain.as_str().unwrap()).await, "none");

    std::fs::write(&key, "no key").unwrap();
    assert_eq!(secret_of(&id).await, "unreadable");
    let one = format!("{ALL}/{id}");
    assert_eq!(server.get(&one).await.status, 200);
    assert_eq!(server.patch(&one, json!({ "name": "two" })).await.status, 200);
    let refused = server.patch(&one, json!({ "secret": "other" })).await;
    assert_eq!(refused.status, 503);
    assert!(message(&refused).contains("32 bytes as base64"), "{refused}");
    let result = server.post(&format!("{one}/test"), json!({})).await.json()["result"].clone();
    assert_eq!(result["success"], false);
    assert!(result["error_message"].as_str().unwrap().contains("32 bytes as base64"), "{result}");

    std::fs::remove_file(&key).unwrap();
    assert_eq!(secret_of(&id).await, "unreadable");
    assert_eq!(server.patch(&one, json!({ "secret": "other" })).await.status, 200);
    assert_eq!(secret_of(&id).await, "readable");
    assert_eq!(server.patch(&one, json!({ "secret": "" })).await.status, 200);
    assert_eq!(secret_of(&id).await, "none");
}

#[tokio::test]
async fn lists_of_mlflow_leave_out_events_that_its_clients_cannot_read() {
    let server = strict();
    let both = json!([event("TRACE", "COMPLETED"), event("PROMPT", "CREATED")]);
    let mixed = create(&server, "mixed", both.clone()).await;
    let own = create(&server, "own", json!([event("ASSESSMENT", "CREATED")])).await;
    let listed = server.get(ALL).await.json();
    let listed = listed["webhooks"].as_array().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["webhook_id"], mixed);
    assert_eq!(listed[0]["events"], json!([event("PROMPT", "CREATED")]));
    let all = server.get(OWN).await.json();
    let events = |id: &str| {
        let all = all["webhooks"].as_array().unwrap();
        all.iter().find(|it| it["webhook_id"] == id).unwrap()["events"].clone()
    };
    assert_eq!(events(&mixed), json!(["prompt.created", "trace.completed"]));
    assert_eq!(events(&own), json!(["assessment.created"]));
    let one = server.get(&format!("{ALL}/{own}")).await.json();
    assert_eq!(one["webhook"]["events"], json!([event("ASSESSMENT", "CREATED")]));
}

#[tokio::test]
async fn urls_that_are_not_public_are_refused() {
    let server = strict();
    let events = json!([event("PROMPT", "CREATED")]);
    let id = create(&server, "one", events.clone()).await;
    for (url, complaint) in [
        ("http://1.1.1.1/", "400 Invalid webhook URL scheme: 'http'. Allowed schemes are: https."),
        ("https://127.0.0.1/", "400 `127.0.0.1` has the address 127.0.0.1, which is not public"),
        ("https://[::ffff:10.0.0.1]/", "400 `[::ffff:a00:1]` has the address ::ffff:10.0.0.1"),
        ("https://localhost/", "400 `localhost` has the address "),
        ("https://a:b@1.1.1.1/", "400 the URL of a webhook must not have a user name"),
        ("no url", "400 the URL of a webhook cannot be read"),
    ] {
        let given = json!({ "name": "x", "url": url, "events": events });
        let said = message(&server.post(ALL, given).await);
        assert!(said.starts_with(complaint), "{url}: {said}");
        let said = message(&server.patch(&format!("{ALL}/{id}"), json!({ "url": url })).await);
        assert!(said.starts_with(complaint), "{url}: {said}");
    }
    assert_eq!(server.get(ALL).await.json()["webhooks"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn incomplete_and_wrong_requests_are_refused() {
    let server = strict();
    let events = json!([event("PROMPT", "CREATED")]);
    for (given, complaint) in [
        (json!({ "url": PUBLIC, "events": events }), "'name'"),
        (json!({ "name": "x", "events": events }), "'url'"),
        (json!({ "name": "x", "url": PUBLIC }), "'events'"),
        (json!({ "name": "x", "url": PUBLIC, "events": [] }), "'events'"),
        (
            json!({ "name": "x", "url": PUBLIC, "events": [event("PROMPT", "DELETED")] }),
            "Valid actions are: CREATED",
        ),
        (
            json!({ "name": "x", "url": PUBLIC, "events": [event("RUN", "CREATED")] }),
            "there is no entity 'RUN'",
        ),
        (
            json!({ "name": "x y", "url": PUBLIC, "events": events }),
            "Webhook name 'x y' is invalid",
        ),
        (
            json!({ "name": "x", "url": PUBLIC, "events": events, "status": "OFF" }),
            "ACTIVE or DISABLED",
        ),
        (
            json!({ "name": "x", "url": PUBLIC, "events": events, "secret": "s".repeat(1001) }),
            "'secret' exceeds",
        ),
        (
            json!({ "name": "x", "url": PUBLIC, "events": events, "experiment_ids": ["a"] }),
            "Invalid experiment ID",
        ),
    ] {
        let reply = server.post(ALL, given.clone()).await;
        let said = message(&reply);
        assert!(said.starts_with("400 ") && said.contains(complaint), "{given}: {said}");
    }
    let unknown =
        server.patch(&format!("{ALL}/nobody"), json!({ "url": "https://127.0.0.1" })).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn only_an_administrator_may_use_webhooks() {
    let server = strict();
    server.admin_token("boss", "boss").await;
    server.token("writer", "write", None).await;
    server.token("bound", "write", Some("/team/")).await;
    for token in ["writer", "bound"] {
        for (method, path) in [
            (Method::GET, ALL),
            (Method::POST, ALL),
            (Method::GET, OWN),
            (Method::DELETE, "/api/2.0/mlflow/webhooks/w"),
            (Method::POST, "/api/2.0/mlflow/webhooks/w/test"),
            (Method::GET, "/api/3.0/kansoku/webhooks/w/deliveries"),
        ] {
            let reply = server.ask_as(token, method.clone(), path, json!({})).await;
            assert_eq!(reply.status, 403, "{token} {method} {path}");
        }
    }
    let reply = server.ask_as("boss", Method::GET, ALL, Value::Null).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn deliveries_are_listed_with_what_became_of_them() {
    let server = strict();
    let id = create(&server, "one", json!([event("PROMPT", "CREATED")])).await;
    let tags = json!([{ "key": "mlflow.prompt.is_prompt", "value": "true" }]);
    for name in ["a", "b"] {
        let prompt = json!({ "name": name, "tags": tags });
        let made = server.post("/api/2.0/mlflow/registered-models/create", prompt).await;
        assert_eq!(made.status, 200, "{made}");
    }
    let path = format!("{OWN}/{id}/deliveries");
    let log = server.get(&format!("{path}?max_results=1")).await.json();
    assert_eq!(log["has_more"], true);
    let [delivery] = &log["deliveries"].as_array().unwrap()[..] else { panic!("one: {log}") };
    let mut delivery = delivery.clone();
    assert_eq!(delivery["delivery_id"].as_str().unwrap().len(), 36);
    delivery["delivery_id"] = json!("…");
    assert_eq!(
        delivery,
        json!({ "delivery_id": "…", "event": "prompt.created", "state": "waiting", "attempts": 0,
            "create_time_ms": START_MS, "next_attempt_ms": START_MS, "finish_time_ms": null,
            "status_code": null, "error": null })
    );
    let all = server.get(&path).await.json();
    assert_eq!((&all["has_more"], all["deliveries"].as_array().unwrap().len()), (&json!(false), 2));
    assert_eq!(server.get(&format!("{OWN}/nobody/deliveries")).await.status, 404);
    assert_eq!(server.get(&format!("{path}?max_results=1001")).await.status, 400);
}

#[tokio::test]
async fn a_test_returns_what_the_receiver_answers() {
    let (server, _) = start(WebhookRules { allow_private: true, allow_http: true });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let receiver = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await.unwrap();
        let answer = b"HTTP/1.1 201 x\r\ncontent-length: 4\r\nconnection: close\r\n\r\nseen";
        stream.write_all(answer).await.unwrap();
        String::from_utf8_lossy(&bytes[..count]).to_lowercase()
    });
    let given = json!({ "name": "one", "url": url, "events": [event("PROMPT", "CREATED")] });
    let made = server.post(ALL, given).await.json();
    let test = format!("{ALL}/{}/test", made["webhook"]["webhook_id"].as_str().unwrap());
    let result = server.post(&test, json!({})).await.json();
    assert_eq!(
        result,
        json!({ "result": { "success": true, "response_status": 201, "response_body": "seen" } })
    );
    let request = receiver.await.unwrap();
    assert!(request.contains("x-mlflow-delivery-id: "), "{request}");
    assert!(!request.contains("x-mlflow-signature"), "without a secret: {request}");
    // Nobody listens any more.
    let failed = server.post(&test, json!({ "event": event("TRACE", "FAILED") })).await.json();
    assert_eq!(failed["result"]["success"], false);
    assert!(failed["result"]["error_message"].is_string(), "{failed}");
}

#[tokio::test]
async fn a_server_without_a_sender_says_so() {
    let server = TestServer::start();
    let reply = server.post(ALL, new("one", json!([event("PROMPT", "CREATED")]))).await;
    assert_eq!(message(&reply), "501 this server does not send webhooks");
}
