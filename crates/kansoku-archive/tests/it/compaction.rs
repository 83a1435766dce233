//! Many small files become few, and every row stays as it was.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use kansoku_archive::log;
use kansoku_archive::tables::Table;
use kansoku_archive::{
    ArchiveReader, ArchiveSettings, ArchiveSource, Archiver, Depth, MergedFiles, NextRound,
    TieredStore, Verifier, compaction_backlogs,
};
use kansoku_model::Clock as _;
use kansoku_store::suite::build::{batch, feedback, small_trace, span, trace_id};
use kansoku_store::{ArchiveCatalog as _, Deletion, TraceReads as _, TraceWrites as _, Unarchived};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio_util::sync::CancellationToken;

use crate::archiver::{HERE, World, hex};
use crate::faults::{Faults, FaultyCatalog, FaultyStore, When};

/// The clock of a world, in milliseconds after the first spans: today.
const TODAY_MS: u64 = 1_800_000_000_000 - 1_795_237_452_000;
const DAY_MS: u64 = 86_400_000;

impl World {
    async fn compact(&self) -> Vec<MergedFiles> {
        let mut merged = Vec::new();
        let mut archiver = self.archiver().await;
        let push = &mut |files| merged.push(files);
        archiver.compact_now(&CancellationToken::new(), push).await.unwrap();
        merged
    }

    /// Traces in as many files of each table.
    async fn archive_one_by_one(&self, traces: std::ops::Range<u64>, from_ms: u64) {
        for n in traces {
            self.store.append(HERE, small_trace(n, from_ms + n * 100)).await.unwrap();
            self.round().await;
        }
    }

    async fn require_sound(&self) {
        let catalog = self.store.clone();
        let verifier = Verifier { store: self.archive(), catalog, depth: Depth::Rows };
        for experiment in verifier.verify(None, &mut |_| {}).await.unwrap() {
            assert_eq!(experiment.problems, []);
        }
    }

    /// Every value of every row, sorted.
    async fn all_rows(&self) -> BTreeMap<&'static str, Vec<String>> {
        let mut all = BTreeMap::new();
        for table in Table::ALL {
            let mut rows = Vec::new();
            for batch in self.batches(table).await {
                let one = (0..batch.num_rows()).map(|row| format!("{:?}", batch.slice(row, 1)));
                rows.extend(one);
            }
            rows.sort();
            all.insert(table.suffix(), rows);
        }
        all
    }

    fn files_on_disk(&self) -> BTreeSet<String> {
        let folder = self.folder.path().join("archive");
        let mut files = BTreeSet::new();
        for table in std::fs::read_dir(&folder).unwrap().flatten() {
            for file in std::fs::read_dir(table.path()).unwrap().flatten() {
                let name = file.file_name().into_string().unwrap();
                if file.path().is_file() && table.file_name() != "_kansoku" {
                    files.insert(format!("{}/{name}", table.file_name().display()));
                }
            }
        }
        files
    }

    async fn live_files(&self) -> BTreeSet<String> {
        let files = self.store.archive_files(HERE).await.unwrap();
        files.into_iter().map(|file| file.path).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_closed_day_become_one_with_the_same_rows_in_order() {
    let world = World::new().await;
    // Late traces are earlier than those before.
    world.archive_one_by_one(5..8, 0).await;
    world.archive_one_by_one(1..5, 0).await;
    let before = world.all_rows().await;
    let [backlog] = &compaction_backlogs(&*world.store, world.clock.now()).await.unwrap()[..]
    else {
        panic!("one experiment")
    };
    assert_eq!(backlog.files, 21);
    let merged = world.compact().await;
    let tables: BTreeSet<_> =
        merged.iter().map(|files| (files.table.as_str(), files.files)).collect();
    let expected =
        ["experiment_0_otel_annotations", "experiment_0_otel_spans", "experiment_0_traces"];
    assert_eq!(tables, expected.map(|table| (table, 7)).into());
    assert_eq!(world.all_rows().await, before);
    for table in [Table::Spans, Table::Annotations, Table::Traces] {
        let [rows] = &world.batches(table).await[..] else { panic!("one file") };
        let traces = rows.column_by_name(table.trace_column().unwrap()).unwrap();
        let traces: Vec<_> = traces.as_string::<i32>().iter().flatten().collect();
        assert!(traces.is_sorted(), "{table:?}: {traces:?}");
    }
    world.require_sound().await;
    assert!(world.compact().await.is_empty());
    let [backlog] = &compaction_backlogs(&*world.store, world.clock.now()).await.unwrap()[..]
    else {
        panic!("one experiment")
    };
    assert_eq!((backlog.files, backlog.bytes), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_files_are_committed_as_the_same_data_and_the_old_ones_stay_an_hour() {
    let world = World::new().await;
    world.archive_one_by_one(1..4, 0).await;
    let old = world.live_files().await;
    world.compact().await;
    let folder = world.folder.path().join("archive/experiment_0_traces/_delta_log");
    let commits = std::fs::read_dir(&folder).unwrap().flatten().map(|file| file.path());
    let last =
        commits.filter(|path| path.extension().is_some_and(|it| it == "json")).max().unwrap();
    let commit = std::fs::read_to_string(last).unwrap();
    assert!(commit.contains(r#""operation":"OPTIMIZE""#), "{commit}");
    assert_eq!(commit.matches(r#""dataChange":false"#).count(), 4, "{commit}");
    let live = world.live_files().await;
    assert_eq!((live.len(), live.intersection(&old).count()), (3, 0));
    assert_eq!(world.files_on_disk().len(), 12);
    world.clock.advance_ms(3_600_000);
    world.round().await;
    assert_eq!(world.files_on_disk(), live);

    // Traces that are deleted later are found in merged files.
    world.store.delete_traces(HERE, Deletion::Ids(vec![trace_id(2)])).await.unwrap();
    world.store.set_tag(&trace_id(3), "k", "v").await.unwrap();
    world.round().await;
    assert_eq!(world.rows(Table::Spans).await, BTreeMap::from([(hex(1), 2), (hex(3), 2)]));
    assert_eq!(world.rows(Table::Traces).await.len(), 2);
    world.require_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn erased_rows_leave_the_files_that_were_merged_before() {
    let world = World::new().await;
    world.archive_one_by_one(1..4, 0).await;
    world.compact().await;
    world.store.delete_traces(HERE, Deletion::Ids(vec![trace_id(2)])).await.unwrap();
    world.round().await;
    world.clock.advance_ms(60_000);
    world.round().await;
    assert_eq!(world.files_on_disk(), world.live_files().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn traces_that_are_only_in_merged_files_are_read_and_deleted() {
    let world = World::new().await;
    world.archive_one_by_one(1..5, 0).await;
    let mut expected = Vec::new();
    for n in 1..5 {
        let trace = world.store.info(&trace_id(n)).await.unwrap();
        expected.push((trace, world.store.span_rows(&trace_id(n)).await.unwrap()));
    }
    let expired =
        Deletion::Expired { ids: (1..5).map(trace_id).collect(), unarchived: Unarchived::Stay };
    assert_eq!(world.store.delete_traces(HERE, expired).await.unwrap().len(), 4);
    let reader = ArchiveReader::new(world.archive(), world.store.clone());
    let tiers = TieredStore::open(world.store.clone(), world.store.clone(), reader).await.unwrap();
    // Its files are open when they are merged.
    assert_eq!(tiers.info(&trace_id(1)).await.unwrap(), expected[0].0);
    assert_eq!(world.compact().await.len(), 3);
    for (n, (info, rows)) in (1..5).zip(&expected) {
        assert_eq!(&tiers.info(&trace_id(n)).await.unwrap(), info);
        assert_eq!(&tiers.span_rows(&trace_id(n)).await.unwrap(), rows);
    }
    tiers.delete_traces(HERE, Deletion::Ids(vec![trace_id(2)])).await.unwrap();
    tiers.set_tag(&trace_id(3), "k", "v").await.unwrap();
    world.round().await;
    let two = [1, 3, 4].map(|n| (hex(n), 2));
    assert_eq!(world.rows(Table::Spans).await, two.into());
    assert_eq!(world.rows(Table::Traces).await.len(), 3);
    world.require_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_work_is_idle_until_a_day_closes() {
    let world = World::new().await;
    for n in 1..3 {
        world.store.append(HERE, small_trace(n, TODAY_MS + n)).await.unwrap();
        world.round().await;
    }
    let stop = CancellationToken::new();
    let mut archiver = world.archiver().await;
    let day_ms = DAY_MS as i64;
    let closes = (world.clock.now().0.div_euclid(day_ms) + 1) * day_ms + 2 * 3_600_000;
    let NextRound::AfterChange { or_at: Some(at) } = archiver.round(&stop).await.unwrap() else {
        panic!("nothing is to be merged")
    };
    assert_eq!(at.0, closes);
    world.clock.advance_ms(closes - world.clock.now().0);
    assert_eq!(archiver.round(&stop).await.unwrap(), NextRound::AfterInterval);
    assert_eq!(world.compact().await.len(), 3);
    world.clock.advance_ms(3_600_000);
    let mut archiver = world.archiver().await;
    let idle = archiver.round(&stop).await.unwrap();
    assert_eq!(idle, NextRound::AfterChange { or_at: None });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_another_program_replaced_is_left_alone() {
    let world = World::new().await;
    world.archive_one_by_one(1..4, 0).await;
    let table = "experiment_0_traces";
    let mut log = log::Table::open(world.archive(), table.into()).await.unwrap();
    let removed = log.snapshot().files().next().unwrap().path.clone();
    let commit = log::Commit {
        operation: log::Operation::Delete,
        added: Vec::new(),
        removed: vec![removed],
        transaction: None,
        now_ms: 0,
    };
    log.commit(&commit).await.unwrap();
    assert_eq!(world.compact().await.len(), 2, "the other tables");
    assert!(world.store.open_batches().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_not_merged_and_traces_are_archived_nevertheless() {
    let world = World::new().await;
    world.archive_one_by_one(1..4, 0).await;
    let damaged = world.live_files().await.into_iter().find(|it| it.contains("_traces/")).unwrap();
    let path = world.folder.path().join("archive").join(&damaged);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(world.compact().await.len(), 2, "the other tables");
    world.archive_one_by_one(4..5, 0).await;
    assert_eq!(world.rows(Table::Spans).await.len(), 4);
    let catalog = world.store.clone();
    let verifier = Verifier { store: world.archive(), catalog, depth: Depth::Rows };
    let [found] = &verifier.verify(None, &mut |_| {}).await.unwrap()[..] else { panic!("one") };
    let [problem] = &found.problems[..] else { panic!("one problem: {:?}", found.problems) };
    assert!(problem.to_string().starts_with(&format!("file `{damaged}` cannot be read")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compaction_that_ends_anywhere_loses_and_doubles_nothing() {
    for when in [When::Before, When::After] {
        let mut steps = 0;
        loop {
            let world = World::new().await;
            world.archive_one_by_one(1..3, 0).await;
            let before = world.all_rows().await;
            let faults = Faults::new(steps, when);
            let store = FaultyStore { store: world.archive(), faults: faults.clone() };
            let catalog = FaultyCatalog { catalog: world.store.clone(), faults };
            let source = ArchiveSource { catalog: Arc::new(catalog), ..world.source() };
            let begun = Archiver::begin(source, Arc::new(store), ArchiveSettings::default()).await;
            let mut merged = 0;
            if let Ok(mut archiver) = begun {
                let stop = CancellationToken::new();
                let _failed = archiver.compact_now(&stop, &mut |_| merged += 1).await;
            }
            // The next process.
            world.round().await;
            assert!(world.store.open_batches().await.unwrap().is_empty(), "{when:?} {steps}");
            assert_eq!(world.all_rows().await, before, "{when:?} {steps}");
            world.require_sound().await;
            world.clock.advance_ms(3_600_000);
            world.round().await;
            assert_eq!(world.files_on_disk(), world.live_files().await, "{when:?} {steps}");
            if 0 < merged {
                break;
            }
            steps += 1;
        }
        assert!(5 < steps, "{steps}");
    }
}

/// The state of a trace as the test has changed it.
#[derive(Clone, Copy)]
struct Expected {
    spans: usize,
    is_stored: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn random_batches_compactions_and_deletions_keep_every_row() {
    for _ in 0..2 {
        let seed = rand::random();
        println!("seed {seed}");
        random_history(seed).await;
    }
}

async fn random_history(seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let world = World::new().await;
    let mut traces: BTreeMap<u64, Expected> = BTreeMap::new();
    for step in 0..30 {
        for _ in 0..random.random_range(0..4) {
            let n = traces.len() as u64 + 1;
            let from_ms =
                TODAY_MS - random.random_range(0..2) * DAY_MS - random.random_range(0..999);
            world.store.append(HERE, small_trace(n, from_ms)).await.unwrap();
            traces.insert(n, Expected { spans: 2, is_stored: true });
        }
        let stored: Vec<u64> =
            traces.iter().filter(|(_, it)| it.is_stored).map(|(n, _)| *n).collect();
        if !stored.is_empty() {
            let n = stored[random.random_range(0..stored.len())];
            change(&world, &mut traces, n, &mut random).await;
        }
        if random.random_range(0..3) < 2 {
            world.round().await;
        }
        if random.random_range(0..4) == 0 {
            world.clock.advance_ms(random.random_range(0..2) * DAY_MS as i64);
            world.compact().await;
        }
        if step % 10 == 9 {
            world.round().await;
            check(&world, &traces, seed).await;
        }
    }
    world.clock.advance_ms(2 * DAY_MS as i64);
    world.round().await;
    world.compact().await;
    check(&world, &traces, seed).await;
    world.clock.advance_ms(3_600_000);
    world.round().await;
    assert_eq!(world.files_on_disk(), world.live_files().await, "seed {seed}");
}

async fn change(world: &World, traces: &mut BTreeMap<u64, Expected>, n: u64, random: &mut StdRng) {
    let trace = traces.get_mut(&n).unwrap();
    match random.random_range(0..6) {
        0 => {
            let late = span(n, 9 + trace.spans as u64, Some(1), TODAY_MS, TODAY_MS + 1);
            world.store.append(HERE, batch([late])).await.unwrap();
            trace.spans += 1;
        }
        1 => world.store.set_tag(&trace_id(n), "k", &format!("v{n}")).await.unwrap(),
        2 => drop(world.store.create_assessment(feedback(n, "good", true)).await.unwrap()),
        3 => {
            world.store.delete_traces(HERE, Deletion::Ids(vec![trace_id(n)])).await.unwrap();
            traces.get_mut(&n).unwrap().is_stored = false;
            traces.get_mut(&n).unwrap().spans = 0;
        }
        4 => {
            let (ids, unarchived) = (vec![trace_id(n)], Unarchived::Stay);
            let expired = Deletion::Expired { ids, unarchived };
            let deleted = world.store.delete_traces(HERE, expired).await.unwrap();
            trace.is_stored = deleted.is_empty();
        }
        _ => {}
    }
}

async fn check(world: &World, traces: &BTreeMap<u64, Expected>, seed: u64) {
    let expected = traces.iter().filter(|(_, it)| 0 < it.spans);
    let expected: BTreeMap<_, _> = expected.map(|(n, it)| (hex(*n), it.spans)).collect();
    assert_eq!(world.rows(Table::Spans).await, expected, "seed {seed}");
    let rows = world.rows(Table::Traces).await;
    let once: BTreeMap<_, _> = expected.keys().map(|hex| (format!("tr-{hex}"), 1)).collect();
    assert_eq!(rows, once, "seed {seed}");
    world.require_sound().await;
}
