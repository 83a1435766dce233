//! Reads traces for scorers, and for the filters that choose them.
use kansoku_filter::Filter;
use kansoku_filter::eval::{Evaluator, TraceView, root_of};
use kansoku_model::{Assessment, AssessmentId, SpanId, SpanRow, TraceId, TraceInfo, metadata_key};
use kansoku_store::core::chunk_payload::ChunkPayload;
use kansoku_store::{StoreError, StoredSpans, TraceLinks, TraceListItem, TraceStore};

use crate::ScoredTrace;

/// A trace as it is stored.
pub(super) struct LoadedTrace {
    listed: TraceListItem,
    stored: StoredSpans,
    rows: Vec<SpanRow>,
}

/// The parts of a trace that only filters read.
pub(super) struct FilterContext {
    links: TraceLinks,
    session_assessments: Vec<Assessment>,
}

impl LoadedTrace {
    /// Reads a trace; `None` if it does not exist.
    pub(super) async fn load(
        traces: &dyn TraceStore,
        trace: &TraceId,
    ) -> Result<Option<Self>, StoreError> {
        match Self::try_load(traces, trace).await {
            Err(StoreError::TraceNotFound(_)) => Ok(None),
            result => result,
        }
    }

    async fn try_load(
        traces: &dyn TraceStore,
        trace: &TraceId,
    ) -> Result<Option<Self>, StoreError> {
        let ids = std::slice::from_ref(trace);
        let Some(listed) = traces.list_items(ids).await?.pop() else { return Ok(None) };
        let rows = traces.span_rows(trace).await?;
        let stored = traces.spans(trace).await?;
        Ok(Some(Self { listed, stored, rows }))
    }

    pub(super) fn id(&self) -> &TraceId {
        &self.stored.info.trace_id
    }

    /// The root span.
    pub(super) fn root(&self) -> Option<SpanId> {
        root_of(&self.rows).map(|root| root.span_id)
    }

    pub(super) fn info(&self) -> &TraceInfo {
        &self.stored.info
    }

    pub(super) fn has_assessment(&self, id: &AssessmentId) -> bool {
        self.stored.info.assessments.iter().any(|assessment| assessment.assessment_id == *id)
    }

    /// The run of an evaluation that the trace was made in.
    pub(super) fn source_run(&self) -> Option<&str> {
        self.stored.info.metadata.get(metadata_key::SOURCE_RUN).map(String::as_str)
    }

    /// Reads what only filters need.
    pub(super) async fn filter_context(
        &self,
        traces: &dyn TraceStore,
    ) -> Result<FilterContext, StoreError> {
        let info = &self.stored.info;
        let links = traces.links(std::slice::from_ref(&info.trace_id)).await?.pop();
        let session_assessments = match info.metadata.get(metadata_key::SESSION) {
            Some(session) => traces.session_assessments(info.experiment_id, session).await?,
            None => Vec::new(),
        };
        Ok(FilterContext { links: links.unwrap_or_default(), session_assessments })
    }

    pub(super) fn matches(&self, filter: &Filter, context: &FilterContext) -> bool {
        let FilterContext { links, session_assessments } = context;
        let prompts = links.prompts.iter();
        let prompts: Vec<_> = prompts.map(|it| (it.name.clone(), it.version.clone())).collect();
        let payload = ChunkPayload::new(self.stored.chunks.iter().map(Vec::as_slice));
        Evaluator::new(filter).matches(&TraceView {
            info: &self.stored.info,
            usage: self.listed.summary.usage,
            cost: self.listed.summary.cost,
            run_ids: &links.run_ids,
            prompts: &prompts,
            spans: &self.rows,
            session_assessments,
            payload: &payload,
        })
    }

    /// Decodes the content. Fails if the stored bytes are damaged.
    pub(super) fn decode(self) -> Result<ScoredTrace, kansoku_otlp::DecodeError> {
        ScoredTrace::new(self.stored, &self.listed.summary, self.rows)
    }
}

/// Decoding takes long for large traces.
pub(super) async fn decode(loaded: LoadedTrace) -> Result<ScoredTrace, StoreError> {
    let decoded = tokio::task::spawn_blocking(|| loaded.decode()).await;
    let decoded = decoded.map_err(|panicked| StoreError::backend("decode a trace", panicked))?;
    decoded.map_err(|error| StoreError::backend("decode a trace", error))
}
