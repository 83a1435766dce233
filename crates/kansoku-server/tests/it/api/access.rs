//! Signing in from a browser, and the management of tokens.
use axum::{
    body::Body,
    http::{Method, Request, header},
};
use insta::assert_snapshot;
use kansoku_store::AccessStore as _;
use serde_json::{Value, json};

use crate::{
    fixtures::TRACE,
    test_server::{PROXY, Reply, TestServer},
};

const SESSION: &str = "/api/3.0/kansoku/session";
const TOKENS: &str = "/api/3.0/kansoku/tokens";
const SERVER: &str = "/ajax-api/3.0/kansoku/server";
const CREATE: &str = "/ajax-api/2.0/mlflow/experiments/create";

async fn with_token(token: &str) -> TestServer {
    let server = TestServer::start();
    server.admin_token("ci", token).await;
    server
}

async fn ask(
    server: &TestServer,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Value,
) -> Reply {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !body.is_null() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    server.send(request.body(body).unwrap()).await
}

/// Signs in, and returns the `Cookie` header that a browser would send from then on.
async fn signed_in(server: &TestServer, token: &str) -> String {
    let reply = ask(server, Method::POST, SESSION, &[], json!({ "token": token })).await;
    assert_eq!(reply.status, 204, "{reply}");
    reply.header(header::SET_COOKIE).split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_browser_that_signed_in_needs_no_token() {
    let server = with_token("kan_secret").await;
    assert_eq!(server.get(SERVER).await.status, 401);
    let cookie = signed_in(&server, "kan_secret").await;
    assert!(!cookie.contains("kan_secret"), "{cookie}");
    let reply = ask(&server, Method::GET, SERVER, &[("cookie", &cookie)], Value::Null).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["token_name"]), (200, &json!("ci")));
    // A proxy's own credentials in the header do not invalidate the session.
    let proxied = [("cookie", cookie.as_str()), ("authorization", "Basic cHJveHk6cHc=")];
    assert_eq!(ask(&server, Method::GET, SERVER, &proxied, Value::Null).await.status, 200);
    let name = cookie.split('=').next().unwrap();
    let wrong = format!("{name}=eA");
    let wrong = ask(&server, Method::GET, SERVER, &[("cookie", &wrong)], Value::Null).await;
    assert_snapshot!(wrong, @r#"
    401 Unauthorized
    {"error_code":"UNAUTHENTICATED","message":"this browser is signed in no longer; sign in again"}
    "#);
}

#[tokio::test]
async fn attachments_come_with_the_cookie() {
    let server = TestServer::start();
    server.start_trace(TRACE, json!({})).await;
    let path =
        format!("0/traces/{TRACE}/artifacts/attachments/3f2b8a44-5d1c-4b6e-9a4e-0d9f6f2c7a11");
    assert_eq!(server.put_artifact(&path, "a picture").await.status, 200);
    server.admin_token("ci", "kan_1").await;
    let cookie = signed_in(&server, "kan_1").await;
    let asked = format!(
        "/ajax-api/3.0/mlflow/get-trace-artifact?request_id={TRACE}\
         &path=3f2b8a44-5d1c-4b6e-9a4e-0d9f6f2c7a11"
    );
    let reply = ask(&server, Method::GET, &asked, &[("cookie", &cookie)], Value::Null).await;
    assert_eq!((reply.status.as_u16(), &reply.body[..]), (200, &b"a picture"[..]));
    assert_eq!(server.get(&asked).await.status, 401);
}

#[tokio::test]
async fn a_wrong_token_signs_nobody_in() {
    let server = with_token("kan_secret").await;
    let mut refused = Vec::new();
    for body in [json!({ "token": "kan_other" }), json!({ "token": "" }), json!({})] {
        let reply = ask(&server, Method::POST, SESSION, &[], body).await;
        assert_eq!(reply.header(header::SET_COOKIE), "");
        refused.push(reply.to_string());
    }
    assert_snapshot!(refused.join("\n"));
    let open = TestServer::start();
    let reply = ask(&open, Method::POST, SESSION, &[], json!({ "token": "any" })).await;
    assert_eq!((reply.status.as_u16(), reply.header(header::SET_COOKIE)), (204, ""));
}

fn assert_cookie(reply: &Reply, max_age_s: i64) {
    let cookie = reply.header(header::SET_COOKIE);
    let (name, rest) = cookie.split_once('=').unwrap();
    let suffix = name.strip_prefix("__Host-kansoku_session_").unwrap();
    assert!(suffix.len() == 8 && suffix.bytes().all(|b| b.is_ascii_hexdigit()), "{cookie}");
    let attributes = rest.split_once(';').unwrap().1;
    let expected = format!(" HttpOnly; SameSite=Strict; Path=/; Max-Age={max_age_s}; Secure");
    assert_eq!(attributes, expected);
}

#[tokio::test]
async fn behind_https_the_cookie_is_sent_nowhere_else() {
    let server = TestServer::start_behind_proxy();
    server.admin_token("ci", "kan_1").await;
    let over_https = async |method: Method, body: &Value| {
        let request = Request::builder().method(method).uri(SESSION).extension(PROXY);
        let request = request.header(header::HOST, "127.0.0.1:5000");
        let request = request.header("x-forwarded-proto", "https");
        let request = request.header(header::CONTENT_TYPE, "application/json");
        server.send(request.body(Body::from(body.to_string())).unwrap()).await
    };
    let reply = over_https(Method::POST, &json!({ "token": "kan_1" })).await;
    assert_cookie(&reply, 2_592_000);
    let reply = over_https(Method::DELETE, &json!({})).await;
    assert_eq!(reply.status, 204);
    assert_cookie(&reply, 0);
}

#[tokio::test]
async fn pages_of_others_do_not_write_with_a_sign_in() {
    let server = with_token("kan_1").await;
    let cookie = signed_in(&server, "kan_1").await;
    let write = async |name: &str, more: &[(&str, &str)]| {
        let headers = [&[("cookie", cookie.as_str()), ("host", "127.0.0.1:5000")], more].concat();
        ask(&server, Method::POST, CREATE, &headers, json!({ "name": name })).await
    };
    assert_eq!(write("a", &[("sec-fetch-site", "same-origin")]).await.status, 200);
    assert_eq!(write("b", &[("sec-fetch-site", "none")]).await.status, 200);
    assert_eq!(write("c", &[]).await.status, 200);
    assert_eq!(write("d", &[("origin", "http://127.0.0.1:5000")]).await.status, 200);
    assert_snapshot!(write("e", &[("sec-fetch-site", "same-site")]).await);
    assert_eq!(write("f", &[("sec-fetch-site", "cross-site")]).await.status, 403);
    assert_eq!(write("g", &[("origin", "http://127.0.0.1:8080")]).await.status, 403);
    let token = [("authorization", "Bearer kan_1"), ("sec-fetch-site", "same-site")];
    assert_eq!(write("h", &token).await.status, 403);
    let read = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-site")];
    assert_eq!(ask(&server, Method::GET, SERVER, &read, Value::Null).await.status, 200);
    let from = [("sec-fetch-site", "same-site")];
    let sign_in = ask(&server, Method::POST, SESSION, &from, json!({ "token": "kan_1" })).await;
    let sign_out = ask(&server, Method::DELETE, SESSION, &from, Value::Null).await;
    assert_eq!((sign_in.status.as_u16(), sign_out.status.as_u16()), (403, 403));
}

#[tokio::test]
async fn tokens_are_made_listed_and_taken_back() {
    let server = TestServer::start();
    let first = ask(&server, Method::POST, TOKENS, &[], json!({ "name": "laptop" })).await;
    assert_eq!(first.status, 200, "{first}");
    let token = first.json()["token"].as_str().unwrap().to_owned();
    // The browser that created the first token stays signed in.
    let cookie = first.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    let signed_in = [("cookie", cookie.as_str())];
    let second = ask(&server, Method::POST, TOKENS, &signed_in, json!({ "name": "ci" })).await;
    assert_eq!((second.status.as_u16(), second.header(header::SET_COOKIE)), (200, ""));
    let list = ask(&server, Method::GET, TOKENS, &signed_in, Value::Null).await;
    assert!(!list.to_string().contains("kan_"));
    assert_snapshot!(list);
    let bearer = format!("Bearer {token}");
    let authorized = [("authorization", bearer.as_str())];
    assert_eq!(ask(&server, Method::GET, TOKENS, &authorized, Value::Null).await.status, 200);

    let id = second.json()["token_id"].as_str().unwrap().to_owned();
    let path = format!("{TOKENS}/{id}");
    let gone = ask(&server, Method::DELETE, &path, &signed_in, Value::Null).await;
    assert_eq!(gone.status, 204, "{gone}");
    let mut refused = Vec::new();
    for id in [id.as_str(), "x", "%FF"] {
        let path = format!("{TOKENS}/{id}");
        refused
            .push(ask(&server, Method::DELETE, &path, &signed_in, Value::Null).await.to_string());
    }
    for name in [json!("laptop"), json!(" "), json!("a\nb"), json!("x".repeat(101)), json!(7)] {
        let body = json!({ "name": name });
        refused.push(ask(&server, Method::POST, TOKENS, &signed_in, body).await.to_string());
    }
    assert_snapshot!(refused.join("\n"));

    // The last token cannot be deleted, because nobody could create another.
    let own = first.json()["token_id"].as_str().unwrap().to_owned();
    let path = format!("{TOKENS}/{own}");
    let last = ask(&server, Method::DELETE, &path, &signed_in, Value::Null).await;
    assert_eq!(
        (last.status.as_u16(), &last.json()["error_code"]),
        (409, &json!("RESOURCE_CONFLICT"))
    );
    assert_eq!(server.get(TOKENS).await.status, 401);
}

#[tokio::test]
async fn a_sign_out_ends_the_session_on_the_server() {
    let server = with_token("kan_1").await;
    let (cookie, other) = (signed_in(&server, "kan_1").await, signed_in(&server, "kan_1").await);
    assert_ne!(cookie, other);
    let status = async |cookie: &str| {
        let headers = [("cookie", cookie)];
        ask(&server, Method::GET, SERVER, &headers, Value::Null).await.status.as_u16()
    };
    assert_eq!((status(&cookie).await, status(&other).await), (200, 200));
    let out = ask(&server, Method::DELETE, SESSION, &[("cookie", &cookie)], Value::Null).await;
    assert_eq!(out.status, 204);
    // The cookie is useless after signing out.
    assert_eq!((status(&cookie).await, status(&other).await), (401, 200));
    server.clock.advance_ms(30 * 86_400_000);
    assert_eq!(status(&other).await, 401);
}

#[tokio::test]
async fn sessions_are_listed_and_end_with_their_token() {
    let server = with_token("kan_1").await;
    server.admin_token("boss", "boss").await;
    let id = server.access.tokens().await.unwrap().iter().find(|t| t.name == "ci").unwrap().id;
    let cookie = signed_in(&server, "kan_1").await;
    let headers = [("cookie", cookie.as_str())];
    let status =
        async || ask(&server, Method::GET, SERVER, &headers, Value::Null).await.status.as_u16();
    let path = format!("{TOKENS}/{}/sessions", id.0);
    let list = async || {
        let listed = server.ask_as("boss", Method::GET, &path, Value::Null).await.json();
        listed["sessions"].as_array().unwrap().len()
    };
    assert_eq!((status().await, list().await), (200, 1));
    assert_eq!(server.ask_as("boss", Method::DELETE, &path, Value::Null).await.status, 204);
    assert_eq!((status().await, list().await), (401, 0));

    let cookie = signed_in(&server, "kan_1").await;
    let rotate = format!("{TOKENS}/{}/rotate", id.0);
    let rotated = server.ask_as("boss", Method::POST, &rotate, json!({ "grace_s": 0 })).await;
    let secret = rotated.json()["token"].as_str().unwrap().to_owned();
    let asked = ask(&server, Method::GET, SERVER, &[("cookie", &cookie)], Value::Null).await;
    assert_eq!(asked.status, 401);
    assert_eq!(server.ask_as(&secret, Method::GET, SERVER, Value::Null).await.status, 200);
    assert_eq!(server.ask_as("kan_1", Method::GET, SERVER, Value::Null).await.status, 401);
    for grace in [-1, 31_536_001] {
        let refused = server.ask_as("boss", Method::POST, &rotate, json!({ "grace_s": grace }));
        assert_eq!(refused.await.status, 400, "{grace}");
    }
}

#[tokio::test]
async fn the_cookie_of_an_older_version_is_refused_and_cleared() {
    let server = with_token("kan_1").await;
    // The cookie contains the token itself, in base64.
    let old = [("cookie", "kansoku_session=a2FuXzE")];
    let refused = ask(&server, Method::GET, SERVER, &old, Value::Null).await;
    let cleared = "kansoku_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0";
    assert_eq!((refused.status.as_u16(), refused.header(header::SET_COOKIE)), (401, cleared));
}

#[tokio::test]
async fn a_token_is_made_for_what_it_is_asked_for_and_nothing_impossible() {
    let server = TestServer::start();
    let first = json!({ "name": "agent", "scopes": ["ingest"] });
    assert_eq!(ask(&server, Method::POST, TOKENS, &[], first).await.status, 400);
    server.admin_token("boss", "boss").await;
    let agent = json!({
        "name": "agent",
        "scopes": ["ingest", "feedback"],
        "experiments": ["/Shared/a"],
        "experiment_prefixes": ["/Shared/team/*"],
        "experiment_ids": ["7"],
        "expires_ms": 1_800_000_000_000_i64,
    });
    let made = server.ask_as("boss", Method::POST, TOKENS, agent).await;
    assert_eq!(made.status, 200, "{made}");
    let listed = server.ask_as("boss", Method::GET, TOKENS, Value::Null).await.json();
    insta::assert_json_snapshot!(listed["tokens"][0]);
    let secret = made.json()["token"].as_str().unwrap().to_owned();
    let me = server.ask_as(&secret, Method::GET, SERVER, Value::Null).await.json();
    assert_eq!(me["scopes"], json!(["ingest", "feedback"]));
    assert_eq!((&me["all_experiments"], &me["traces"]), (&json!(false), &Value::Null));
    let mut refused = Vec::new();
    for more in [
        json!({ "scopes": ["root"] }),
        json!({ "scopes": ["admin"], "experiment_prefixes": ["/Shared/"] }),
        json!({ "experiment_prefixes": ["/Shared/"] }),
        json!({ "scopes": ["read"], "experiment_prefixes": ["*"] }),
        json!({ "scopes": ["read"], "experiment_ids": ["x"] }),
        json!({ "expires_ms": 1 }),
    ] {
        let mut body = more;
        body["name"] = json!("x");
        refused.push(server.ask_as("boss", Method::POST, TOKENS, body).await.to_string());
    }
    assert_snapshot!(refused.join("\n"));
}

#[tokio::test]
async fn a_server_says_what_it_is_and_holds() {
    let server = TestServer::start();
    server.start_trace(TRACE, json!({})).await;
    let mut info = server.get(SERVER).await.json();
    assert!(4096 <= info["database_bytes"].as_u64().unwrap());
    info["database_bytes"] = json!("…");
    insta::assert_json_snapshot!(info);
}
