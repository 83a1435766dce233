use insta::assert_snapshot;
use kansoku_server::{Health, MetricsHandle};

use crate::test_server::TestServer;

#[tokio::test]
async fn probes_find_health_and_a_version_their_client_accepts() {
    let server = TestServer::start();
    assert_snapshot!(server.get("/health").await, @"
    200 OK
    OK
    ");
    assert_snapshot!(server.get("/version").await, @"
    200 OK
    3.17.2
    ");
}

#[tokio::test]
async fn a_stopping_or_troubled_server_says_so_to_probes_and_still_serves() {
    let mut server = TestServer::start();
    server.app.health = Health::watching(|| Some("the disk is full".to_owned()));
    assert_snapshot!(server.get("/health").await, @r#"
    503 Service Unavailable
    {"error_code":"TEMPORARILY_UNAVAILABLE","message":"the disk is full"}
    "#);
    server.app.health.stop();
    assert_snapshot!(server.get("/health").await, @r#"
    503 Service Unavailable
    {"error_code":"TEMPORARILY_UNAVAILABLE","message":"the server is stopping"}
    "#);
    assert_eq!(server.get("/version").await.status, 200);
}

#[tokio::test]
async fn server_info_promises_what_we_do() {
    let server = TestServer::start();
    let info = server.get("/ajax-api/3.0/mlflow/server-info").await.json();
    assert_eq!(info["multipart_uploads_enabled"], true);
    assert_eq!(info["workspaces_enabled"], false);
}

#[tokio::test]
async fn metrics_are_what_the_binary_renders() {
    let mut server = TestServer::start();
    server.app.metrics = MetricsHandle::new(|| "kansoku_up 1\n".to_owned());
    let reply = server.get("/metrics").await;
    assert!(reply.header("content-type").starts_with("text/plain; version=0.0.4"));
    assert_snapshot!(reply, @"
    200 OK
    kansoku_up 1
    ");
}
