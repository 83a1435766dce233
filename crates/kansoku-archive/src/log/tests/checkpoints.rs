//! Checkpoints: what they contain, and that they are enough.
use super::world::*;
use crate::log::*;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const CHECKPOINT: &str = "00000000000000000003.checkpoint.parquet";

/// Version 3, with the files `b` and `c`.
async fn with_checkpoint(world: &World) -> Table {
    let mut table = world.create().await;
    table.commit(&batch(1, &["a", "b"])).await.unwrap();
    table.commit(&append(&["c"])).await.unwrap();
    table.commit(&commit(Operation::Delete, &[], &["a"])).await.unwrap();
    table.checkpoint(NOW_MS).await.unwrap();
    table
}

fn same_state(one: &Snapshot, other: &Snapshot) {
    let lines = |snapshot: &Snapshot| {
        let actions: Vec<_> = snapshot.actions().collect();
        String::from_utf8(actions::to_lines(&actions)).unwrap()
    };
    assert_eq!(one.version(), other.version());
    assert_eq!(lines(one), lines(other));
}

#[tokio::test]
async fn a_table_is_opened_from_its_checkpoint_alone() {
    let world = World::new();
    let table = with_checkpoint(&world).await;
    for version in 0..4 {
        world.delete(&format!("{version:020}.json"));
    }
    let mut opened = world.open().await.unwrap();
    same_state(table.snapshot(), opened.snapshot());
    opened.commit(&append(&["d"])).await.unwrap();
    same_state(opened.snapshot(), world.open().await.unwrap().snapshot());
}

#[tokio::test]
async fn the_hint_has_the_size_of_the_checkpoint() {
    let world = World::new();
    with_checkpoint(&world).await;
    let bytes = std::fs::metadata(world.log_file(CHECKPOINT)).unwrap().len();
    // Protocol, metadata, clustering, one transaction, two files and one removed one.
    let hint = format!(r#"{{"version":3,"size":7,"sizeInBytes":{bytes},"numOfAddFiles":2}}"#);
    assert_eq!(world.read("_last_checkpoint"), hint);
}

#[tokio::test]
async fn a_checkpoint_without_a_hint_is_found() {
    let world = World::new();
    let table = with_checkpoint(&world).await;
    world.delete("_last_checkpoint");
    world.delete("00000000000000000000.json");
    same_state(table.snapshot(), world.open().await.unwrap().snapshot());
}

#[tokio::test]
async fn a_hint_that_names_no_checkpoint_is_ignored() {
    let hints = [
        "",
        "{",
        "7",
        r#"{"version":-1}"#,
        r#"{"version":"3"}"#,
        r#"{"version":2}"#,
        r#"{"version":99,"size":1}"#,
        r#"{"version":18446744073709551615,"size":1}"#,
    ];
    let world = World::new();
    let table = with_checkpoint(&world).await;
    for hint in hints {
        world.write("_last_checkpoint", hint);
        same_state(table.snapshot(), world.open().await.unwrap().snapshot());
    }
    world.write("_last_checkpoint", r#"{"version":3,"size":7}"#);
    world.delete(CHECKPOINT);
    same_state(table.snapshot(), world.open().await.unwrap().snapshot());
}

#[tokio::test]
async fn removed_files_are_remembered_until_their_retention_has_passed() {
    let world = World::new();
    let mut table = with_checkpoint(&world).await;
    let remembered = async || {
        let table = world.open().await.unwrap();
        table.snapshot().tombstones.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(remembered().await, ["a"]);
    table.checkpoint(NOW_MS + 7 * DAY_MS - 1).await.unwrap();
    assert_eq!(remembered().await, ["a"]);
    table.checkpoint(NOW_MS + 7 * DAY_MS).await.unwrap();
    assert!(remembered().await.is_empty());
}

#[tokio::test]
async fn a_file_that_comes_back_is_no_removed_one() {
    let world = World::new();
    let mut table = with_checkpoint(&world).await;
    table.commit(&append(&["a"])).await.unwrap();
    table.checkpoint(NOW_MS).await.unwrap();
    let table = world.open().await.unwrap();
    assert_eq!(paths(&table), ["a", "b", "c"]);
    assert!(table.snapshot().tombstones.is_empty());
}

#[tokio::test]
async fn a_checkpoint_has_as_many_rows_as_needed() {
    let world = World::with_fsync(false);
    let mut table = world.create().await;
    let names: Vec<String> = (0..5000).map(|number| format!("f/{number}.parquet")).collect();
    table.commit(&append(&names.iter().map(String::as_str).collect::<Vec<_>>())).await.unwrap();
    table.checkpoint(NOW_MS).await.unwrap();
    same_state(table.snapshot(), world.open().await.unwrap().snapshot());
}
