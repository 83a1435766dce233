use std::path::Path;

use super::{Doors, banner};

fn doors(http: &str, grpc: Option<&str>) -> Doors {
    Doors { http: http.parse().unwrap(), grpc: grpc.map(|grpc| grpc.parse().unwrap()), tls: false }
}

#[test]
fn an_open_server_says_what_to_paste() {
    let text =
        banner(doors("127.0.0.1:5000", Some("127.0.0.1:4317")), Path::new("./kansoku-data"), false);
    insta::assert_snapshot!(text);
}

#[test]
fn a_server_with_a_certificate_is_called_by_https() {
    let doors = Doors { tls: true, ..doors("127.0.0.1:5000", Some("127.0.0.1:4317")) };
    let text = banner(doors, Path::new("./kansoku-data"), false);
    assert!(text.contains("=https://127.0.0.1:5000\n") && !text.contains("http://"), "{text}");
    assert!(text.contains("OTEL_EXPORTER_OTLP_ENDPOINT=https://127.0.0.1:4317\n"), "{text}");
}

#[test]
fn a_server_for_all_machines_with_tokens_says_where_they_come_from() {
    let text = banner(doors("0.0.0.0:80", None), Path::new("/srv/kansoku"), true);
    insta::assert_snapshot!(text);
}
