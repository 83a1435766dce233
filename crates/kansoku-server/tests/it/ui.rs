//! The web UI's pages and files, and the OpenAPI document.
use std::{collections::BTreeSet, fs, path::Path};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use kansoku_server::{Ui, openapi, route_table};
use serde_json::Value;

use crate::test_server::{Reply, TestServer};

const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml");

/// A server whose UI consists of a page and a script with its compressed form.
fn server() -> (TestServer, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("assets")).unwrap();
    write(
        "index.html",
        r#"<script src="./boot.js"></script><script src="./assets/a.js"></script>"#,
    );
    write("boot.js", "boot()");
    write("assets/a.js", "plain");
    write("assets/a.js.br", "brotli");
    write("assets/a.js.gz", "gzip");
    let mut server = TestServer::start();
    server.app.ui = Ui::of_folder(folder.path().to_owned());
    (server, folder)
}

async fn get(server: &TestServer, path: &str, headers: &[(&str, &str)]) -> Reply {
    let request = headers
        .iter()
        .fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    server.send(request.body(Body::empty()).unwrap()).await
}

fn text(reply: &Reply) -> &str {
    std::str::from_utf8(&reply.body).unwrap()
}

fn policy(reply: &Reply) -> &str {
    reply.header("content-security-policy")
}

#[tokio::test]
async fn a_page_finds_its_files_from_wherever_it_is() {
    let (server, _folder) = server();
    for (path, root) in [
        ("/", "./"),
        ("/compare", "./"),
        ("/t/tr-1", "../"),
        ("/e/1/sessions/s-1", "../../../"),
        ("/static-files/lib/notebook-trace-renderer/index.html", "../../../"),
    ] {
        let page = get(&server, path, &[]).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let wanted = format!(r#"src="{root}assets/a.js""#);
        assert!(text(&page).contains(&wanted), "{path}: {}", text(&page));
    }
}

#[tokio::test]
async fn pages_run_no_script_but_their_own_and_only_notebooks_may_frame_them() {
    let (server, _folder) = server();
    let page = get(&server, "/", &[]).await;
    assert!(policy(&page).contains("script-src 'self';"));
    assert!(policy(&page).contains("font-src 'self';"));
    assert!(!policy(&page).contains("unsafe"));
    assert!(policy(&page).contains("frame-ancestors 'none'"));
    let path = "/static-files/lib/notebook-trace-renderer/index.html?trace_id=tr-1";
    let framed = get(&server, path, &[]).await;
    assert!(policy(&framed).contains("frame-ancestors *"));
    assert!(!framed.headers.contains_key("x-frame-options"));
    let data = get(&server, "/version", &[]).await;
    assert!(policy(&data).contains("sandbox"));
}

#[tokio::test]
async fn files_come_in_the_shortest_form_the_client_takes() {
    let (server, _folder) = server();
    for (accepted, coding, body) in [
        ("gzip, deflate, br", "br", "brotli"),
        ("gzip;q=0.5, br;q=0", "gzip", "gzip"),
        ("identity", "", "plain"),
    ] {
        let file = get(&server, "/assets/a.js", &[("accept-encoding", accepted)]).await;
        assert_eq!(text(&file), body, "{accepted}");
        assert_eq!(file.header("content-encoding"), coding);
        assert_eq!(file.header("content-type"), "text/javascript");
        assert!(file.header("cache-control").contains("immutable"));
    }
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let (server, _folder) = server();
    for path in ["/", "/boot.js", "/assets/a.js"] {
        let first = get(&server, path, &[]).await;
        let tag = first.header("etag").to_owned();
        let again = get(&server, path, &[("if-none-match", &tag)]).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
        assert!(text(&again).is_empty());
    }
}

#[tokio::test]
async fn a_wrong_address_is_a_page_for_people_and_json_for_programs() {
    let (server, _folder) = server();
    let page = get(&server, "/experiments/1", &[HTML]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(text(&page).contains(r#"src="../assets/a.js""#), "{}", text(&page));
    for (path, headers) in [
        ("/experiments/1", &[][..]),
        ("/api/3.0/nothing", &[HTML][..]),
        ("/assets/b.js", &[HTML][..]),
    ] {
        let answer = get(&server, path, headers).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(text(&answer).contains("error_code"), "{path}: {}", text(&answer));
    }
}

#[tokio::test]
async fn no_name_leads_out_of_the_folder() {
    let (server, folder) = server();
    fs::write(folder.path().join("../secret-of-kansoku"), "secret").unwrap();
    for path in [
        "/assets/../../secret-of-kansoku",
        "/assets/%2e%2e/%2e%2e/secret-of-kansoku",
        "/assets//etc/hostname",
    ] {
        let answer = get(&server, path, &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    fs::remove_file(folder.path().join("../secret-of-kansoku")).unwrap();
}

/// `METHOD path` of each of Kansoku's own routes.
fn own_routes() -> BTreeSet<String> {
    let own = route_table().into_iter().filter(|row| row.path.starts_with("/api/3.0/kansoku/"));
    own.map(|row| format!("{} {}", row.method, row.path)).collect()
}

#[test]
fn the_document_describes_every_route_of_ours_and_no_other() {
    let document = serde_json::to_value(openapi()).unwrap();
    let described = document["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().keys().map(move |m| format!("{} {path}", m.to_uppercase()))
    });
    assert_eq!(described.collect::<BTreeSet<_>>(), own_routes());
}

/// `UPDATE_DOCS=1 cargo nextest run -p kansoku-server the_document` updates the file.
#[test]
fn the_document_that_the_ui_is_built_from_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let mut document: Value = serde_json::to_value(openapi()).unwrap();
    // The document has the version of the format, not of the release.
    document["info"]["version"] = "1".into();
    let now = format!("{}\n", serde_json::to_string_pretty(&document).unwrap());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &now).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == now, "docs/openapi.json is not up to date; run this with UPDATE_DOCS=1");
}

#[tokio::test]
async fn the_document_can_be_read_by_people() {
    let server = TestServer::start();
    let page = get(&server, "/api/docs", &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        text(&page).contains("GET /api/3.0/kansoku/traces/{trace_id}/spans"),
        "{}",
        text(&page)
    );
    assert!(!text(&page).contains("<script"));
}
