use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use super::target::Target;
use super::verify;

/// The diagnosis for a server that always sends `response`; its port is replaced by 1.
fn problem(response: &'static str, token: Option<&str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(response.as_bytes());
        }
    });
    let url = format!("http://127.0.0.1:{port}");
    let target = Target::find(Some(url), token.map(str::to_owned), None, |_| None).unwrap();
    verify(&target).unwrap_err().to_string().replace(&format!(":{port}"), ":1")
}

#[test]
fn a_web_server_is_no_tracking_server() {
    insta::assert_snapshot!(problem(
        "HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\nconnection: close\r\n\r\nnot found",
        None
    ));
}

#[test]
fn a_login_page_is_no_tracking_server() {
    insta::assert_snapshot!(problem(
        "HTTP/1.1 200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\n<html></html>",
        None
    ));
}

const UNAUTHENTICATED: &str = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 52\r\nconnection: close\r\n\r\n\
                               {\"error_code\":\"UNAUTHENTICATED\",\"message\":\"a token\"}";

#[test]
fn a_missing_token_is_asked_for_and_a_wrong_one_named() {
    insta::assert_snapshot!(problem(UNAUTHENTICATED, None));
    insta::assert_snapshot!(problem(UNAUTHENTICATED, Some("kan_old")));
}

#[test]
fn a_wrong_clock_is_named() {
    let said = problem(
        "HTTP/1.1 200 OK\r\ndate: Tue, 01 Jan 2019 00:00:00 GMT\r\ncontent-length: 6\r\nconnection: close\r\n\r\n3.17.2",
        None,
    );
    assert!(said.contains("ahead of the server's"), "{said}");
}

#[test]
fn nobody_there_means_start_the_server() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let target = Target::find(Some(url), None, None, |_| None).unwrap();
    let said = verify(&target).unwrap_err().to_string();
    assert!(said.contains("start one with `kansoku serve`"), "{said}");
}

#[test]
fn the_server_is_found_as_clients_find_it() {
    let find = |env: &[(&str, &str)]| {
        let env: std::collections::BTreeMap<_, _> = env.iter().copied().collect();
        Target::find(None, None, None, |name| env.get(name).map(|value| (*value).to_owned()))
    };
    let plain =
        find(&[("MLFLOW_TRACKING_URI", "http://a:1/"), ("MLFLOW_TRACKING_TOKEN", "t")]).unwrap();
    assert_eq!((plain.url.as_str(), plain.token.as_deref()), ("http://a:1", Some("t")));
    let databricks = [
        ("MLFLOW_TRACKING_URI", "databricks"),
        ("DATABRICKS_HOST", "http://b:2"),
        ("DATABRICKS_TOKEN", "d"),
    ];
    let databricks = find(&databricks).unwrap();
    assert_eq!((databricks.url.as_str(), databricks.token.as_deref()), ("http://b:2", Some("d")));
    assert_eq!(find(&[]).unwrap().url, "http://127.0.0.1:5000");

    let bare = [("MLFLOW_TRACKING_URI", "databricks"), ("DATABRICKS_HOST", "127.0.0.1:5000")];
    insta::assert_snapshot!(find(&bare).unwrap_err());
    insta::assert_snapshot!(find(&[("MLFLOW_TRACKING_URI", "sqlite:///x.db")]).unwrap_err());
}
