//! Whatever is wrong with an archive is found, and nothing else.
use std::path::PathBuf;

use kansoku_archive::log;
use kansoku_archive::tables::Table;
use kansoku_archive::{Depth, Problem, VerifiedExperiment, Verifier};
use kansoku_model::TimestampMs;
use kansoku_store::suite::build::{batch, small_trace, span, trace_id};
use kansoku_store::{ArchiveCatalog as _, ArchiveFile, BatchFiles, TraceWrites as _};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::archiver::{HERE, World, open_database};

const TRACES: &str = "experiment_0_traces";

/// An archive with two batches.
async fn world() -> World {
    let world = World::new().await;
    for n in 1..3 {
        world.store.append(HERE, small_trace(n, 0)).await.unwrap();
        world.round().await;
    }
    world
}

async fn verify(world: &World, depth: Depth) -> VerifiedExperiment {
    let verifier = Verifier { store: world.archive(), catalog: world.store.clone(), depth };
    let mut files = 0;
    let mut verified = verifier.verify(Some(HERE), &mut |it| files = it.files).await.unwrap();
    assert_eq!((verified.len(), files), (1, verified[0].files));
    verified.remove(0)
}

/// The first file of a table, and its path on the disk.
async fn file(world: &World, table: Table) -> (ArchiveFile, PathBuf) {
    let files = world.store.archive_files(HERE).await.unwrap();
    let file = files.into_iter().find(|it| it.table == table.suffix()).unwrap();
    let path = world.folder.path().join("archive").join(&file.path);
    (file, path)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_without_problems_adds_up() {
    let world = world().await;
    world.store.set_tag(&trace_id(2), "k", "v").await.unwrap();
    world.store.append(HERE, small_trace(3, 0)).await.unwrap();
    for depth in [Depth::Footers, Depth::Rows] {
        let verified = verify(&world, depth).await;
        assert_eq!(verified.problems, []);
        assert_eq!((verified.archived, verified.settled, verified.queued), (2, 1, 2));
        assert_eq!((verified.files, verified.prefix.as_str()), (6, "experiment_0"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_and_damaged_files_are_found() {
    let world = World::new().await;
    let mut random = StdRng::seed_from_u64(1);
    let text: String = (0..200_000).map(|_| random.random_range('!'..='~')).collect();
    world
        .store
        .append(HERE, batch([span(1, 1, None, 0, 5).attribute("text", &text)]))
        .await
        .unwrap();
    world.round().await;
    let (file, on_disk) = file(&world, Table::Spans).await;
    let (path, whole) = (file.path.clone(), std::fs::read(&on_disk).unwrap());
    let problem = async |bytes: &[u8], depth| {
        std::fs::write(&on_disk, bytes).unwrap();
        verify(&world, depth).await.problems
    };
    let mut longer = whole.clone();
    longer.push(0);
    let (expected, found) = (file.bytes, file.bytes + 1);
    let other_size = Problem::OtherSize { path: path.clone(), expected, found };
    assert_eq!(problem(&longer, Depth::Footers).await, [other_size]);
    let mut footer = whole.clone();
    let at = whole.len() - 100;
    footer[at] ^= 1;
    let found = problem(&footer, Depth::Footers).await;
    assert!(matches!(&found[..], [Problem::Unreadable { .. }]), "{found:?}");
    let mut rows = whole.clone();
    rows[whole.len() / 2] ^= 1;
    assert_eq!(problem(&rows, Depth::Footers).await, []);
    let found = problem(&rows, Depth::Rows).await;
    assert!(matches!(&found[..], [Problem::Unreadable { .. }]), "{found:?}");
    std::fs::remove_file(&on_disk).unwrap();
    assert_eq!(verify(&world, Depth::Rows).await.problems, [Problem::Missing { path }]);
    assert_eq!(problem(&whole, Depth::Rows).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_only_the_log_or_only_the_catalog_has_are_found() {
    let world = world().await;
    let (file, _) = file(&world, Table::Traces).await;
    let mut table = log::Table::open(world.archive(), TRACES.into()).await.unwrap();
    let name = file.path.strip_prefix("experiment_0_traces/").unwrap();
    let other = log::DataFile {
        path: "x.parquet".to_owned(),
        ..table.snapshot().file(name).unwrap().clone()
    };
    let commit = log::Commit {
        operation: log::Operation::Merge,
        added: vec![other],
        removed: vec![name.to_owned()],
        transaction: None,
        now_ms: 0,
    };
    table.commit(&commit).await.unwrap();
    let unknown = Problem::NotInCatalog { path: "experiment_0_traces/x.parquet".to_owned() };
    let found = verify(&world, Depth::Footers).await.problems;
    assert_eq!(found, [Problem::NotInLog { path: file.path }, unknown]);
    std::fs::remove_dir_all(world.folder.path().join("archive/experiment_0_otel_logs")).unwrap();
    assert_eq!(verify(&world, Depth::Footers).await.problems.len(), 2, "the table has no files");
    let log = world.folder.path().join("archive/experiment_0_otel_spans/_delta_log");
    std::fs::remove_dir_all(log).unwrap();
    let found = verify(&world, Depth::Footers).await.problems;
    assert!(matches!(&found[..], [Problem::UnreadableTable { .. }, _, _]), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn traces_without_a_row_or_with_two_are_found() {
    let world = world().await;
    world.store.append(HERE, small_trace(3, 0)).await.unwrap();
    let database = world.folder.path().join("kansoku.db");
    let forget = "delete from archive_queue";
    let forgotten = open_database(&database).execute(forget, []).unwrap();
    assert_eq!(forgotten, 1);
    let missing = Problem::MissingTrace { table: TRACES.to_owned(), trace: trace_id(3) };
    assert_eq!(verify(&world, Depth::Footers).await.problems, [missing]);

    // The same rows in another file.
    let (file, on_disk) = file(&world, Table::Traces).await;
    let locator = world.store.file_locator(&file.path).await.unwrap();
    let path = "experiment_0_traces/again.parquet".to_owned();
    std::fs::copy(&on_disk, on_disk.with_file_name("again.parquet")).unwrap();
    world.store.plan_rewrite(HERE).await.unwrap();
    world.store.reserve_file(HERE, &path).await.unwrap();
    let again = ArchiveFile { path: path.clone(), locator, ..file };
    let files = BatchFiles { added: vec![again], removed: Vec::new() };
    world.store.batch_written(HERE, files).await.unwrap();
    world.store.finish_batch(HERE, TimestampMs(0)).await.unwrap();
    let found = verify(&world, Depth::Rows).await.problems;
    let repeated = Problem::RepeatedTraces { table: TRACES.to_owned(), traces: 1 };
    assert!(found.contains(&repeated) && found.contains(&Problem::NotInLog { path }), "{found:?}");
    assert_eq!(found.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_elsewhere_than_the_catalog_locates_them_are_found() {
    let world = world().await;
    let (file, _) = file(&world, Table::Traces).await;
    let database = open_database(&world.folder.path().join("kansoku.db"));
    let change = |column: &str, value: &str| {
        let update = format!("update archive_files set {column} = {value} where path = ?1");
        assert_eq!(database.execute(&update, [&file.path]).unwrap(), 1);
    };
    let later = file.min_time.0 + 1;
    change("min_time_ms", &later.to_string());
    let path = file.path.clone();
    assert_eq!(verify(&world, Depth::Rows).await.problems, [Problem::OtherTimes { path }]);
    change("min_time_ms", &file.min_time.0.to_string());
    // The last number of an entry is that of the trace's rows.
    let change_rows = "update archive_locators
        set entries = cast(substr(entries, 1, length(entries) - 1) || x'02' as blob)
        where file = (select id from archive_files where path = ?1)";
    assert_eq!(database.execute(change_rows, [&file.path]).unwrap(), 1);
    let path = file.path.clone();
    let found = verify(&world, Depth::Rows).await.problems;
    assert!(found.contains(&Problem::OtherLocator { path }), "{found:?}");
    change("rows", "7");
    let other_rows = Problem::OtherRows { path: file.path.clone(), expected: 7, found: 1 };
    assert!(verify(&world, Depth::Footers).await.problems.contains(&other_rows));
}
