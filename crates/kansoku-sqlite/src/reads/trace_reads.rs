//! [`TraceReads`] on SQLite; every read runs on a reader.
use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use kansoku_model::{
    Assessment, AssessmentId, ExperimentId, FeedbackSettings, SpanId, SpanRow, TraceId, TraceInfo,
};
use kansoku_otlp::Signal;
use tokio::sync::broadcast;

use crate::SqliteStore;
use crate::engine::readers::ReadClass;
use crate::error::EngineError;
use crate::ingest::{assessments, links};
use crate::meta::experiments;
use crate::payload::{otlp, sizes};
use crate::reads::{
    infos, keys, reviewed, roots, search, session_place, sessions, span_list, span_tree,
    trace_list, turns, whole_traces,
};
use kansoku_store::{
    ChunkId, Coverage, InputHashQuery, OtlpCursor, OtlpPage, ReviewedQuery, ReviewedVisitor,
    RootValues, RootValuesQuery, SearchPage, SessionNames, SessionPlace, SessionSearch, SpanList,
    SpanPage, SpanTree, SpanTreePage, SpanTreeRange, StoreError, StoredSpan, StoredSpans,
    TraceChange, TraceChunks, TraceKeys, TraceLinks, TraceListItem, TraceListPage, TraceReads,
    TraceSearch, Turns, WholeTraceLimits, WholeTraces,
};

#[async_trait]
impl TraceReads for SqliteStore {
    fn changes(&self) -> broadcast::Receiver<TraceChange> {
        self.changes.subscribe()
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

    async fn whole_traces(
        &self,
        traces: &[TraceId],
        limits: WholeTraceLimits,
    ) -> Result<WholeTraces, StoreError> {
        let (traces, codec) = (traces.to_vec(), self.codec.clone());
        self.read("read traces", move |db| whole_traces::read(db, &codec, &traces, limits)).await
    }

    async fn span_bytes(&self, traces: &[TraceId]) -> Result<u64, StoreError> {
        let traces = traces.to_vec();
        self.look_up("measure traces", move |db| sizes::bytes(db, &traces)).await
    }

    async fn links(&self, traces: &[TraceId]) -> Result<Vec<TraceLinks>, StoreError> {
        let traces = traces.to_vec();
        self.read("read the links of traces", move |db| links::of_traces(db, &traces)).await
    }

    async fn span_rows(&self, trace: &TraceId) -> Result<Vec<SpanRow>, StoreError> {
        let trace = trace.clone();
        self.read("read span rows", move |db| span_list::rows(db, &trace)).await
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

    async fn span_tree(
        &self,
        trace: &TraceId,
        part: SpanTreeRange,
    ) -> Result<SpanTree, StoreError> {
        let trace = trace.clone();
        self.read("read a trace's tree", move |db| span_tree::read(db, &trace, part)).await
    }

    async fn span_tree_page(
        &self,
        trace: &TraceId,
        range: SpanTreeRange,
    ) -> Result<SpanTreePage, StoreError> {
        let trace = trace.clone();
        let read = move |db: &_| {
            let tree = span_tree::read(db, &trace, range)?;
            let session = session_place::find(db, &trace)?;
            let listed = trace_list::list_items(db, std::slice::from_ref(&trace))?.pop();
            let trace = listed.ok_or(StoreError::TraceNotFound(trace))?;
            Ok(SpanTreePage { trace, session, tree })
        };
        self.read("read a trace's tree", read).await
    }

    async fn feedback_settings(
        &self,
        experiment: ExperimentId,
    ) -> Result<FeedbackSettings, StoreError> {
        let read = move |db: &_| experiments::feedback_settings(db, experiment);
        self.look_up("read the feedback settings of an experiment", read).await
    }

    async fn session_place(&self, trace: &TraceId) -> Result<Option<SessionPlace>, StoreError> {
        let trace = trace.clone();
        self.read("find a trace's session", move |db| session_place::find(db, &trace)).await
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
    ) -> Result<Option<OtlpPage>, StoreError> {
        let trace = trace.clone();
        let codec = self.codec.clone();
        let read = move |db: &_| otlp::page(db, &codec, &trace, signal, cursor);
        self.read("read a trace's OTLP", read).await
    }

    async fn search(&self, search: TraceSearch) -> Result<SearchPage, StoreError> {
        let deadline = search.deadline;
        let codec = self.codec.clone();
        let run = move |db: &_| search::search(db, &codec, &search);
        self.read_many("search traces", deadline, run).await
    }

    async fn reviewed(
        &self,
        query: ReviewedQuery,
        mut visitor: ReviewedVisitor,
    ) -> Result<Coverage, StoreError> {
        let deadline = query.deadline;
        let run = move |db: &_| reviewed::each(db, &query, &mut visitor);
        self.read_many("read feedback of people", deadline, run).await
    }

    async fn search_list(&self, search: TraceSearch) -> Result<TraceListPage, StoreError> {
        let deadline = search.deadline;
        let codec = self.codec.clone();
        let run = move |db: &_| trace_list::search_list(db, &codec, &search);
        self.read_many("search traces", deadline, run).await
    }

    async fn list_items(&self, traces: &[TraceId]) -> Result<Vec<TraceListItem>, StoreError> {
        let traces = traces.to_vec();
        self.read("list traces", move |db| trace_list::list_items(db, &traces)).await
    }

    async fn keys(&self, experiment: ExperimentId) -> Result<TraceKeys, StoreError> {
        let deadline = self.options.read_deadline;
        let read = move |db: &_| keys::read(db, experiment);
        self.read_many("read the keys of traces", deadline, read).await
    }

    async fn sessions(&self, search: SessionSearch) -> Result<SessionNames, StoreError> {
        let deadline = search.deadline;
        let codec = self.codec.clone();
        let find = move |db: &_| sessions::page(db, &codec, &search);
        self.read_many("find sessions", deadline, find).await
    }

    async fn session_assessments(
        &self,
        experiment: ExperimentId,
        session: &str,
    ) -> Result<Vec<Assessment>, StoreError> {
        let (codec, session) = (self.codec.clone(), session.to_owned());
        let read = move |db: &_| sessions::session_assessments(db, &codec, experiment, &session);
        self.read_many("read assessments", self.options.read_deadline, read).await
    }

    async fn turns(&self, traces: &[TraceId]) -> Result<Turns, StoreError> {
        let traces = traces.to_vec();
        self.read("read turns", move |db| turns::read(db, &traces)).await
    }

    async fn root_values(
        &self,
        query: RootValuesQuery,
    ) -> Result<Vec<(TraceId, RootValues)>, StoreError> {
        let codec = self.codec.clone();
        let read = move |db: &_| roots::values(db, &codec, &query);
        self.read_many("read values of traces", self.options.read_deadline, read).await
    }

    async fn input_hashes(&self, query: InputHashQuery) -> Result<Vec<(TraceId, u64)>, StoreError> {
        let codec = self.codec.clone();
        let read = move |db: &_| roots::input_hashes(db, &codec, &query);
        self.read_many("read the inputs of traces", self.options.read_deadline, read).await
    }

    async fn assessment(
        &self,
        trace: &TraceId,
        id: &AssessmentId,
    ) -> Result<Assessment, StoreError> {
        let (trace, id) = (trace.clone(), id.clone());
        self.read("read an assessment", move |db| assessments::get(db, &trace, &id)).await
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

    /// Runs a read of few rows that ingest may wait for.
    pub(crate) async fn look_up<T: Send + 'static>(
        &self,
        doing: &'static str,
        read: impl FnOnce(&rusqlite::Connection) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let deadline = self.options.read_deadline;
        self.readers.run_as(ReadClass::Lookup, doing, deadline, read).await
    }

    /// Runs a read of any number of traces.
    pub(crate) async fn read_many<T: Send + 'static>(
        &self,
        doing: &'static str,
        deadline: Duration,
        read: impl FnOnce(&rusqlite::Connection) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.run_as(ReadClass::Scan, doing, deadline, read).await
    }
}
