//! Commits of other writers.
use std::collections::BTreeSet;

use super::world::*;
use crate::log::*;

/// Version 1 as another engine writes it, with fields and lines that Kansoku does not write.
const FOREIGN: &str = r#"{"commitInfo":{"timestamp":1,"operation":"OPTIMIZE","operationMetrics":{"n":"1"},"tags":{}}}
{"add":{"path":"x","partitionValues":{},"size":7,"modificationTime":5,"dataChange":false,"tags":{"ZCUBE_ID":"z"},"clusteringProvider":"liquid","baseRowId":3}}

{"remove":{"path":"a","deletionTimestamp":6,"dataChange":false,"deletionVector":null}}
{"txn":{"appId":"other","version":9}}"#;

async fn with_file_a(world: &World) -> Table {
    let mut table = world.create().await;
    table.commit(&append(&["a"])).await.unwrap();
    table
}

#[tokio::test]
async fn a_foreign_commit_is_applied_and_reported() {
    let world = World::new();
    let mut table = with_file_a(&world).await;
    world.write("00000000000000000002.json", FOREIGN);
    assert_eq!(table.commit(&batch(1, &["b"])).await.unwrap(), 3);
    let changes = table.take_foreign_changes();
    assert_eq!(changes.removed, BTreeSet::from(["a".to_owned()]));
    assert_eq!(changes.added.keys().collect::<Vec<_>>(), ["x"]);
    assert!(!changes.data_change);
    assert!(table.take_foreign_changes().is_empty());
    for table in [table, world.open().await.unwrap()] {
        assert_eq!(paths(&table), ["b", "x"]);
        assert_eq!(table.snapshot().transaction("other"), Some(9));
        assert_eq!(table.snapshot().transaction(APP), Some(1));
    }
}

#[tokio::test]
async fn a_commit_does_not_remove_what_a_foreign_one_has_replaced() {
    let world = World::new();
    let mut table = with_file_a(&world).await;
    world.write("00000000000000000002.json", FOREIGN);
    let erase = commit(Operation::Delete, &["b"], &["a"]);
    let error = table.commit(&erase).await.unwrap_err();
    assert!(
        matches!(&error, LogError::Conflict { path, version: 2, .. } if path == "a"),
        "{error}"
    );
    assert!(table.take_foreign_changes().removed.contains("a"));
    let erase = commit(Operation::Delete, &["b"], &["x"]);
    assert_eq!(table.commit(&erase).await.unwrap(), 3);
}

#[tokio::test]
async fn two_writers_never_share_a_version() {
    let world = World::new();
    let mut one = world.create().await;
    let mut other = world.open().await.unwrap();
    let commits = async |table: &mut Table, app_id: &str| {
        let mut versions = Vec::new();
        for version in 0..20 {
            let transaction = Some(AppTransaction { app_id: app_id.to_owned(), version });
            let path = format!("{app_id}-{version}");
            let commit = Commit { transaction, ..append(&[&path]) };
            versions.push(table.commit(&commit).await.unwrap());
        }
        versions
    };
    let (ones, others) = tokio::join!(commits(&mut one, "one"), commits(&mut other, "other"));
    let versions: BTreeSet<u64> = ones.iter().chain(&others).copied().collect();
    assert_eq!(versions, (1..=40).collect());
    assert_eq!(world.open().await.unwrap().snapshot().files().len(), 40);
}

#[tokio::test]
async fn a_commit_whose_success_was_not_heard_is_not_repeated() {
    let world = World::new();
    let mut table = with_file_a(&world).await;
    let mut same = world.open().await.unwrap();
    table.commit(&batch(1, &["b"])).await.unwrap();
    let error = same.commit(&batch(1, &["b"])).await.unwrap_err();
    assert!(matches!(error, LogError::AlreadyCommitted { committed: 1, .. }), "{error}");
    assert_eq!(paths(&same), ["a", "b"]);
}

#[tokio::test]
async fn what_is_not_understood_leaves_the_table_as_it_was() {
    let cases = [
        (
            r#"{"cdc":{"path":"c","size":1,"partitionValues":{},"dataChange":false}}"#,
            "action `cdc`",
        ),
        (
            r#"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["variantType","deletionVectors"],"writerFeatures":[]}}"#,
            "feature `deletionVectors`",
        ),
        (
            r#"{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["rowTracking"]}}"#,
            "feature `rowTracking`",
        ),
        (r#"{"protocol":{"minReaderVersion":4,"minWriterVersion":8}}"#, "reader version 4"),
        (r#"{"protocol":{"minReaderVersion":1,"minWriterVersion":7}}"#, "change of the protocol"),
        (
            r#"{"metaData":{"id":"i","format":{"provider":"parquet","options":{}},"schemaString":"{}","partitionColumns":[],"configuration":{}}}"#,
            "change of the schema",
        ),
        (
            r#"{"metaData":{"id":"i","format":{"provider":"parquet","options":{}},"schemaString":"{}","partitionColumns":["d"],"configuration":{}}}"#,
            "partition columns",
        ),
        (
            r#"{"metaData":{"id":"i","format":{"provider":"csv","options":{}},"schemaString":"{}","partitionColumns":[],"configuration":{}}}"#,
            "not Parquet",
        ),
        (
            r#"{"add":{"path":"c","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true,"deletionVector":{"storageType":"u"}}}"#,
            "deletion vectors",
        ),
        (
            r#"{"add":{"path":"s3://bucket/c","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true}}"#,
            "outside",
        ),
        (
            r#"{"domainMetadata":{"domain":"delta.rowTracking","configuration":"{}","removed":false}}"#,
            "another domain",
        ),
    ];
    for (action, reason) in cases {
        let world = World::new();
        let mut table = with_file_a(&world).await;
        let remove = r#"{"remove":{"path":"a","dataChange":true}}"#;
        world.write("00000000000000000002.json", format!("{remove}\n{action}\n"));
        for _ in 0..2 {
            let error = table.commit(&append(&["b"])).await.unwrap_err();
            let LogError::Unsupported { version: 2, feature, .. } = &error else {
                panic!("{action}: {error}")
            };
            assert!(feature.contains(reason), "{feature}");
        }
        assert_eq!(paths(&table), ["a"]);
        assert!(table.take_foreign_changes().is_empty());
        let error = world.open().await.unwrap_err();
        assert!(matches!(error, LogError::Unsupported { .. }), "{error}");
    }
}

#[tokio::test]
async fn properties_and_clustering_may_be_changed_by_others() {
    let world = World::new();
    let mut table = world.create().await;
    let text = world.read("00000000000000000000.json");
    let line = text.lines().find(|line| line.starts_with(r#"{"metaData""#)).unwrap();
    let line = line.replace(r#""otel.schemaVersion":"v2""#, r#""mine":"1""#);
    let domain =
        r#"{"domainMetadata":{"domain":"delta.clustering","configuration":"{}","removed":true}}"#;
    world.write("00000000000000000001.json", format!("{line}\n{domain}\n"));
    table.refresh().await.unwrap();
    assert_eq!(table.snapshot().property("mine"), Some("1"));
    assert_eq!(table.snapshot().clustering, None);
}

#[tokio::test]
async fn the_number_of_applications_has_a_limit() {
    let transactions = |numbers: std::ops::Range<usize>| -> String {
        let line = |n| format!("{{\"txn\":{{\"appId\":\"{n}\",\"version\":1}}}}\n");
        numbers.map(line).collect()
    };
    let world = World::with_fsync(false);
    let mut table = world.create().await;
    world.write("00000000000000000001.json", transactions(0..validation::APPLICATIONS_MAX));
    table.refresh().await.unwrap();
    world.write("00000000000000000002.json", transactions(0..10));
    table.refresh().await.unwrap();
    world.write("00000000000000000003.json", transactions(90_000..90_001));
    let error = table.refresh().await.unwrap_err();
    assert!(matches!(error, LogError::TooMany { .. }), "{error}");
}

#[tokio::test]
async fn a_log_that_others_cleaned_up_is_read_anew() {
    let world = World::new();
    let mut table = with_file_a(&world).await;
    let mut other = world.open().await.unwrap();
    other.commit(&append(&["b"])).await.unwrap();
    other.commit(&commit(Operation::Delete, &[], &["a"])).await.unwrap();
    other.checkpoint(NOW_MS).await.unwrap();
    assert_eq!(other.clean_up(i64::MAX).await.unwrap(), 3);
    // The file of version 2 does not exist any more, but a commit with that number would be lost.
    assert_eq!(table.commit(&append(&["c"])).await.unwrap(), 4);
    assert_eq!(paths(&table), ["b", "c"]);
    let changes = table.take_foreign_changes();
    assert_eq!(changes.removed, BTreeSet::from(["a".to_owned()]));
    assert_eq!(changes.added.keys().collect::<Vec<_>>(), ["b"]);
}
