//! Versions of evaluation datasets.
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::test_server::TestServer;

const MLFLOW: &str = "/api/3.0/mlflow/datasets";
const KANSOKU: &str = "/api/3.0/kansoku/datasets";

/// A dataset with three versions: three records added; one changed and one added; one removed.
async fn three_versions(server: &TestServer) -> String {
    let body = json!({ "name": "d", "experiment_ids": ["0"] });
    let reply = server.post(&format!("{MLFLOW}/create"), body).await.json();
    let id = reply["dataset"]["dataset_id"].as_str().unwrap().to_owned();
    let record = |q: &str, expected: &str| {
        json!({ "inputs": { "q": q }, "expectations": { "e": expected }, "tags": { "mlflow.user": "ann" },
            "source": { "source_type": "TRACE", "source_data": { "trace_id": format!("tr-{q}") } } })
    };
    for batch in [
        json!([record("a", "1"), record("b", "1"), record("c", "1")]),
        json!([record("b", "2"), record("d", "2")]),
    ] {
        server.clock.advance_ms(10);
        let body = json!({ "records": batch.to_string() });
        server.post(&format!("{MLFLOW}/{id}/records"), body).await;
    }
    let records = server.get(&format!("{KANSOKU}/{id}/versions/1/records")).await.json();
    let delete = json!({ "dataset_record_ids": [records["records"][0]["record_id"]] });
    server.delete(&format!("{MLFLOW}/{id}/records"), delete).await;
    id
}

/// Texts that differ from run to run become one.
fn shown(mut json: Value, id: &str) -> String {
    fn blank(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(blank),
            Value::Object(fields) => {
                fields.iter_mut().for_each(|(key, value)| match key.as_str() {
                    "record_id" | "digest" => *value = json!("…"),
                    _ => blank(value),
                })
            }
            _ => {}
        }
    }
    blank(&mut json);
    json.to_string().replace(id, "d-ID")
}

#[tokio::test]
async fn a_version_is_listed_with_what_it_changed() {
    let server = TestServer::start();
    let id = three_versions(&server).await;
    let detail = server.get(&format!("{KANSOKU}/{id}")).await.json();
    let list = server.get(&format!("{KANSOKU}/{id}/versions?max_results=2")).await.json();
    assert_eq!(list["versions"][0]["digest"], detail["digest"]);
    assert_snapshot!(shown(detail, &id), @r#"{"dataset_id":"d-ID","name":"d","tags":{},"experiment_ids":["0"],"schema":{"inputs":{"q":"string"},"outputs":{},"expectations":{"e":"string"},"version":"1.0"},"record_count":3,"version":3,"digest":"…","create_time_ms":1700000000000,"created_by":null,"update_time_ms":1700000000020,"updated_by":"ann"}"#);
    assert_snapshot!(shown(list, &id), @r#"{"versions":[{"version":3,"digest":"…","create_time_ms":1700000000020,"created_by":null,"added":0,"changed":0,"removed":1,"record_count":3},{"version":2,"digest":"…","create_time_ms":1700000000020,"created_by":"ann","added":1,"changed":1,"removed":0,"record_count":4}]}"#);
    let rest = server.get(&format!("{KANSOKU}/{id}/versions?before=2")).await.json();
    assert_eq!(rest["versions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_old_version_is_read_page_by_page() {
    let server = TestServer::start();
    let id = three_versions(&server).await;
    let path = format!("{KANSOKU}/{id}/versions/2/records?max_results=3");
    let first = server.get(&path).await.json();
    let token = first["next_page_token"].as_str().unwrap().replace('=', "%3D");
    let second = server.get(&format!("{path}&page_token={token}")).await.json();
    assert_snapshot!(shown(second, &id), @r#"{"records":[{"record_id":"…","inputs":{"q":"d"},"outputs":{},"expectations":{"e":"2"},"tags":{"mlflow.user":"ann"},"source_type":"TRACE","source_data":{"trace_id":"tr-d"},"source_trace_id":"tr-d","added_in":2,"create_time_ms":1700000000020,"created_by":"ann","update_time_ms":1700000000020,"updated_by":"ann"}]}"#);
    let q = |page: &Value| {
        let records = page["records"].as_array().unwrap().clone();
        records.iter().map(|it| it["inputs"]["q"].as_str().unwrap().to_owned()).collect::<String>()
    };
    assert_eq!(q(&first), "abc");
    assert_eq!(q(&server.get(&format!("{KANSOKU}/{id}/versions/0/records")).await.json()), "");
}

#[tokio::test]
async fn a_record_has_its_source_as_the_client_sent_it() {
    let server = TestServer::start();
    let body = json!({ "name": "d", "experiment_ids": ["0"] });
    let reply = server.post(&format!("{MLFLOW}/create"), body).await.json();
    let id = reply["dataset"]["dataset_id"].as_str().unwrap();
    let trace = json!({ "trace_id": "tr-1", "span_id": "s-1", "notes": ["a", { "b": 1.5 }] });
    let document = json!({ "doc_uri": "s3://docs/1", "content": "Say \"hi\"", "trace_id": "tr-2" });
    let records = json!([
        { "inputs": { "q": 1 }, "source": { "source_type": "TRACE", "source_data": trace } },
        { "inputs": { "q": 2 }, "source": { "source_type": "DOCUMENT", "source_data": document } },
        { "inputs": { "q": 3 }, "source": { "source_type": "HUMAN", "source_data": {} } },
        { "inputs": { "q": 4 } },
    ]);
    let body = json!({ "records": records.to_string() });
    server.post(&format!("{MLFLOW}/{id}/records"), body).await;
    let path = format!("{KANSOKU}/{id}/versions/1");
    let records = server.get(&format!("{path}/records")).await.json();
    let differences = server.get(&format!("{path}/differences")).await.json();
    let expected = [
        (json!("TRACE"), trace, json!("tr-1")),
        (json!("DOCUMENT"), document, json!(null)),
        (json!("HUMAN"), json!({}), json!(null)),
    ];
    for (n, (source_type, data, trace)) in expected.into_iter().enumerate() {
        for record in [&records["records"][n], &differences["differences"][n]["after"]] {
            let found = ["source_type", "source_data", "source_trace_id"].map(|key| &record[key]);
            assert_eq!(found, [&source_type, &data, &trace]);
        }
    }
    for field in ["source_type", "source_data", "source_trace_id"] {
        assert_eq!(records["records"][3][field], json!(null), "{field}");
    }
}

#[tokio::test]
async fn two_versions_are_compared_in_either_direction() {
    let server = TestServer::start();
    let id = three_versions(&server).await;
    let path = format!("{KANSOKU}/{id}/versions");
    let changes = async |query: &str| {
        let reply = server.get(&format!("{path}/{query}")).await.json();
        let list = reply["differences"].as_array().unwrap_or_else(|| panic!("{reply}")).clone();
        let change = |it: &Value| {
            let record = if it["after"].is_null() { &it["before"] } else { &it["after"] };
            format!("{} {}", it["change"].as_str().unwrap(), record["inputs"]["q"])
        };
        list.iter().map(change).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(changes("3/differences?base=1").await, r#"removed "a", changed "b", added "d""#);
    assert_eq!(changes("1/differences?base=3").await, r#"added "a", changed "b", removed "d""#);
    assert_eq!(changes("3/differences").await, r#"removed "a""#);
    assert_eq!(changes("1/differences").await, r#"added "a", added "b", added "c""#);
    let page = server.get(&format!("{path}/3/differences?base=1&max_results=1")).await.json();
    let token = page["next_page_token"].as_str().unwrap().replace('=', "%3D");
    let path = format!("{path}/3/differences?base=1&max_results=1&page_token={token}");
    let mut next = server.get(&path).await.json();
    // It contains the id of a record.
    assert!(next["next_page_token"].take().is_string());
    assert_snapshot!(shown(next, &id), @r#"{"base":1,"version":3,"differences":[{"change":"changed","before":{"record_id":"…","inputs":{"q":"b"},"outputs":{},"expectations":{"e":"1"},"tags":{"mlflow.user":"ann"},"source_type":"TRACE","source_data":{"trace_id":"tr-b"},"source_trace_id":"tr-b","added_in":1,"create_time_ms":1700000000010,"created_by":"ann","update_time_ms":1700000000010,"updated_by":"ann"},"after":{"record_id":"…","inputs":{"q":"b"},"outputs":{},"expectations":{"e":"2"},"tags":{"mlflow.user":"ann"},"source_type":"TRACE","source_data":{"trace_id":"tr-b"},"source_trace_id":"tr-b","added_in":1,"create_time_ms":1700000000010,"created_by":"ann","update_time_ms":1700000000020,"updated_by":"ann"}}],"next_page_token":null}"#);
}

#[tokio::test]
async fn old_versions_are_deleted_and_nothing_else() {
    let server = TestServer::start();
    let id = three_versions(&server).await;
    let path = format!("{KANSOKU}/{id}/versions");
    assert_eq!(server.delete(&path, json!({ "before": 3 })).await.json(), json!({}));
    let left = server.get(&path).await.json();
    assert_eq!(left["versions"].as_array().unwrap().len(), 1);
    let mut refused = Vec::new();
    for query in [
        "versions/2/records",
        "versions/4/records",
        "versions/3/differences?base=2",
        "versions/x/records",
        "versions/-1/records",
        "versions/3/records?max_results=10001",
        "versions/3/records?page_token=x",
        "versions?max_results=0",
    ] {
        let reply = server.get(&format!("{KANSOKU}/{id}/{query}")).await;
        let message = reply.json()["message"].to_string().replace(&id, "d-ID");
        refused.push(format!("{query} {} {message}", reply.status.as_u16()));
    }
    let unknown = server.get(&format!("{KANSOKU}/d-none/versions")).await;
    refused.push(format!("{} {}", unknown.status.as_u16(), unknown.json()["message"]));
    assert_snapshot!(refused.join("\n"));
    let kept = server.get(&format!("{path}/3/records")).await.json();
    assert_eq!(kept["records"].as_array().unwrap().len(), 3);
}
