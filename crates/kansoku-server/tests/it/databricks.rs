use axum::{
    body::Body,
    http::{Method, Request, header},
};
use insta::assert_snapshot;
use kansoku_server::{AllowedHosts, DatabricksForm};
use kansoku_store::AccessStore as _;
use serde_json::{Value, json};

use crate::{
    fixtures::{TRACE, TRACES, span, trace_info},
    test_server::{PROXY, Reply, TestServer},
};

const HOST: &str = "http://127.0.0.1:5000";

async fn start_trace(server: &TestServer) -> Reply {
    let body = json!({ "trace": { "trace_info": trace_info(TRACE, json!({})) } });
    server.databricks(Method::POST, TRACES, body).await
}

/// The path of the signed URL, without the host that the client used.
async fn signed(server: &TestServer, way: &str, query: &str) -> String {
    let path = format!("/api/2.0/mlflow/traces/{TRACE}/credentials-for-data-{way}{query}");
    let reply = server.databricks(Method::GET, &path, Value::Null).await.json();
    assert_eq!(reply["credential_info"]["type"], "AWS_PRESIGNED_URL");
    let url = reply["credential_info"]["signed_uri"].as_str().expect("a signed URL");
    url.strip_prefix(HOST).expect("a URL on the host the client used").to_owned()
}

/// The path of a signed URL that was requested with a token.
async fn signed_as(server: &TestServer, token: &str, way: &str) -> String {
    let path = format!("/api/2.0/mlflow/traces/{TRACE}/credentials-for-data-{way}");
    let reply = server.ask_as(token, Method::GET, &path, Value::Null).await;
    let reply = reply.json();
    let url = reply["credential_info"]["signed_uri"].as_str().expect("a signed URL");
    format!("/_signed/{}", url.split_once("/_signed/").unwrap().1)
}

#[tokio::test]
async fn a_signed_url_can_do_no_more_than_its_token_can_by_then() {
    let server = TestServer::start();
    start_trace(&server).await;
    let open = signed(&server, "upload", "").await;
    server.admin_token("boss", "boss").await;
    let refused = server.put(&open, file(&["root"])).await;
    assert_snapshot!(refused, @r#"
    403 Forbidden
    {"error_code":"PERMISSION_DENIED","message":"the token that asked for this URL is no longer valid; ask for new credentials"}
    "#);

    let agent = server.token("agent", "ingest,read", None).await;
    let (up, down) = (
        signed_as(&server, "agent", "upload").await,
        signed_as(&server, "agent", "download").await,
    );
    assert_eq!(server.put(&up, file(&["root"])).await.status, 200);
    assert_eq!(server.get(&down).await.status, 200);
    // URLs signed with the previous key stay valid.
    let rotate = "/api/3.0/kansoku/signing-key/rotate";
    assert_eq!(server.ask_as("boss", Method::POST, rotate, json!({})).await.status, 204);
    assert_eq!(server.get(&down).await.status, 200);
    assert_eq!(server.ask_as("boss", Method::POST, rotate, json!({})).await.status, 204);
    assert_eq!(server.get(&down).await.status, 403);

    let up = signed_as(&server, "agent", "upload").await;
    assert!(server.access.delete_token(agent).await.unwrap());
    assert_eq!(server.put(&up, file(&["root"])).await.status, 403);
}

fn file(names: &[&str]) -> String {
    let spans = names.iter().zip(1..).map(|(name, n)| span(n, name)).collect::<Vec<_>>();
    json!({ "spans": spans }).to_string()
}

#[tokio::test]
async fn a_trace_is_uploaded_and_read_by_signed_urls() {
    let server = TestServer::start();
    assert_eq!(server.get("/.well-known/databricks-config").await.json(), json!({}));
    let told = start_trace(&server).await.json();
    let tags = told["trace"]["trace_info"]["tags"].clone();
    let location = format!("dbfs:/databricks/mlflow-tracking/0/{TRACE}/artifacts");
    assert_eq!(tags, json!({ "mlflow.artifactLocation": location }));

    let up = signed(&server, "upload", "").await;
    assert_eq!(server.put(&up, file(&["root", "step"])).await.status, 200);
    let down = signed(&server, "download", "").await;
    let spans = server.get(&down).await.json();
    assert_eq!(spans["spans"][1]["name"], "step");
    assert_eq!(spans["spans"][0]["attributes"]["mlflow.traceRequestId"], format!("\"{TRACE}\""));

    // The tag for the location of spans is still missing; with it, this client would search in
    // Unity Catalog.
    let read = server.databricks(Method::GET, &format!("{TRACES}/{TRACE}"), Value::Null).await;
    let shown = read.json()["trace"]["trace_info"]["tags"].clone();
    assert_eq!(shown["mlflow.trace.spansLocation"], Value::Null);
    assert_eq!(shown["mlflow.artifactLocation"], location);
}

#[tokio::test]
async fn a_trace_written_in_one_form_is_read_in_the_other() {
    let server = TestServer::start();
    start_trace(&server).await;
    let up = signed(&server, "upload", "").await;
    server.put(&up, file(&["root"])).await;
    let plain = server.get(&format!("{TRACES}/get?trace_id={TRACE}")).await.json();
    let tags = &plain["trace"]["trace_info"]["tags"];
    assert_eq!(tags["mlflow.trace.spansLocation"], "TRACKING_STORE");
    assert_eq!(
        tags["mlflow.artifactLocation"],
        format!("mlflow-artifacts:/0/traces/{TRACE}/artifacts")
    );
    assert_eq!(plain["trace"]["spans"][0]["name"], "root");

    server.start_trace("tr-plain", json!({})).await;
    server.upload_spans("tr-plain", json!([span(1, "other")])).await;
    let path = "/api/2.0/mlflow/traces/tr-plain/credentials-for-data-download";
    let reply = server.databricks(Method::GET, path, Value::Null).await.json();
    let url = reply["credential_info"]["signed_uri"].as_str().unwrap().strip_prefix(HOST).unwrap();
    assert_eq!(server.get(url).await.json()["spans"][0]["name"], "other");
}

#[tokio::test]
async fn attachments_go_the_same_way() {
    let server = TestServer::start();
    start_trace(&server).await;
    let query = "?path=attachments%2F78abccaa-297f-4677-886d-2f407beead3c";
    let (up, down) =
        (signed(&server, "upload", query).await, signed(&server, "download", query).await);
    assert_eq!(server.get(&down).await.status, 404);
    assert_eq!(server.put(&up, "123").await.status, 200);
    assert_eq!(server.get(&down).await.body, "123");
    for path in ["..%2f..%2fkansoku.db", "attachments%2Fx", "secrets"] {
        let path =
            format!("/api/2.0/mlflow/traces/{TRACE}/credentials-for-data-upload?path={path}");
        assert_eq!(server.get(&path).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_signed_url_does_one_thing_for_a_quarter_of_an_hour() {
    let server = TestServer::start();
    start_trace(&server).await;
    let (up, down) = (signed(&server, "upload", "").await, signed(&server, "download", "").await);
    let refused = async |reply: Reply| {
        assert_eq!(reply.status, 403, "{reply}");
        assert_eq!(reply.json()["error_code"], "PERMISSION_DENIED");
        reply.json()["message"].as_str().unwrap().to_owned()
    };
    assert_snapshot!(refused(server.get(&up).await).await, @"this URL is for uploading `traces.json` of trace `tr-0000000000000000000000000000000a`, not for this request");
    assert_snapshot!(refused(server.put(&down, file(&["root"])).await).await, @"this URL is for downloading `traces.json` of trace `tr-0000000000000000000000000000000a`, not for this request");
    assert_snapshot!(refused(server.put("/_signed/AAAA", file(&["root"])).await).await, @"this URL was not signed by this server, or was changed; ask for new credentials");
    server.clock.advance_ms(15 * 60 * 1000);
    assert_snapshot!(refused(server.put(&up, file(&["root"])).await).await, @"this URL has expired; ask for new credentials");
}

#[tokio::test]
async fn only_signed_urls_and_probes_need_no_token() {
    let server = TestServer::start();
    start_trace(&server).await;
    server.admin_token("ci", "secret").await;
    let up = signed_as(&server, "secret", "upload").await;
    assert_eq!(server.put(&up, file(&["root"])).await.status, 200);
    assert_eq!(server.get("/.well-known/databricks-config").await.status, 200);
    for path in [
        format!("/api/2.0/mlflow/traces/{TRACE}/credentials-for-data-upload"),
        format!("/dbfs/x/0/{TRACE}/artifacts/traces.json"),
        format!("/api/2.0/mlflow-artifacts/artifacts/0/traces/{TRACE}/artifacts/traces.json"),
    ] {
        assert_eq!(server.get(&path).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_dbfs_location_of_another_kind_works_without_signed_urls() {
    let server = TestServer::start();
    start_trace(&server).await;
    let path = format!("/dbfs/other/0/{TRACE}/artifacts/traces.json");
    assert_eq!(server.get(&path).await.status, 404);
    let post = Request::post(&path).body(Body::from(file(&["root"]))).unwrap();
    assert_eq!(server.send(post).await.json(), json!({}));
    assert_eq!(server.get(&path).await.json()["spans"][0]["name"], "root");
    for wrong in ["/dbfs/other/x", "/dbfs/a/artifacts/b", "/dbfs/../artifacts/traces.json"] {
        let status = server.get(wrong).await.status.as_u16();
        assert!(status == 400 || status == 404, "{wrong}: {status}");
    }
}

#[tokio::test]
async fn the_form_can_be_settled_for_clients_that_hide_theirs() {
    let mut server = TestServer::start();
    server.app.databricks_form = DatabricksForm::Always;
    let told = server.start_trace(TRACE, json!({})).await.json();
    let location = &told["trace"]["trace_info"]["tags"]["mlflow.artifactLocation"];
    assert!(location.as_str().unwrap().starts_with("dbfs:/"));
    server.app.databricks_form = DatabricksForm::Never;
    let told = start_trace(&server).await.json();
    let location = &told["trace"]["trace_info"]["tags"]["mlflow.artifactLocation"];
    assert!(location.as_str().unwrap().starts_with("mlflow-artifacts:/"));
}

#[tokio::test]
async fn signed_urls_are_where_a_proxy_says_the_client_is() {
    let mut server = TestServer::start_behind_proxy();
    server.app.network.allowed_hosts = AllowedHosts::parse("traces.example.com").unwrap();
    start_trace(&server).await;
    let request =
        Request::get(format!("/api/2.0/mlflow/traces/{TRACE}/credentials-for-data-upload"))
            .extension(PROXY)
            .header(header::HOST, "10.0.0.1:80")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", "traces.example.com");
    let reply = server.send(request.body(Body::empty()).unwrap()).await.json();
    let url = reply["credential_info"]["signed_uri"].as_str().unwrap();
    assert!(url.starts_with("https://traces.example.com/_signed/"), "{url}");
}

#[tokio::test]
async fn what_only_databricks_has_is_not_here_in_words_clients_fall_back_on() {
    let server = TestServer::start();
    for (method, path) in [
        (Method::POST, "/api/4.0/mlflow/traces/search-long-running"),
        (Method::POST, "/api/4.0/mlflow/traces/search"),
        (Method::GET, "/api/5.0/mlflow/tracing/locations"),
        (Method::GET, "/api/2.0/managed-evals/datasets"),
        (Method::POST, "/api/2.0/agents/evaluation-client-usage-events"),
        (Method::GET, "/api/2.0/mlflow/get-online-trace-details"),
    ] {
        let reply = server.databricks(method, path, json!({})).await;
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.json()["error_code"], "ENDPOINT_NOT_FOUND", "{path}");
    }
}
