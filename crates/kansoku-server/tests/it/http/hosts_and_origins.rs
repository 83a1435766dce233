//! Every route, requested with host names that are not the server's, and by pages of other origins.
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, Version, header},
};
use kansoku_server::{AllowedHosts, ConnectionInfo, Scheme, route_table, router};
use serde_json::json;

use crate::test_server::{PROXY, Reply, TestServer, send_to};

/// gRPC methods, which are not in the table of routes.
const GRPC: [&str; 4] = [
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
];

const OPEN_BY_ANY_NAME: [&str; 4] =
    ["/health", "/version", "/.well-known/databricks-config", "/_signed/{grant}"];

/// Content types that pages can send by forms and `fetch` without permission, and those of clients.
const CONTENT_TYPES: [&str; 6] = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json",
    "application/x-protobuf",
    "application/grpc-web+proto",
];

async fn ask(server: &TestServer, method: &Method, path: &str, headers: &[(&str, &str)]) -> Reply {
    ask_router(&router(server.app.clone()), method, path, headers).await
}

async fn ask_router(
    router: &Router,
    method: &Method,
    path: &str,
    headers: &[(&str, &str)],
) -> Reply {
    let path = path.replace(['{', '}'], "").replace('*', "");
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send_to(router.clone(), request.body(Body::from("{}")).unwrap()).await
}

/// Whether the response is the 403 for hosts or origins.
async fn is_refused(
    router: &Router,
    method: &Method,
    path: &str,
    headers: &[(&str, &str)],
) -> bool {
    let reply = ask_router(router, method, path, headers).await;
    let by_grpc = reply.header("grpc-status") == "7";
    let by_http = reply.status == StatusCode::FORBIDDEN;
    if by_http && method != Method::HEAD {
        assert_eq!(reply.json()["error_code"], "PERMISSION_DENIED", "{reply}");
        assert_eq!(reply.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    }
    by_grpc || by_http
}

/// All routes, and the gRPC methods with their content type.
fn entry_points() -> Vec<(Method, String, Option<&'static str>)> {
    let rows = route_table().into_iter().map(|row| (row.method, row.path, None));
    let grpc = GRPC.map(|path| (Method::POST, path.to_owned(), Some("application/grpc")));
    let unknown = [Method::GET, Method::POST].map(|method| (method, "/nowhere".to_owned(), None));
    rows.chain(grpc).chain(unknown).collect()
}

#[tokio::test]
async fn no_route_answers_to_a_name_that_is_not_ours() {
    let server = TestServer::start();
    // Otherwise a stream of events would not end.
    server.app.event_streams.stop();
    let router = router(server.app.clone());
    let rebound = ("host", "evil.test:5000");
    let own_page = [("sec-fetch-site", "same-origin"), ("origin", "http://evil.test:5000")];
    let lies = [("x-forwarded-host", "localhost"), ("authorization", "Bearer x")];
    for (method, path, grpc) in entry_points() {
        let mut headers = [&[rebound][..], &own_page, &lies].concat();
        headers.extend(grpc.map(|grpc| ("content-type", grpc)));
        let refused = is_refused(&router, &method, &path, &headers).await;
        let open = OPEN_BY_ANY_NAME.contains(&path.as_str());
        // A forged signed URL gets its own 403.
        let expected = !open || path.starts_with("/_signed/");
        assert_eq!(refused, expected, "{method} {path}");
        headers[0] = ("host", "localhost:5000");
        headers[2] = ("origin", "http://localhost:5000");
        let own = ask_router(&router, &method, &path, &headers).await;
        assert!(!own.to_string().contains("not a name of this server"), "{method} {path}: {own}");
    }
}

#[tokio::test]
async fn no_route_lets_a_page_of_another_origin_write() {
    let server = TestServer::start();
    server.app.event_streams.stop();
    let router = router(server.app.clone());
    let host = ("host", "127.0.0.1:5000");
    let pages: [&[(&str, &str)]; 6] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:8080")],
        &[("origin", "http://127.0.0.1:8080")],
        &[("origin", "null")],
        &[("origin", "https://evil.test"), ("authorization", "Bearer x")],
    ];
    let mut writes = 0;
    for (method, path, grpc) in entry_points() {
        for page in pages {
            for content_type in grpc.map_or(&CONTENT_TYPES[..], |_| &CONTENT_TYPES[..1]) {
                let content_type = ("content-type", grpc.unwrap_or(content_type));
                let headers = [&[host, content_type][..], page].concat();
                if method.is_safe() {
                    continue;
                }
                writes += 1;
                let refused = is_refused(&router, &method, &path, &headers).await;
                assert!(refused, "{method} {path} {headers:?}");
            }
        }
    }
    assert!(1000 < writes, "{writes}");
    let experiments = server.get("/api/2.0/mlflow/experiments/search?max_results=10").await;
    assert_eq!(experiments.json()["experiments"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn programs_and_our_own_pages_are_let_in() {
    let server = TestServer::start();
    let create = "/api/2.0/mlflow/experiments/create";
    let host = ("host", "127.0.0.1:5000");
    for headers in [
        &[][..],
        &[host],
        &[host, ("origin", "http://127.0.0.1:5000")],
        &[host, ("sec-fetch-site", "same-origin")],
        &[host, ("sec-fetch-site", "none")],
    ] {
        let reply = ask(&server, &Method::POST, create, headers).await;
        assert_eq!(reply.status, 400, "the name is missing: {reply}");
    }
}

#[tokio::test]
async fn an_unknown_name_is_told_with_its_setting() {
    let mut server = TestServer::start();
    let get = ("host", "kansoku:5000");
    let path = "/api/2.0/mlflow/experiments/get?experiment_id=0";
    insta::assert_snapshot!(ask(&server, &Method::GET, path, &[get]).await, @r#"
    403 Forbidden
    {"error_code":"PERMISSION_DENIED","message":"`kansoku:5000` is not a name of this server: call it by `localhost` or an IP address, or add the name to the setting `allowed_hosts`"}
    "#);
    server.app.network.allowed_hosts = AllowedHosts::parse("kansoku").unwrap();
    assert_eq!(ask(&server, &Method::GET, path, &[get]).await.status, 200);
}

/// In a cluster, agents use a name of the server that only the cluster resolves.
#[tokio::test]
async fn where_a_token_is_needed_a_request_with_one_comes_by_any_name() {
    let server = TestServer::start();
    let path = "/api/2.0/mlflow/experiments/get?experiment_id=0";
    let host = ("host", "kansoku.agents.svc:5000");
    let token = |token| [host, ("authorization", token)];
    assert_eq!(ask(&server, &Method::GET, path, &token("Bearer kan_1")).await.status, 403);
    server.admin_token("ci", "kan_1").await;
    assert_eq!(ask(&server, &Method::GET, path, &token("Bearer kan_1")).await.status, 200);
    assert_eq!(ask(&server, &Method::GET, path, &token("Bearer kan_2")).await.status, 401);
    assert_eq!(ask(&server, &Method::GET, path, &[host]).await.status, 403);
    let cookie = [host, ("cookie", "kansoku_session=a2FuXzE")];
    assert_eq!(ask(&server, &Method::GET, path, &cookie).await.status, 403);
}

#[tokio::test]
async fn over_a_socket_a_request_names_its_host_once() {
    let server = TestServer::start();
    let peer = "127.0.0.1:9".parse().unwrap();
    let ask = async |version: Version, hosts: &[&str]| {
        let mut request = Request::get("/version").version(version);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        let info = ConnectionInfo { peer, scheme: Scheme::Http };
        server.send(request.extension(info).body(Body::empty()).unwrap()).await.status.as_u16()
    };
    assert_eq!(ask(Version::HTTP_11, &[]).await, 400);
    assert_eq!(ask(Version::HTTP_11, &["localhost", "localhost"]).await, 400);
    assert_eq!(ask(Version::HTTP_11, &["localhost"]).await, 200);
    assert_eq!(ask(Version::HTTP_10, &[]).await, 200);
}

#[tokio::test]
async fn behind_a_named_proxy_the_outer_name_counts_and_must_be_allowed() {
    let mut server = TestServer::start_behind_proxy();
    let write = async |server: &TestServer, forwarded: &str| {
        let request = Request::post("/api/2.0/mlflow/experiments/create")
            .extension(PROXY)
            .header(header::HOST, "10.0.0.2:5000")
            .header("x-forwarded-host", forwarded)
            .header("x-forwarded-proto", "https")
            .header(header::ORIGIN, "https://traces.example.com")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(json!({ "name": "a" }).to_string()));
        server.send(request.unwrap()).await.status.as_u16()
    };
    assert_eq!(write(&server, "traces.example.com").await, 403);
    server.app.network.allowed_hosts = AllowedHosts::parse("*.example.com").unwrap();
    assert_eq!(write(&server, "other.example.com").await, 403);
    assert_eq!(write(&server, "traces.example.com").await, 200);
}

/// With `nosniff`, a browser executes only files with a script's content type.
#[tokio::test]
async fn an_uploaded_file_is_no_script_style_or_page() {
    let server = TestServer::start();
    for (name, content_type) in [
        ("x.js", "application/octet-stream"),
        ("x.mjs", "application/octet-stream"),
        ("x.css", "application/octet-stream"),
        ("x.html", "application/octet-stream"),
        ("x.xhtml", "application/octet-stream"),
        ("x.svg", "application/octet-stream"),
        ("x.xml", "application/octet-stream"),
        ("x.wasm", "application/octet-stream"),
        ("x.unknown", "application/octet-stream"),
        ("x.png", "image/png"),
        ("x.json", "application/json"),
        ("x.txt", "text/plain"),
    ] {
        assert_eq!(server.put_artifact(name, "alert(1)").await.status, 200);
        let path = format!("/api/2.0/mlflow-artifacts/artifacts/{name}");
        let reply = server.get(&path).await;
        assert_eq!(reply.header(header::CONTENT_TYPE), content_type, "{name}");
        assert_eq!(reply.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert!(reply.header(header::CONTENT_DISPOSITION).starts_with("attachment"));
        assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin");
        assert!(reply.header(header::CONTENT_SECURITY_POLICY).contains("sandbox"));
    }
}
