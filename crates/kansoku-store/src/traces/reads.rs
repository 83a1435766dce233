//! Reads of traces: by id, by search, and span by span.
use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use kansoku_filter::{Filter, OrderBy};
use kansoku_model::{
    Assessment, AssessmentId, ExperimentId, FeedbackSettings, SpanId, SpanRow, TraceId, TraceInfo,
};
use kansoku_otlp::Signal;
use tokio::sync::broadcast;

use super::provided;
use crate::core::span_rows;
use crate::{
    ChunkId, OtlpCursor, OtlpPage, PromptVersion, SessionNames, SessionPlace, SessionSearch,
    SpanList, SpanPage, SpanTree, SpanTreePage, SpanTreeRange, StoreError, StoredSpan, TraceChunks,
    TraceKeys, TraceListItem, TraceListPage, Turns,
};

/// Reads of traces. Every read sees what was written before it began.
#[async_trait]
pub trait TraceReads: Send + Sync {
    /// Traces that change, sent after the commit that changed them. A receiver that falls behind
    /// misses some, and must read again then.
    fn changes(&self) -> broadcast::Receiver<TraceChange>;

    /// The infos of the existing ones among these traces, in the order asked for, with long texts
    /// truncated.
    async fn infos(&self, traces: &[TraceId]) -> Result<Vec<TraceInfo>, StoreError>;

    /// The links of the existing ones among these traces, in the order asked for.
    async fn links(&self, traces: &[TraceId]) -> Result<Vec<TraceLinks>, StoreError>;

    /// The rows of all spans of a trace, in any order.
    async fn span_rows(&self, trace: &TraceId) -> Result<Vec<SpanRow>, StoreError>;

    /// A trace with its whole info and the chunks it is kept in, to be read one by one.
    async fn chunks(&self, trace: &TraceId) -> Result<TraceChunks, StoreError>;

    /// The bytes of a chunk, decompressed; `None` where it was merged with others or replaced.
    async fn chunk(&self, trace: &TraceId, chunk: ChunkId) -> Result<Option<Vec<u8>>, StoreError>;

    /// A page of the traces that a filter keeps, with long texts truncated.
    async fn search(&self, search: TraceSearch) -> Result<SearchPage, StoreError>;

    /// The feedback settings of an experiment; the default ones of one that does not exist.
    async fn feedback_settings(
        &self,
        experiment: ExperimentId,
    ) -> Result<FeedbackSettings, StoreError>;

    /// The whole info of a trace.
    async fn info(&self, trace: &TraceId) -> Result<TraceInfo, StoreError> {
        Ok(self.chunks(trace).await?.info)
    }

    /// The experiments of those traces that exist.
    async fn experiments_of(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<TraceId, ExperimentId>, StoreError> {
        let infos = self.infos(traces).await?.into_iter();
        Ok(infos.map(|info| (info.trace_id, info.experiment_id)).collect())
    }

    async fn assessment(
        &self,
        trace: &TraceId,
        id: &AssessmentId,
    ) -> Result<Assessment, StoreError> {
        let mut assessments = self.info(trace).await?.assessments.into_iter();
        assessments.find(|assessment| assessment.assessment_id == *id).ok_or_else(|| {
            StoreError::AssessmentNotFound { trace: trace.clone(), assessment: id.clone() }
        })
    }

    /// A trace with its spans' OTLP bytes, oldest chunk first.
    async fn spans(&self, trace: &TraceId) -> Result<StoredSpans, StoreError> {
        provided::spans(self, trace).await
    }

    /// How many bytes [`TraceReads::spans`] would give for these traces together, without
    /// reading them. Traces that do not exist have none.
    async fn span_bytes(&self, traces: &[TraceId]) -> Result<u64, StoreError> {
        provided::span_bytes(self, traces).await
    }

    /// One span with its payload.
    async fn span(&self, trace: &TraceId, span: SpanId) -> Result<StoredSpan, StoreError> {
        let found = self.some_spans(trace, &[span]).await?;
        match found.otlp.is_empty() {
            true => Err(StoreError::SpanNotFound { trace: trace.clone(), span }),
            false => Ok(found),
        }
    }

    /// The stored ones among these spans, with their payload, in one message.
    async fn some_spans(
        &self,
        trace: &TraceId,
        spans: &[SpanId],
    ) -> Result<StoredSpan, StoreError> {
        provided::some_spans(self, trace, spans).await
    }

    /// The OTLP of a trace, a page at a time; `None` is the end. Each span comes once, as it was
    /// sent last, and each log record once. The first cursor is the default.
    async fn otlp(
        &self,
        trace: &TraceId,
        signal: Signal,
        cursor: OtlpCursor,
    ) -> Result<Option<OtlpPage>, StoreError> {
        provided::otlp(self, trace, signal, cursor).await
    }

    /// Spans of a trace without their payload.
    async fn span_page(&self, trace: &TraceId, list: SpanList) -> Result<SpanPage, StoreError> {
        Ok(span_rows::page(&self.span_rows(trace).await?, &list))
    }

    /// A part of the tree of a trace's spans.
    async fn span_tree(
        &self,
        trace: &TraceId,
        range: SpanTreeRange,
    ) -> Result<SpanTree, StoreError> {
        Ok(span_rows::tree(&self.span_rows(trace).await?, range))
    }

    /// A trace as lists show it, its position in its session and a part of its tree. An engine
    /// that has snapshots answers from one.
    async fn span_tree_page(
        &self,
        trace: &TraceId,
        range: SpanTreeRange,
    ) -> Result<SpanTreePage, StoreError> {
        let tree = self.span_tree(trace, range).await?;
        let session = self.session_place(trace).await?;
        let listed = self.list_items(std::slice::from_ref(trace)).await?.pop();
        let trace = listed.ok_or_else(|| StoreError::TraceNotFound(trace.clone()))?;
        Ok(SpanTreePage { trace, session, tree })
    }

    /// The existing ones among these traces as turns of their sessions, in the order asked for.
    async fn turns(&self, traces: &[TraceId]) -> Result<Turns, StoreError> {
        let mut turns = Vec::with_capacity(traces.len());
        for trace in traces {
            match self.span_rows(trace).await {
                Ok(rows) => turns.push((trace.clone(), span_rows::turn(&rows))),
                Err(StoreError::TraceNotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(turns)
    }

    /// [`TraceReads::search`], each trace as lists show it.
    async fn search_list(&self, search: TraceSearch) -> Result<TraceListPage, StoreError> {
        let SearchPage { traces, next_page_token } = self.search(search).await?;
        Ok(TraceListPage { traces: provided::list_items(self, traces).await?, next_page_token })
    }

    /// The existing ones among these traces as lists show them, in the order asked for.
    async fn list_items(&self, traces: &[TraceId]) -> Result<Vec<TraceListItem>, StoreError> {
        provided::list_items(self, self.infos(traces).await?).await
    }

    /// The keys that the newest traces of an experiment have.
    async fn keys(&self, experiment: ExperimentId) -> Result<TraceKeys, StoreError> {
        provided::keys(self, experiment).await
    }

    /// Sessions with a matching trace, by the newest of these.
    async fn sessions(&self, search: SessionSearch) -> Result<SessionNames, StoreError> {
        provided::sessions(self, search).await
    }

    /// The position of a trace in its session; `None` where it is in none.
    async fn session_place(&self, trace: &TraceId) -> Result<Option<SessionPlace>, StoreError> {
        provided::session_place(self, trace).await
    }

    /// The valid assessments of a session as a whole.
    async fn session_assessments(
        &self,
        experiment: ExperimentId,
        session: &str,
    ) -> Result<Vec<Assessment>, StoreError> {
        provided::session_assessments(self, experiment, session).await
    }
}

/// Runs and prompt versions that a trace is linked to. The run it was made in is in its metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceLinks {
    pub run_ids: Vec<String>,
    pub prompts: Vec<PromptVersion>,
}

/// A trace that was created, changed or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceChange {
    pub experiment: ExperimentId,
    pub trace_id: TraceId,
}

#[derive(Clone, Debug)]
pub struct StoredSpans {
    pub info: TraceInfo,
    /// `TracesData` in protobuf; a span in a later chunk replaces the same span in an earlier one.
    pub chunks: Vec<Vec<u8>>,
    /// `LogsData` in protobuf: log records that belong to these spans.
    pub logs: Vec<Vec<u8>>,
}

#[derive(Clone, Debug)]
pub struct TraceSearch {
    pub experiments: Vec<ExperimentId>,
    pub filter: Filter,
    /// Empty means newest first. Ties are broken by trace id.
    pub order_by: Vec<OrderBy>,
    pub max_results: usize,
    /// From the previous page's `next_page_token`; the rest of the search must be as it was.
    pub page_token: Option<String>,
    pub deadline: Duration,
}

#[derive(Clone, Debug, Default)]
pub struct SearchPage {
    pub traces: Vec<TraceInfo>,
    /// Present whenever the page is full.
    pub next_page_token: Option<String>,
}
