use axum::{
    body::Body,
    http::{Request, header},
};
use insta::assert_snapshot;
use sha2::{Digest, Sha256};

use crate::server::{Reply, TestServer};

const EXPERIMENT: &str = "/api/2.0/mlflow/experiments/get?experiment_id=0";

async fn with_token(token: &str) -> TestServer {
    let server = TestServer::start();
    server.app.meta.add_token("ci", Sha256::digest(token).into()).await.unwrap();
    server
}

async fn get(server: &TestServer, path: &str, authorization: &str) -> Reply {
    let request = Request::get(path).header(header::AUTHORIZATION, authorization);
    server.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn without_any_token_everyone_may_come_in() {
    let server = TestServer::start();
    assert_eq!(server.get(EXPERIMENT).await.status, 200);
    assert_eq!(get(&server, EXPERIMENT, "Bearer whatever").await.status, 200);
}

#[tokio::test]
async fn with_a_token_every_request_needs_one() {
    let server = with_token("kan_secret").await;
    let reply = server.get(EXPERIMENT).await;
    assert_eq!(reply.header(header::WWW_AUTHENTICATE), "Bearer realm=\"kansoku\"");
    assert_snapshot!(reply, @r#"
    401 Unauthorized
    {"error_code":"UNAUTHENTICATED","message":"this server needs a token: set MLFLOW_TRACKING_TOKEN or DATABRICKS_TOKEN, or send `Authorization: Bearer <token>` (`kansoku token create --name NAME` makes one)"}
    "#);
    assert_snapshot!(get(&server, EXPERIMENT, "Bearer kan_other").await, @r#"
    401 Unauthorized
    {"error_code":"UNAUTHENTICATED","message":"this token is not known here; `kansoku token create --name NAME` makes a new one"}
    "#);
    for path in ["/metrics", "/v1/traces", "/nowhere"] {
        assert_eq!(server.get(path).await.status == 401, path != "/v1/traces", "{path}");
    }
}

#[tokio::test]
async fn the_token_comes_as_bearer_or_as_a_password() {
    let server = with_token("s3cret").await;
    // The second is `token:s3cret`, the third `s3cret:`.
    for authorization in ["Bearer s3cret", "Basic dG9rZW46czNjcmV0", "Basic czNjcmV0Og=="] {
        assert_eq!(get(&server, EXPERIMENT, authorization).await.status, 200, "{authorization}");
    }
}

#[tokio::test]
async fn probes_need_no_token() {
    let server = with_token("kan_secret").await;
    for path in ["/health", "/version", "/.well-known/databricks-config"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_deleted_token_opens_nothing() {
    let server = with_token("kan_secret").await;
    server.app.meta.add_token("other", [7; 32]).await.unwrap();
    assert_eq!(get(&server, EXPERIMENT, "Bearer kan_secret").await.status, 200);
    let tokens = server.app.meta.tokens().await.unwrap();
    let ci = tokens.iter().find(|token| token.name == "ci").unwrap();
    server.app.meta.delete_token(ci.id).await.unwrap();
    assert_eq!(get(&server, EXPERIMENT, "Bearer kan_secret").await.status, 401);
}
