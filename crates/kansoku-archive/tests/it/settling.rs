//! A store whose traces are only in the archive whenever they are read.
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use kansoku_archive::files::local_store;
use kansoku_archive::{ArchiveReader, ArchiveSettings, ArchiveSource, Archiver, TieredStore};
use kansoku_model::{
    Assessment, AssessmentId, Clock, ExperimentId, FeedbackSettings, RunId, SpanId, SpanRow,
    SystemClock, TimestampMs, TraceId, TraceInfo,
};
use kansoku_otlp::Signal;
use kansoku_sqlite::{SqliteStore, StoreOptions};
use kansoku_store::core::columns::groups::Groups;
use kansoku_store::suite::Stores;
use kansoku_store::*;
use tokio::sync::{Mutex, broadcast};
use tokio_util::sync::CancellationToken;

/// A clock for which every trace is long complete, but traces that cannot be archived still wait.
struct HalfAnHourLater;

impl Clock for HalfAnHourLater {
    fn now(&self) -> TimestampMs {
        TimestampMs(SystemClock.now().0 + POSTPONED_MS / 2)
    }
}

/// Both tiers. What was written is archived and expires before the next read.
struct Settling {
    store: Arc<SqliteStore>,
    archiver: Mutex<Archiver>,
    tiers: TieredStore,
    is_settled: AtomicBool,
}

impl Settling {
    fn written(&self) -> &TieredStore {
        self.is_settled.store(false, Ordering::Relaxed);
        &self.tiers
    }

    async fn settled(&self) -> &TieredStore {
        let mut archiver = self.archiver.lock().await;
        if self.is_settled.swap(true, Ordering::Relaxed) {
            return &self.tiers;
        }
        archiver.round(&CancellationToken::new()).await.unwrap();
        for size in self.store.archive_sizes().await.unwrap() {
            let ids = self.stored(size.experiment).await;
            let expired = Deletion::Expired { ids, unarchived: Unarchived::Stay };
            self.tiers.delete_traces(size.experiment, expired).await.unwrap();
        }
        &self.tiers
    }

    async fn stored(&self, experiment: ExperimentId) -> Vec<TraceId> {
        let search = TraceSearch {
            experiments: vec![experiment],
            filter: kansoku_filter::Filter::all(),
            order_by: Vec::new(),
            max_results: 100_000,
            page_token: None,
            deadline: std::time::Duration::from_secs(60),
        };
        let found = self.store.search(search).await.unwrap().traces;
        found.into_iter().map(|info| info.trace_id).collect()
    }
}

/// The stores of a server with an archive, all of whose traces are only there.
pub(crate) async fn stores() -> Stores {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("kansoku.db"), StoreOptions::default());
    let store = Arc::new(store.unwrap());
    let traces = settling(&store, &folder.path().join("archive")).await;
    let mut stores = Stores::of_engine(store, folder);
    stores.traces = traces;
    stores
}

async fn settling(store: &Arc<SqliteStore>, folder: &Path) -> Arc<Settling> {
    std::fs::create_dir(folder).unwrap();
    let archive = local_store(folder).unwrap();
    let source = ArchiveSource {
        traces: store.clone(),
        meta: store.clone(),
        catalog: store.clone(),
        clock: Arc::new(HalfAnHourLater),
    };
    let archiver = Archiver::begin(source, archive.clone(), ArchiveSettings::default()).await;
    let reader = ArchiveReader::new(archive, store.clone());
    Arc::new(Settling {
        store: store.clone(),
        archiver: Mutex::new(archiver.unwrap()),
        tiers: TieredStore::open(store.clone(), store.clone(), reader).await.unwrap(),
        is_settled: AtomicBool::new(true),
    })
}

#[async_trait]
impl TraceWrites for Settling {
    async fn ingest(&self, ingest: Ingest) -> Result<IngestCounts, StoreError> {
        self.written().ingest(ingest).await
    }

    async fn restore(&self, traces: &[TraceId]) -> Result<(), StoreError> {
        self.written().restore(traces).await
    }

    async fn upsert_info(&self, info: TraceInfo) -> Result<TraceInfo, StoreError> {
        self.written().upsert_info(info).await
    }

    async fn edit(
        &self,
        trace: &TraceId,
        edit: TraceEdit,
    ) -> Result<Option<Assessment>, StoreError> {
        self.written().edit(trace, edit).await
    }

    async fn create_missing_assessments(
        &self,
        assessments: Vec<Assessment>,
    ) -> Result<(), StoreError> {
        self.written().create_missing_assessments(assessments).await
    }

    async fn link_run(&self, run: &RunId, traces: &[TraceId]) -> Result<(), StoreError> {
        self.written().link_run(run, traces).await
    }

    async fn delete_traces(
        &self,
        experiment: ExperimentId,
        which: Deletion,
    ) -> Result<Vec<TraceId>, StoreError> {
        self.settled().await.delete_traces(experiment, which).await
    }
}

#[async_trait]
impl TraceReads for Settling {
    fn changes(&self) -> broadcast::Receiver<TraceChange> {
        self.tiers.changes()
    }

    async fn infos(&self, traces: &[TraceId]) -> Result<Vec<TraceInfo>, StoreError> {
        self.settled().await.infos(traces).await
    }

    async fn links(&self, traces: &[TraceId]) -> Result<Vec<TraceLinks>, StoreError> {
        self.settled().await.links(traces).await
    }

    async fn span_rows(&self, trace: &TraceId) -> Result<Vec<SpanRow>, StoreError> {
        self.settled().await.span_rows(trace).await
    }

    async fn chunks(&self, trace: &TraceId) -> Result<TraceChunks, StoreError> {
        self.settled().await.chunks(trace).await
    }

    async fn chunk(&self, trace: &TraceId, chunk: ChunkId) -> Result<Option<Vec<u8>>, StoreError> {
        self.settled().await.chunk(trace, chunk).await
    }

    async fn search(&self, search: TraceSearch) -> Result<SearchPage, StoreError> {
        self.settled().await.search(search).await
    }

    async fn feedback_settings(
        &self,
        experiment: ExperimentId,
    ) -> Result<FeedbackSettings, StoreError> {
        self.settled().await.feedback_settings(experiment).await
    }

    async fn info(&self, trace: &TraceId) -> Result<TraceInfo, StoreError> {
        self.settled().await.info(trace).await
    }

    async fn experiments_of(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<TraceId, ExperimentId>, StoreError> {
        self.settled().await.experiments_of(traces).await
    }

    async fn assessment(
        &self,
        trace: &TraceId,
        id: &AssessmentId,
    ) -> Result<Assessment, StoreError> {
        self.settled().await.assessment(trace, id).await
    }

    async fn spans(&self, trace: &TraceId) -> Result<StoredSpans, StoreError> {
        self.settled().await.spans(trace).await
    }

    async fn whole_traces(
        &self,
        traces: &[TraceId],
        limits: WholeTraceLimits,
    ) -> Result<WholeTraces, StoreError> {
        self.settled().await.whole_traces(traces, limits).await
    }

    async fn span_bytes(&self, traces: &[TraceId]) -> Result<u64, StoreError> {
        self.settled().await.span_bytes(traces).await
    }

    async fn span(&self, trace: &TraceId, span: SpanId) -> Result<StoredSpan, StoreError> {
        self.settled().await.span(trace, span).await
    }

    async fn some_spans(
        &self,
        trace: &TraceId,
        spans: &[SpanId],
    ) -> Result<StoredSpan, StoreError> {
        self.settled().await.some_spans(trace, spans).await
    }

    async fn otlp(
        &self,
        trace: &TraceId,
        signal: Signal,
        cursor: OtlpCursor,
    ) -> Result<Option<OtlpPage>, StoreError> {
        self.settled().await.otlp(trace, signal, cursor).await
    }

    async fn span_page(&self, trace: &TraceId, list: SpanList) -> Result<SpanPage, StoreError> {
        self.settled().await.span_page(trace, list).await
    }

    async fn span_tree(
        &self,
        trace: &TraceId,
        range: SpanTreeRange,
    ) -> Result<SpanTree, StoreError> {
        self.settled().await.span_tree(trace, range).await
    }

    async fn span_tree_page(
        &self,
        trace: &TraceId,
        range: SpanTreeRange,
    ) -> Result<SpanTreePage, StoreError> {
        self.settled().await.span_tree_page(trace, range).await
    }

    async fn turns(&self, traces: &[TraceId]) -> Result<Turns, StoreError> {
        self.settled().await.turns(traces).await
    }

    async fn root_values(
        &self,
        query: RootValuesQuery,
    ) -> Result<Vec<(TraceId, RootValues)>, StoreError> {
        self.settled().await.root_values(query).await
    }

    async fn input_hashes(&self, query: InputHashQuery) -> Result<Vec<(TraceId, u64)>, StoreError> {
        self.settled().await.input_hashes(query).await
    }

    async fn reviewed(
        &self,
        query: ReviewedQuery,
        visitor: ReviewedVisitor,
    ) -> Result<Coverage, StoreError> {
        self.settled().await.reviewed(query, visitor).await
    }

    async fn search_list(&self, search: TraceSearch) -> Result<TraceListPage, StoreError> {
        self.settled().await.search_list(search).await
    }

    async fn search_spans(&self, search: SpanSearch) -> Result<SpanSearchPage, StoreError> {
        self.settled().await.search_spans(search).await
    }

    async fn list_items(&self, traces: &[TraceId]) -> Result<Vec<TraceListItem>, StoreError> {
        self.settled().await.list_items(traces).await
    }

    async fn keys(&self, experiment: ExperimentId) -> Result<TraceKeys, StoreError> {
        self.settled().await.keys(experiment).await
    }

    async fn sessions(&self, search: SessionSearch) -> Result<SessionNames, StoreError> {
        self.settled().await.sessions(search).await
    }

    async fn session_place(&self, trace: &TraceId) -> Result<Option<SessionPlace>, StoreError> {
        self.settled().await.session_place(trace).await
    }

    async fn session_assessments(
        &self,
        experiment: ExperimentId,
        session: &str,
    ) -> Result<Vec<Assessment>, StoreError> {
        self.settled().await.session_assessments(experiment, session).await
    }
}

#[async_trait]
impl TraceScan for Settling {
    async fn scan(&self, query: ScanQuery, visitor: ScanVisitor) -> Result<Coverage, StoreError> {
        self.settled().await.scan(query, visitor).await
    }

    async fn scan_spans(
        &self,
        query: ScanQuery,
        columns: SpanProjection,
        visitor: SpanVisitor,
    ) -> Result<Coverage, StoreError> {
        self.settled().await.scan_spans(query, columns, visitor).await
    }

    async fn metric_groups(&self, query: MetricsQuery) -> Result<Groups, StoreError> {
        self.settled().await.metric_groups(query).await
    }

    async fn metrics(&self, query: MetricsQuery) -> Result<Vec<DataPoint>, StoreError> {
        self.settled().await.metrics(query).await
    }

    async fn activity(&self, query: ActivityQuery) -> Result<Vec<Activity>, StoreError> {
        self.settled().await.activity(query).await
    }

    async fn correlation(&self, query: CorrelationQuery) -> Result<CorrelationCounts, StoreError> {
        self.settled().await.correlation(query).await
    }
}
