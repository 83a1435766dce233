//! [`TraceStore`] on SQLite: every write through the writer, every read through a reader.
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use kansoku_model::{Assessment, AssessmentId, ExperimentId, RunId, SpanId, TraceId, TraceInfo};
use kansoku_otlp::Signal;
use tokio::sync::broadcast;

use crate::engine::readers::ReadClass;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::ingest::traces::{self, Prepared};
use crate::ingest::{assessments, delete, ledger, links, tags};
use crate::payload::{otlp, sizes};
use crate::reads::{
    correlation, facts, infos, keys, outlines, search, session_place, sessions, skeleton,
    span_list, turns,
};
use crate::{SqliteStore, columns};
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::{
    Activity, ActivityQuery, AssessmentUpdate, ChunkId, CorrelationCounts, CorrelationQuery,
    Coverage, DataPoint, Deletion, EachFacts, FactsQuery, Ingest, IngestCounts, Ledger, ListedPage,
    ListedTrace, MetricsQuery, OtlpCursor, OtlpPiece, PromptVersion, Rejection, SearchPage,
    SessionNames, SessionPlace, SessionSearch, SkeletonPart, SpanList, SpanPage, StoreError,
    StoredSpan, StoredSpans, TraceChange, TraceChunks, TraceKeys, TraceSearch, TraceSkeleton,
    TraceStore, Turns,
};

#[async_trait]
impl TraceStore for SqliteStore {
    async fn ingest(&self, ingest: Ingest) -> Result<IngestCounts, StoreError> {
        let _under_way = UnderWay::begin(&self.codec);
        // Compressing happens here, on the caller's thread: the writer only binds and steps.
        let Ingest { source, traces } = ingest;
        let prepared = traces.into_iter().map(|trace| Prepared::new(&self.codec, trace));
        let mut prepared = prepared.collect::<Result<Vec<_>, _>>()?;
        for trace in &mut prepared {
            trace.offload(&self.codec, &self.writer).await?;
            self.writer.check_size(trace.bytes())?;
        }
        let now = self.options.clock.now();
        let mut counts = IngestCounts::default();
        // Whatever a later write meets, the client sends all of it again, and may.
        for some in traces::writes(prepared, self.options.queue_bytes_max) {
            let bytes = some.iter().map(Prepared::bytes).sum();
            let source = source.clone();
            let append = move |tx: &Tx<'_>| traces::append_all(tx, &source, &some, now);
            let IngestCounts { new, replaced } =
                self.writer.run_checked("append spans", bytes, append).await?;
            counts.new += new;
            counts.replaced += replaced;
        }
        Ok(counts)
    }

    async fn note_rejected(&self, rejection: Rejection) -> Result<(), StoreError> {
        self.writer.note_rejected(rejection);
        self.housekeeper.ring();
        Ok(())
    }

    async fn ledger(&self) -> Result<Ledger, StoreError> {
        // What waits to be written is part of the answer.
        if self.writer.has_rejections() {
            self.writer.run_freeing("write rejections", |_| Ok(())).await?;
        }
        self.read("read the ledger", ledger::read).await
    }

    fn changes(&self) -> broadcast::Receiver<TraceChange> {
        self.changes.subscribe()
    }

    async fn upsert_info(&self, info: TraceInfo) -> Result<TraceInfo, StoreError> {
        let bytes = info_bytes(&info);
        self.writer.check_size(bytes)?;
        let now = self.options.clock.now();
        let upsert = move |db: &Tx<'_>| {
            traces::upsert_info(db, &info, now)?;
            infos::info(db, &info.trace_id)
        };
        self.writer.run("write a trace's info", bytes, upsert).await
    }

    async fn info(&self, trace: &TraceId) -> Result<TraceInfo, StoreError> {
        let trace = trace.clone();
        self.look_up("read a trace", move |db| infos::info(db, &trace)).await
    }

    async fn infos(&self, traces: &[TraceId]) -> Result<Vec<TraceInfo>, StoreError> {
        let traces = traces.to_vec();
        self.look_up("read traces", move |db| infos::infos(db, &traces)).await
    }

    async fn experiments_of(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<TraceId, ExperimentId>, StoreError> {
        let traces = traces.to_vec();
        self.read("find traces' experiments", move |db| infos::experiments_of(db, traces)).await
    }

    async fn spans(&self, trace: &TraceId) -> Result<StoredSpans, StoreError> {
        let trace = trace.clone();
        let codec = self.codec.clone();
        self.read("read spans", move |db| infos::spans(db, &codec, &trace)).await
    }

    async fn span_bytes(&self, traces: &[TraceId]) -> Result<u64, StoreError> {
        let traces = traces.to_vec();
        self.look_up("measure traces", move |db| sizes::bytes(db, &traces)).await
    }

    async fn chunks(&self, trace: &TraceId) -> Result<TraceChunks, StoreError> {
        let trace = trace.clone();
        self.look_up("measure a trace", move |db| infos::chunks(db, &trace)).await
    }

    async fn chunk(&self, trace: &TraceId, chunk: ChunkId) -> Result<Option<Vec<u8>>, StoreError> {
        let (trace, codec) = (trace.clone(), self.codec.clone());
        self.read("read spans", move |db| infos::chunk(db, &codec, &trace, chunk)).await
    }

    async fn span_page(&self, trace: &TraceId, list: SpanList) -> Result<SpanPage, StoreError> {
        let trace = trace.clone();
        self.read("list spans", move |db| span_list::page(db, &trace, &list)).await
    }

    async fn skeleton(
        &self,
        trace: &TraceId,
        part: SkeletonPart,
    ) -> Result<TraceSkeleton, StoreError> {
        let trace = trace.clone();
        self.read("read a trace's tree", move |db| skeleton::read(db, &trace, part)).await
    }

    async fn session_place(&self, trace: &TraceId) -> Result<Option<SessionPlace>, StoreError> {
        let trace = trace.clone();
        self.read("find a trace's session", move |db| session_place::of(db, &trace)).await
    }

    async fn span(&self, trace: &TraceId, span: SpanId) -> Result<StoredSpan, StoreError> {
        let trace = trace.clone();
        let codec = self.codec.clone();
        self.read("read a span", move |db| otlp::span(db, &codec, &trace, span)).await
    }

    async fn some_spans(
        &self,
        trace: &TraceId,
        spans: &[SpanId],
    ) -> Result<StoredSpan, StoreError> {
        let (trace, spans) = (trace.clone(), spans.to_vec());
        let codec = self.codec.clone();
        self.read("read spans", move |db| otlp::some_spans(db, &codec, &trace, &spans)).await
    }

    async fn otlp(
        &self,
        trace: &TraceId,
        signal: Signal,
        cursor: OtlpCursor,
    ) -> Result<Option<OtlpPiece>, StoreError> {
        let trace = trace.clone();
        let codec = self.codec.clone();
        let read = move |db: &_| otlp::piece(db, &codec, &trace, signal, cursor);
        self.read("read a trace's OTLP", read).await
    }

    async fn search(&self, search: TraceSearch) -> Result<SearchPage, StoreError> {
        let deadline = search.deadline;
        let codec = self.codec.clone();
        let run = move |db: &_| search::search(db, &codec, &search);
        self.scan("search traces", deadline, run).await
    }

    async fn search_listed(&self, search: TraceSearch) -> Result<ListedPage, StoreError> {
        let deadline = search.deadline;
        let codec = self.codec.clone();
        let run = move |db: &_| outlines::search_listed(db, &codec, &search);
        self.scan("search traces", deadline, run).await
    }

    async fn listed(&self, traces: &[TraceId]) -> Result<Vec<ListedTrace>, StoreError> {
        let traces = traces.to_vec();
        self.read("list traces", move |db| outlines::listed(db, &traces)).await
    }

    async fn facts(&self, query: FactsQuery, mut each: EachFacts) -> Result<Coverage, StoreError> {
        let deadline = query.deadline;
        let codec = self.codec.clone();
        let run = move |db: &_| facts::fold(db, &codec, &query, &mut each);
        let answer = self.scan("sum up traces", deadline, run).await?;
        if answer.has_gaps {
            self.housekeeper.pack_all();
        }
        Ok(answer.coverage)
    }

    async fn keys(&self, experiment: ExperimentId) -> Result<TraceKeys, StoreError> {
        let deadline = self.options.read_deadline;
        let read = move |db: &_| keys::read(db, experiment);
        self.scan("read the keys of traces", deadline, read).await
    }

    async fn metrics(&self, query: MetricsQuery) -> Result<Vec<DataPoint>, StoreError> {
        let deadline = query.deadline;
        let run = move |db: &_| columns::query(db, &query);
        let answer = self.scan("aggregate traces", deadline, run).await?;
        if answer.has_gaps {
            self.housekeeper.pack_all();
        }
        Ok(answer.points)
    }

    async fn activity(&self, query: ActivityQuery) -> Result<Vec<Activity>, StoreError> {
        let deadline = query.deadline;
        let run = move |db: &_| columns::activity::read(db, &query);
        let answer = self.scan("look at experiments", deadline, run).await?;
        if answer.has_gaps {
            self.housekeeper.pack_all();
        }
        Ok(answer.experiments)
    }

    async fn correlation(&self, query: CorrelationQuery) -> Result<CorrelationCounts, StoreError> {
        let deadline = query.deadline;
        let count = move |db: &_| correlation::count(db, &query);
        self.scan("correlate filters", deadline, count).await
    }

    async fn sessions(&self, search: SessionSearch) -> Result<SessionNames, StoreError> {
        let deadline = search.deadline;
        let codec = self.codec.clone();
        let find = move |db: &_| sessions::page(db, &codec, &search);
        self.scan("find sessions", deadline, find).await
    }

    async fn session_assessments(
        &self,
        experiment: ExperimentId,
        session: &str,
    ) -> Result<Vec<Assessment>, StoreError> {
        let (codec, session) = (self.codec.clone(), session.to_owned());
        let read = move |db: &_| sessions::session_assessments(db, &codec, experiment, &session);
        self.scan("read assessments", self.options.read_deadline, read).await
    }

    async fn turns(&self, traces: &[TraceId]) -> Result<Turns, StoreError> {
        let traces = traces.to_vec();
        self.read("read turns", move |db| turns::read(db, &traces)).await
    }

    async fn set_tag(&self, trace: &TraceId, key: &str, value: &str) -> Result<(), StoreError> {
        let (trace, key, value) = (trace.clone(), key.to_owned(), value.to_owned());
        self.writer
            .run("set a tag", value.len(), move |db| tags::set(db, &trace, &key, &value))
            .await
    }

    async fn delete_tag(&self, trace: &TraceId, key: &str) -> Result<(), StoreError> {
        let (trace, key) = (trace.clone(), key.to_owned());
        self.writer.run("delete a tag", 0, move |db| tags::delete(db, &trace, &key)).await
    }

    async fn create_assessment(&self, assessment: Assessment) -> Result<Assessment, StoreError> {
        let create = move |db: &Tx<'_>| assessments::create(db, assessment);
        self.writer.run("create an assessment", 0, create).await
    }

    async fn assessment(
        &self,
        trace: &TraceId,
        id: &AssessmentId,
    ) -> Result<Assessment, StoreError> {
        let (trace, id) = (trace.clone(), id.clone());
        self.read("read an assessment", move |db| assessments::get(db, &trace, &id)).await
    }

    async fn update_assessment(
        &self,
        trace: &TraceId,
        id: &AssessmentId,
        update: AssessmentUpdate,
    ) -> Result<Assessment, StoreError> {
        let (trace, id) = (trace.clone(), id.clone());
        let update = move |db: &Tx<'_>| assessments::update(db, &trace, &id, update);
        self.writer.run("update an assessment", 0, update).await
    }

    async fn delete_assessment(
        &self,
        trace: &TraceId,
        id: &AssessmentId,
    ) -> Result<(), StoreError> {
        let (trace, id) = (trace.clone(), id.clone());
        let delete = move |db: &Tx<'_>| assessments::delete(db, &trace, &id);
        self.writer.run("delete an assessment", 0, delete).await
    }

    async fn delete_traces(
        &self,
        experiment: ExperimentId,
        which: Deletion,
    ) -> Result<Vec<TraceId>, StoreError> {
        let delete = move |db: &Tx<'_>| delete::delete(db, experiment, which);
        self.writer.run_freeing("delete traces", delete).await
    }

    async fn link_run(&self, run: &RunId, traces: &[TraceId]) -> Result<(), StoreError> {
        let (run, traces) = (run.clone(), traces.to_vec());
        self.writer
            .run("link traces to a run", 0, move |db| links::link_run(db, &run, &traces))
            .await
    }

    async fn link_prompts(
        &self,
        trace: &TraceId,
        prompts: &[PromptVersion],
    ) -> Result<(), StoreError> {
        let (trace, prompts) = (trace.clone(), prompts.to_vec());
        let link = move |db: &Tx<'_>| links::link_prompts(db, &trace, &prompts);
        self.writer.run("link prompts to a trace", 0, link).await
    }
}

impl SqliteStore {
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        doing: &'static str,
        read: impl FnOnce(&rusqlite::Connection) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let deadline = self.options.read_deadline;
        self.readers.run_as(ReadClass::Point, doing, deadline, read).await
    }

    /// A read that ingest waits for, and that looks at few rows.
    pub(crate) async fn look_up<T: Send + 'static>(
        &self,
        doing: &'static str,
        read: impl FnOnce(&rusqlite::Connection) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let deadline = self.options.read_deadline;
        self.readers.run_as(ReadClass::Lookup, doing, deadline, read).await
    }

    /// A read of any number of traces.
    pub(crate) async fn scan<T: Send + 'static>(
        &self,
        doing: &'static str,
        deadline: Duration,
        read: impl FnOnce(&rusqlite::Connection) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.run_as(ReadClass::Scan, doing, deadline, read).await
    }
}

/// Counts a request that brings spans while it is under way.
struct UnderWay(Arc<Codec>);

impl UnderWay {
    fn begin(codec: &Arc<Codec>) -> Self {
        codec.ingests.fetch_add(1, Ordering::Relaxed);
        Self(codec.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.ingests.fetch_sub(1, Ordering::Relaxed);
    }
}

/// About what an info keeps in memory while it waits for the writer.
fn info_bytes(info: &TraceInfo) -> usize {
    let entries = info.tags.iter().chain(&info.metadata);
    let previews = [&info.request_preview, &info.response_preview];
    entries.map(|(key, value)| key.len() + value.len()).sum::<usize>()
        + previews.into_iter().flatten().map(String::len).sum::<usize>()
        + info.assessments.len() * 512
}
