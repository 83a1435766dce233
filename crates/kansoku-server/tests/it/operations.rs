//! Backups and retention, asked for over HTTP.
use kansoku_store::{SqliteStore, StoreOptions, TraceStore, backup};
use serde_json::json;

use crate::server::TestServer;

const BACKUP: &str = "/api/3.0/kansoku/backup";

#[tokio::test]
async fn a_backup_lies_in_the_folder_for_backups_under_its_name() {
    let server = TestServer::start();
    server.start_trace(crate::given::TRACE, json!({})).await;
    let reply = server.post(BACKUP, json!({ "to": "monday-1" })).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert_eq!(reply.json()["backup"]["files"], 0);
    let again = server.post(BACKUP, json!({ "to": "monday-1" })).await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["error_code"]),
        (400, &json!("RESOURCE_ALREADY_EXISTS"))
    );

    let place = server.folder().join("place");
    let taken = server.folder().join("backups/monday-1");
    backup::restore(&taken, &place, false, |_| {}).unwrap();
    let store = SqliteStore::open(&place.join("kansoku.db"), StoreOptions::default()).unwrap();
    let trace = kansoku_model::TraceId::try_from(crate::given::TRACE.to_owned()).unwrap();
    assert_eq!(store.info(&trace).await.unwrap().trace_id, trace);
}

#[tokio::test]
async fn a_backup_is_written_nowhere_else() {
    let server = TestServer::start();
    for name in
        ["../up", "/etc/x", "a/b", ".hidden", "..", "a\\b", "x.partial", "", &"n".repeat(101)]
    {
        let reply = server.post(BACKUP, json!({ "to": name })).await;
        assert_eq!(reply.status, 400, "{name}: {reply}");
        assert!(reply.json()["message"].as_str().unwrap().contains("to"), "{name}: {reply}");
    }
    assert!(!server.folder().join("backups").exists());
}
