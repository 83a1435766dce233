//! Commits of the only writer of a table.
use serde_json::Value;

use super::world::*;
use crate::log::*;

#[tokio::test]
async fn a_commit_is_the_next_version() {
    let world = World::new();
    let mut table = world.create().await;
    assert_eq!(table.snapshot().version(), 0);
    assert_eq!(table.commit(&batch(1, &["a", "b"])).await.unwrap(), 1);
    assert_eq!(table.commit(&commit(Operation::Delete, &["c"], &["a"])).await.unwrap(), 2);
    for table in [table, world.open().await.unwrap()] {
        assert_eq!(table.snapshot().version(), 2);
        assert_eq!(paths(&table), ["b", "c"]);
        assert_eq!(table.snapshot().file("b"), Some(&file("b")));
        assert_eq!(table.snapshot().transaction(APP), Some(1));
        assert_eq!(table.snapshot().schema(), definition().schema);
        assert_eq!(table.snapshot().property("otel.schemaVersion"), Some("v2"));
    }
}

#[tokio::test]
async fn a_compaction_changes_no_data() {
    let world = World::new();
    let mut table = world.create().await;
    table.commit(&append(&["a"])).await.unwrap();
    table.commit(&commit(Operation::Optimize, &["b"], &["a"])).await.unwrap();
    let lines = world.read("00000000000000000002.json");
    assert_eq!(lines.matches(r#""dataChange":false"#).count(), 2, "{lines}");
    assert!(lines.contains(r#""operation":"OPTIMIZE""#), "{lines}");
}

#[tokio::test]
async fn the_statistics_of_a_removed_file_are_not_repeated() {
    let world = World::new();
    let mut table = world.create().await;
    table.commit(&append(&["a"])).await.unwrap();
    table.commit(&commit(Operation::Delete, &[], &["a"])).await.unwrap();
    assert!(!world.read("00000000000000000002.json").contains("numRecords"));
}

#[tokio::test]
async fn a_transaction_is_committed_once() {
    let world = World::new();
    let mut table = world.create().await;
    table.commit(&batch(5, &["a"])).await.unwrap();
    for version in [4, 5] {
        let error = table.commit(&batch(version, &["b"])).await.unwrap_err();
        assert!(matches!(error, LogError::AlreadyCommitted { committed: 5, .. }), "{error}");
    }
    table.commit(&batch(6, &["b"])).await.unwrap();
}

#[tokio::test]
async fn a_commit_must_fit_the_table() {
    let world = World::new();
    let mut table = world.create().await;
    table.commit(&append(&["a"])).await.unwrap();
    let error = table.commit(&append(&["a"])).await.unwrap_err();
    assert!(matches!(&error, LogError::DuplicateFile { path, .. } if path == "a"), "{error}");
    let error = table.commit(&append(&["b", "b"])).await.unwrap_err();
    assert!(matches!(&error, LogError::DuplicateFile { path, .. } if path == "b"), "{error}");
    let twice = commit(Operation::Delete, &[], &["a", "a"]);
    let error = table.commit(&twice).await.unwrap_err();
    assert!(matches!(&error, LogError::Conflict { path, .. } if path == "a"), "{error}");
    for invalid in [append(&[]), append(&["../a"]), append(&["_delta_log/a"])] {
        let error = table.commit(&invalid).await.unwrap_err();
        assert!(matches!(error, LogError::InvalidCommit { .. }), "{error}");
    }
    assert_eq!(table.snapshot().version(), 1);
    assert_eq!(world.log_names().len(), 2);
}

#[tokio::test]
async fn a_commit_has_a_largest_size() {
    let world = World::new();
    let mut table = world.create().await;
    let with_stats = |path: String| {
        let stats = Some("s".repeat(validation::STATS_BYTES_MAX));
        DataFile { stats, ..file(&path) }
    };
    let files = usize::try_from(folder::COMMIT_BYTES_MAX).unwrap() / validation::STATS_BYTES_MAX;
    let mut commit = append(&[]);
    commit.added = (0..files - 2).map(|number| with_stats(number.to_string())).collect();
    table.commit(&commit).await.unwrap();
    commit.added = (0..files).map(|number| with_stats(format!("more-{number}"))).collect();
    let error = table.commit(&commit).await.unwrap_err();
    assert!(matches!(error, LogError::TooLarge { .. }), "{error}");
    commit.added = vec![file("x")];
    commit.added[0].stats = Some("s".repeat(validation::STATS_BYTES_MAX + 1));
    let error = table.commit(&commit).await.unwrap_err();
    assert!(matches!(error, LogError::InvalidCommit { .. }), "{error}");
    assert_eq!(world.open().await.unwrap().snapshot().version(), 1);
}

#[tokio::test]
async fn every_line_of_a_commit_is_one_action() {
    let world = World::new();
    let mut table = world.create().await;
    table.commit(&batch(1, &["a"])).await.unwrap();
    let keys = |name: &str| -> Vec<String> {
        let text = world.read(name);
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .flat_map(|line| line.as_object().unwrap().keys().cloned().collect::<Vec<_>>())
            .collect()
    };
    let first = keys("00000000000000000000.json");
    assert_eq!(first, ["commitInfo", "protocol", "metaData", "domainMetadata"]);
    assert_eq!(keys("00000000000000000001.json"), ["commitInfo", "txn", "add"]);
}
