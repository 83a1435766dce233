//! Damaged logs, and writers that were stopped at any point.
use super::world::*;
use crate::log::*;

const FIRST: &str = "00000000000000000000.json";
const SECOND: &str = "00000000000000000001.json";

async fn malformed(world: &World, file: &str) -> String {
    let error = world.open().await.unwrap_err();
    let LogError::Malformed { file: named, reason, .. } = &error else { panic!("{error}") };
    assert_eq!(named, file);
    reason.clone()
}

#[tokio::test]
async fn a_torn_commit_is_named() {
    let world = World::new();
    let mut table = world.create().await;
    table.commit(&append(&["a"])).await.unwrap();
    let text = world.read(SECOND);
    world.write(SECOND, &text[..text.len() - 10]);
    assert_eq!(malformed(&world, SECOND).await, "it ends in the middle of line 2");
    world.write(SECOND, "");
    assert_eq!(malformed(&world, SECOND).await, "it is empty");
    world.write(SECOND, &text);
    world.write(FIRST, world.read(FIRST).lines().next().unwrap());
    assert_eq!(malformed(&world, FIRST).await, "it has no `metaData` or no `protocol`");
}

#[tokio::test]
async fn values_of_a_malformed_action_are_not_repeated() {
    let world = World::new();
    world.create().await;
    let lines = [
        r#"{"add":{"path":"a","partitionValues":{},"size":"secret","dataChange":true}}"#,
        r#"{"add":{"path":"a","partitionValues":{},"size":-1,"dataChange":true}}"#,
        r#"{"add":"secret"}"#,
        r#"["secret"]"#,
        "secret",
        "{}",
        "\u{0}",
    ];
    for line in lines {
        world.write(SECOND, line);
        let reason = malformed(&world, SECOND).await;
        assert!(!reason.contains("secret") && reason.contains("line 1"), "{reason}");
    }
    world.write(SECOND, [0xff, 0xfe]);
    malformed(&world, SECOND).await;
    world.write(SECOND, "[".repeat(100_000));
    malformed(&world, SECOND).await;
}

#[tokio::test]
async fn a_torn_checkpoint_is_named() {
    let world = World::new();
    let mut table = world.create().await;
    table.checkpoint(NOW_MS).await.unwrap();
    let name = "00000000000000000000.checkpoint.parquet";
    let content = std::fs::read(world.log_file(name)).unwrap();
    for length in [0, 3, 100, content.len() - 1] {
        world.write(name, &content[..length]);
        malformed(&world, name).await;
    }
    for at in (0..content.len()).step_by(7) {
        let mut damaged = content.clone();
        damaged[at] ^= 0x55;
        world.write(name, damaged);
        let _either_is_fine = world.open().await;
    }
}

#[tokio::test]
async fn a_gap_in_the_log_is_named() {
    let world = World::new();
    let mut table = world.create().await;
    for name in ["a", "b", "c"] {
        table.commit(&append(&[name])).await.unwrap();
    }
    world.delete("00000000000000000002.json");
    let error = world.open().await.unwrap_err();
    assert!(matches!(error, LogError::MissingVersion { version: 2, .. }), "{error}");
    world.delete(FIRST);
    let error = world.open().await.unwrap_err();
    assert!(matches!(error, LogError::MissingVersion { version: 0, .. }), "{error}");
}

#[tokio::test]
async fn a_log_that_went_back_is_not_written() {
    let world = World::new();
    let mut table = world.create().await;
    table.commit(&append(&["a"])).await.unwrap();
    world.delete(SECOND);
    let error = table.commit(&append(&["b"])).await.unwrap_err();
    assert!(matches!(error, LogError::MissingVersion { version: 1, .. }), "{error}");
}

#[tokio::test]
async fn temporary_files_are_ignored() {
    let world = World::new();
    let mut table = world.create().await;
    table.commit(&append(&["a"])).await.unwrap();
    for name in ["00000000000000000002.json#1", "00000000000000000002.json.tmp", "tmp", ".x.json"] {
        world.write(name, "");
    }
    assert_eq!(table.commit(&append(&["b"])).await.unwrap(), 2);
    assert_eq!(paths(&world.open().await.unwrap()), ["a", "b"]);
}

#[tokio::test]
async fn a_file_of_the_log_has_a_largest_size() {
    let world = World::new();
    let mut table = world.create().await;
    let length = usize::try_from(folder::COMMIT_BYTES_MAX).unwrap();
    let mut content = vec![b'\n'; length];
    let action = br#"{"commitInfo":{}}"#;
    content[..action.len()].copy_from_slice(action);
    world.write(SECOND, &content);
    table.refresh().await.unwrap();
    assert_eq!(table.snapshot().version(), 1);
    content.push(b'\n');
    world.write("00000000000000000002.json", &content);
    let error = table.refresh().await.unwrap_err();
    assert!(matches!(error, LogError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_checkpoint_has_a_largest_size() {
    let world = World::new();
    world.create().await.checkpoint(NOW_MS).await.unwrap();
    let name = world.log_file("00000000000000000000.checkpoint.parquet");
    let checkpoint = std::fs::File::options().write(true).open(name).unwrap();
    checkpoint.set_len(folder::CHECKPOINT_BYTES_MAX + 1).unwrap();
    let error = world.open().await.unwrap_err();
    assert!(matches!(error, LogError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_hint_has_a_largest_size() {
    let world = World::new();
    let table = world.create().await;
    let mut hint = br#"{"version":7}"#.to_vec();
    hint.resize(usize::try_from(checkpoint::HINT_BYTES_MAX).unwrap(), b' ');
    world.write("_last_checkpoint", &hint);
    assert_eq!(table.folder.read_hint().await.unwrap(), Some(7));
    hint.push(b' ');
    world.write("_last_checkpoint", &hint);
    assert_eq!(table.folder.read_hint().await.unwrap(), None);
}
