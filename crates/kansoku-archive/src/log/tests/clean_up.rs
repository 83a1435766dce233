//! Which files of the log are deleted, and which are never.
use super::world::*;
use crate::log::*;

const ALL: i64 = i64::MAX;

async fn with_two_checkpoints(world: &World) -> Table {
    let mut table = world.create().await;
    for name in ["a", "b", "c", "d"] {
        table.commit(&append(&[name])).await.unwrap();
        if name == "b" || name == "c" {
            table.checkpoint(NOW_MS).await.unwrap();
        }
    }
    table
}

#[tokio::test]
async fn what_precedes_the_last_old_checkpoint_is_deleted() {
    let world = World::new();
    let table = with_two_checkpoints(&world).await;
    world.write("00000000000000000001.crc", "{}");
    world.write("_sidecars/00000000000000000001.parquet", "x");
    assert_eq!(table.clean_up(ALL).await.unwrap(), 5);
    let expected = [
        "00000000000000000003.checkpoint.parquet",
        "00000000000000000003.json",
        "00000000000000000004.json",
        "_last_checkpoint",
        "_sidecars",
    ];
    assert_eq!(world.log_names(), expected);
    assert_eq!(paths(&world.open().await.unwrap()), ["a", "b", "c", "d"]);
    assert_eq!(table.clean_up(ALL).await.unwrap(), 0);
}

#[tokio::test]
async fn young_checkpoints_and_what_precedes_them_stay() {
    let world = World::new();
    let table = with_two_checkpoints(&world).await;
    assert_eq!(table.clean_up(0).await.unwrap(), 0);
    assert_eq!(world.log_names().len(), 8);
}

#[tokio::test]
async fn the_checkpoint_that_the_hint_names_stays() {
    let world = World::new();
    let table = with_two_checkpoints(&world).await;
    // As if the process had stopped between the second checkpoint and its hint.
    world.write("_last_checkpoint", r#"{"version":2,"size":5}"#);
    assert_eq!(table.clean_up(ALL).await.unwrap(), 2);
    assert!(world.log_names().contains(&"00000000000000000002.checkpoint.parquet".to_owned()));
    world.delete("_last_checkpoint");
    assert_eq!(table.clean_up(ALL).await.unwrap(), 0);
}

#[tokio::test]
async fn without_a_checkpoint_nothing_is_deleted() {
    let world = World::new();
    let mut table = world.create().await;
    table.commit(&append(&["a"])).await.unwrap();
    assert_eq!(table.clean_up(ALL).await.unwrap(), 0);
    assert_eq!(world.log_names().len(), 2);
}
