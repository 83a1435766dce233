use axum::{
    body::Body,
    http::{Request, header},
};
use insta::assert_snapshot;
use kansoku_server::{AccessRules, RequireTokens};
use kansoku_store::AccessStore as _;
use sha2::Digest as _;

use crate::test_server::{Reply, TestServer};

const EXPERIMENT: &str = "/api/2.0/mlflow/experiments/get?experiment_id=0";

async fn with_token(token: &str) -> TestServer {
    let server = TestServer::start();
    server.admin_token("ci", token).await;
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
    server.admin_token("other", "kan_other").await;
    assert_eq!(get(&server, EXPERIMENT, "Bearer kan_secret").await.status, 200);
    let tokens = server.access.tokens().await.unwrap();
    let ci = tokens.iter().find(|token| token.name == "ci").unwrap();
    server.access.delete_token(ci.id).await.unwrap();
    assert_eq!(get(&server, EXPERIMENT, "Bearer kan_secret").await.status, 401);
}

#[tokio::test]
async fn an_expired_token_opens_nothing_and_says_so() {
    let server = with_token("kan_secret").await;
    let id = server.token("kan_short", "read", None).await;
    let expires = Some(kansoku_model::TimestampMs(crate::test_server::START_MS + 1000));
    let hash = sha2::Sha256::digest("kan_short").into();
    server.access.rotate_token(id, hash, kansoku_model::DurationMs(0), expires).await.unwrap();
    assert_eq!(get(&server, EXPERIMENT, "Bearer kan_short").await.status, 200);
    server.clock.advance_ms(1000);
    assert_snapshot!(get(&server, EXPERIMENT, "Bearer kan_short").await, @r#"
    401 Unauthorized
    {"error_code":"UNAUTHENTICATED","message":"the token `kan_short` has expired; `kansoku token rotate kan_short --expires 90d` renews it"}
    "#);
}

#[tokio::test]
async fn a_store_without_tokens_is_open_only_where_the_settings_allow_it() {
    let mut server = TestServer::start();
    let mut status = async |require_tokens, may_be_open, authorization: &str| {
        server.set_access_rules(AccessRules { require_tokens, may_be_open });
        assert_eq!(server.get("/health").await.status, 200);
        assert_eq!(server.get("/version").await.status, 200);
        get(&server, EXPERIMENT, authorization).await.status.as_u16()
    };
    let (auto, always, never) = (RequireTokens::Auto, RequireTokens::Always, RequireTokens::Never);
    assert_eq!(status(auto, true, "").await, 200);
    assert_eq!(status(auto, false, "").await, 401);
    assert_eq!(status(always, true, "Bearer any").await, 401);
    assert_eq!(status(never, false, "").await, 401);
    assert_eq!(status(never, true, "").await, 200);
    server.admin_token("ci", "kan_1").await;
    for (rules, without) in [(auto, 401), (always, 401), (never, 200)] {
        server.set_access_rules(AccessRules { require_tokens: rules, may_be_open: true });
        assert_eq!(get(&server, EXPERIMENT, "").await.status, without, "{rules:?}");
        assert_eq!(get(&server, EXPERIMENT, "Bearer kan_1").await.status, 200, "{rules:?}");
    }
}

#[tokio::test]
async fn the_last_use_of_a_token_is_known_to_the_minute() {
    let server = with_token("kan_secret").await;
    let last_used = async || server.access.tokens().await.unwrap()[0].last_used;
    assert_eq!(last_used().await, None);
    // The time is stored in the background.
    let noted = async |at: i64| {
        let wanted = Some(kansoku_model::TimestampMs(at));
        for _ in 0..1000 {
            if last_used().await == wanted {
                return true;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        false
    };
    assert_eq!(get(&server, EXPERIMENT, "Bearer kan_secret").await.status, 200);
    let start = crate::test_server::START_MS;
    assert!(noted(start).await);
    server.clock.advance_ms(59_999);
    get(&server, EXPERIMENT, "Bearer kan_secret").await;
    server.clock.advance_ms(1);
    get(&server, EXPERIMENT, "Bearer kan_secret").await;
    assert!(noted(start + 60_000).await);
}
