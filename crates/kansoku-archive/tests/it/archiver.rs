//! Traces come from the store into the tables, exactly once.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::TryStreamExt;
use kansoku_archive::files::{FileReader, RowSelector, local_store};
use kansoku_archive::log;
use kansoku_archive::tables::{ArchivedTrace, Table, read_traces};
use kansoku_archive::{ArchiveSettings, ArchiveSource, Archiver};
use kansoku_model::{Clock, ExperimentId, TimestampMs};
use kansoku_sqlite::{SqliteStore, StoreOptions};
use kansoku_store::suite::build::{feedback, small_trace, trace_id};
use kansoku_store::{
    ArchiveCatalog as _, Deletion, ExperimentStore as _, NewExperiment, TraceWrites as _,
    Unarchived,
};
use object_store::ObjectStore;
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> TimestampMs {
        TimestampMs(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) const HERE: ExperimentId = ExperimentId::DEFAULT;

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) clock: TestClock,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock(Arc::new(AtomicI64::new(1_800_000_000_000)));
        std::fs::create_dir(folder.path().join("archive")).unwrap();
        let store = open(folder.path(), &clock);
        // Otherwise traces count as changed when an archiver first sees them.
        store.begin_archiving().await.unwrap();
        Self { folder, store, clock }
    }

    pub(crate) fn archive(&self) -> Arc<dyn ObjectStore> {
        local_store(&self.folder.path().join("archive")).unwrap()
    }

    pub(crate) fn source(&self) -> ArchiveSource {
        ArchiveSource {
            traces: self.store.clone(),
            meta: self.store.clone(),
            catalog: self.store.clone(),
            clock: Arc::new(self.clock.clone()),
        }
    }

    pub(crate) async fn archiver(&self) -> Archiver {
        let (source, settings) = (self.source(), ArchiveSettings::default());
        Archiver::begin(source, self.archive(), settings).await.unwrap()
    }

    /// Archives everything that is complete.
    pub(crate) async fn round(&self) {
        self.clock.advance_ms(10_000);
        self.archiver().await.round(&CancellationToken::new()).await.unwrap();
    }

    /// The rows of a table by trace: as the table's log has it.
    pub(crate) async fn rows(&self, table: Table) -> BTreeMap<String, usize> {
        let mut rows = BTreeMap::new();
        for batch in self.batches(table).await {
            let column = batch.column_by_name(table.trace_column().unwrap()).unwrap();
            let texts = column.as_any().downcast_ref::<arrow_array::StringArray>().unwrap();
            texts.iter().flatten().for_each(|text| *rows.entry(text.to_owned()).or_default() += 1);
        }
        rows
    }

    pub(crate) async fn batches(&self, table: Table) -> Vec<arrow_array::RecordBatch> {
        let root = format!("experiment_0_{}", table.suffix());
        let log = log::Table::open(self.archive(), root.as_str().into()).await.unwrap();
        let mut all = Vec::new();
        for file in log.snapshot().files() {
            let path = log.location(&file.path).unwrap();
            let reader = FileReader::open(self.archive(), path, file.size, table).await.unwrap();
            let batches = reader.read(None, RowSelector::All, None).unwrap();
            all.extend(batches.try_collect::<Vec<_>>().await.unwrap());
        }
        all
    }

    async fn archived(&self) -> Vec<ArchivedTrace> {
        let batches = self.batches(Table::Traces).await;
        let mut traces: Vec<_> = batches.iter().flat_map(|it| read_traces(it).unwrap()).collect();
        traces.sort_by(|a, b| a.info.trace_id.cmp(&b.info.trace_id));
        traces
    }
}

fn open(folder: &Path, clock: &TestClock) -> Arc<SqliteStore> {
    let options = StoreOptions { clock: Arc::new(clock.clone()), ..StoreOptions::default() };
    Arc::new(SqliteStore::open(&folder.join("kansoku.db"), options).unwrap())
}

#[expect(clippy::disallowed_methods, reason = "the test damages what the store wrote")]
pub(crate) fn open_database(file: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(file).unwrap()
}

pub(crate) fn hex(n: u64) -> String {
    format!("{n:032x}")
}

#[tokio::test(flavor = "multi_thread")]
async fn complete_traces_are_archived_with_spans_and_annotations() {
    let world = World::new().await;
    world.store.append(HERE, small_trace(1, 0)).await.unwrap();
    world.store.append(HERE, small_trace(2, 50)).await.unwrap();
    world.store.set_tag(&trace_id(1), "k", "v").await.unwrap();
    world.store.create_assessment(feedback(2, "good", true)).await.unwrap();
    // They have changed just now.
    world.archiver().await.round(&CancellationToken::new()).await.unwrap();
    assert!(world.store.archive_sizes().await.unwrap().iter().all(|size| size.files == 0));
    world.round().await;
    let two = BTreeMap::from([(hex(1), 2), (hex(2), 2)]);
    assert_eq!(world.rows(Table::Spans).await, two);
    let archived = world.archived().await;
    let stored = [1, 2].map(trace_id);
    for (archived, stored) in archived.iter().zip(&stored) {
        use kansoku_store::TraceReads as _;
        assert_eq!(archived.info, world.store.info(stored).await.unwrap());
        assert_eq!(archived.spans.span_count, 2);
        assert_eq!(archived.spans.service_name.as_deref(), Some("agent"));
    }
    let annotations = world.rows(Table::Annotations).await;
    assert!(1 < annotations[&hex(1)] && 1 < annotations[&hex(2)], "{annotations:?}");
    assert!(
        world.rows(Table::Logs).await.is_empty() && world.batches(Table::Metrics).await.is_empty()
    );
    let [size] = &world.store.archive_sizes().await.unwrap()[..] else { panic!("one experiment") };
    assert_eq!((size.traces, size.spans, size.prefix.as_str()), (2, 4, "experiment_0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_traces_replace_their_rows_and_deleted_ones_leave() {
    let world = World::new().await;
    for n in 1..=4 {
        world.store.append(HERE, small_trace(n, n * 10)).await.unwrap();
    }
    world.round().await;
    world.store.set_tag(&trace_id(1), "k", "v").await.unwrap();
    world
        .store
        .append(
            HERE,
            kansoku_store::suite::build::batch([kansoku_store::suite::build::span(
                2,
                9,
                Some(1),
                1,
                2,
            )]),
        )
        .await
        .unwrap();
    world.store.delete_traces(HERE, Deletion::Ids(vec![trace_id(3)])).await.unwrap();
    let expired = Deletion::Expired { ids: vec![trace_id(4)], unarchived: Unarchived::Stay };
    assert_eq!(world.store.delete_traces(HERE, expired).await.unwrap(), [trace_id(4)]);
    world.round().await;
    let expected = BTreeMap::from([(hex(1), 2), (hex(2), 3), (hex(4), 2)]);
    assert_eq!(world.rows(Table::Spans).await, expected);
    let archived = world.archived().await;
    let ids: Vec<_> = archived.iter().map(|it| it.info.trace_id.clone()).collect();
    assert_eq!(ids, [trace_id(1), trace_id(2), trace_id(4)]);
    assert_eq!(archived[0].info.tags["k"], "v");
    assert_eq!(archived[1].spans.span_count, 3);

    // The files of deleted traces are deleted soon, once no query reads them.
    let files = || std::fs::read_dir(world.folder.path().join("archive/experiment_0_traces"));
    let count = || files().unwrap().flatten().filter(|it| it.path().is_file()).count();
    assert_eq!(count(), 3);
    world.clock.advance_ms(60_000);
    world.round().await;
    assert_eq!(count(), 2);

    // Its spans are where they were before its tag changed.
    world.store.delete_traces(HERE, Deletion::Ids(vec![trace_id(1)])).await.unwrap();
    world.round().await;
    let expected = BTreeMap::from([(hex(2), 3), (hex(4), 2)]);
    assert_eq!(world.rows(Table::Spans).await, expected);
    assert!(!world.rows(Table::Annotations).await.contains_key(&hex(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn experiments_have_tables_of_their_own_unless_they_are_not_archived() {
    let world = World::new().await;
    let new = |name: &str, tags: &[(&str, &str)]| NewExperiment {
        name: name.to_owned(),
        artifact_location: None,
        tags: tags
            .iter()
            .map(|(k, v)| kansoku_model::KeyValue { key: (*k).to_owned(), value: (*v).to_owned() })
            .collect(),
    };
    let shop =
        world.store.create_experiment(new("shop", &[("kansoku.archive.prefix", "shop")])).await;
    let secret = new("secret", &[("kansoku.archive.enabled", "false")]);
    let secret = world.store.create_experiment(secret).await.unwrap();
    let shop = shop.unwrap();
    world.archiver().await;
    world.store.append(shop, small_trace(1, 0)).await.unwrap();
    world.store.append(secret, small_trace(2, 0)).await.unwrap();
    let waiting = world.source().waiting().await.unwrap();
    assert_eq!(
        waiting.iter().map(|it| (it.experiment, it.traces)).collect::<Vec<_>>(),
        [(shop, 1)]
    );
    world.round().await;
    assert!(world.source().waiting().await.unwrap().is_empty());
    let folders = std::fs::read_dir(world.folder.path().join("archive")).unwrap();
    let mut folders: Vec<_> =
        folders.flatten().map(|it| it.file_name().into_string().unwrap()).collect();
    folders.sort();
    let expected = [
        "_kansoku",
        "shop_otel_annotations",
        "shop_otel_logs",
        "shop_otel_metrics",
        "shop_otel_spans",
        "shop_traces",
    ];
    assert_eq!(folders, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_has_one_writer() {
    let world = World::new().await;
    world.round().await;
    let other = tempfile::tempdir().unwrap();
    let other = World { store: open(other.path(), &world.clock), ..World::new().await };
    let mut archiver = other.archiver().await;
    archiver.round(&CancellationToken::new()).await.unwrap();
    let begun = Archiver::begin(other.source(), world.archive(), ArchiveSettings::default()).await;
    let refused = begun.unwrap().round(&CancellationToken::new()).await.unwrap_err();
    assert!(refused.to_string().contains("belongs to another data folder"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_trace_waits_and_the_others_are_archived() {
    let world = World::new().await;
    for n in 1..=3 {
        world.store.append(HERE, small_trace(n, n)).await.unwrap();
    }
    let file = world.folder.path().join("kansoku.db");
    let flip = |file: &Path| {
        let db = open_database(file);
        let damaged = "(select id from traces where trace_id = ?1)";
        let select = format!("select bytes from span_chunks where trace = {damaged}");
        let id = trace_id(2).to_string();
        let mut bytes: Vec<u8> = db.query_row(&select, [&id], |row| row.get(0)).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        let update = format!("update span_chunks set bytes = ?2 where trace = {damaged}");
        assert_eq!(db.execute(&update, (&id, bytes)).unwrap(), 1);
    };
    flip(&file);
    world.round().await;
    let two = BTreeMap::from([(hex(1), 2), (hex(3), 2)]);
    assert_eq!(world.rows(Table::Spans).await, two);
    let [backlog] = &world.store.archive_backlogs().await.unwrap()[..] else { panic!("one waits") };
    assert_eq!(backlog.traces, 1);
    let expired = Deletion::Expired { ids: vec![trace_id(2)], unarchived: Unarchived::Stay };
    assert!(world.store.delete_traces(HERE, expired).await.unwrap().is_empty());

    flip(&file);
    world.round().await;
    assert_eq!(world.rows(Table::Spans).await, two, "it is tried again in an hour");
    world.clock.advance_ms(kansoku_store::POSTPONED_MS);
    world.round().await;
    let three = BTreeMap::from([(hex(1), 2), (hex(2), 2), (hex(3), 2)]);
    assert_eq!(world.rows(Table::Spans).await, three);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_traces_leave_the_archive_of_an_experiment_that_is_excluded() {
    let world = World::new().await;
    for n in 1..=3 {
        world.store.append(HERE, small_trace(n, n)).await.unwrap();
    }
    world.round().await;
    world.store.set_experiment_tag(HERE, kansoku_archive::ENABLED_TAG, "false").await.unwrap();
    world.store.append(HERE, small_trace(4, 4)).await.unwrap();
    world.store.delete_traces(HERE, Deletion::Ids(vec![trace_id(1)])).await.unwrap();
    world.round().await;
    let two = BTreeMap::from([(hex(2), 2), (hex(3), 2)]);
    assert_eq!(world.rows(Table::Spans).await, two);
}
