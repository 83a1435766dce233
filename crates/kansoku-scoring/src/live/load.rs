//! Reads traces for scorers, and for the filters that choose them.
use std::collections::VecDeque;

use kansoku_filter::Filter;
use kansoku_filter::eval::{Evaluator, TraceView, root_of};
use kansoku_model::{Assessment, SpanId, TraceId, TraceInfo, metadata_key};
use kansoku_store::core::chunk_payload::ChunkPayload;
use kansoku_store::{StoreError, TraceLinks, TraceStore, WholeTrace, WholeTraceLimits};

use crate::ScoredTrace;

/// Traces with more bytes of spans are not scored.
const TRACE_BYTES_MAX: u64 = 64 << 20;
/// The bytes of spans that are read at once; a larger trace is read alone.
const READ_BYTES_MAX: u64 = 4 << 20;

/// A trace as it is stored.
pub(super) struct LoadedTrace(WholeTrace);

/// Reads traces several at a time, and one at a time after that failed.
pub(super) struct TraceReader {
    left: VecDeque<TraceId>,
    at_once: usize,
}

/// Traces that were read at once.
pub(super) struct ReadTraces {
    /// The number of traces that were looked at, one if reading it fails.
    pub(super) looked_at: usize,
    /// Without those that do not exist or are too large.
    pub(super) traces: Result<Vec<LoadedTrace>, StoreError>,
}

/// The parts of a trace that only filters read.
pub(super) struct FilterContext {
    links: TraceLinks,
    session_assessments: Vec<Assessment>,
}

impl LoadedTrace {
    /// Reads a trace; `None` if it does not exist or is too large.
    pub(super) async fn load(
        traces: &dyn TraceStore,
        trace: &TraceId,
    ) -> Result<Option<Self>, StoreError> {
        Ok(Self::load_some(traces, std::slice::from_ref(trace), 0).await?.0.pop())
    }

    /// Reads traces, at least the first, as long as they have no more than `bytes_max` bytes of
    /// spans. Those that do not exist or are too large are omitted. Also returns the number of traces
    /// that were looked at.
    pub(super) async fn load_some(
        store: &dyn TraceStore,
        traces: &[TraceId],
        bytes_max: u64,
    ) -> Result<(Vec<Self>, usize), StoreError> {
        let limits = WholeTraceLimits { trace_bytes_max: TRACE_BYTES_MAX, bytes_max };
        let read = store.whole_traces(traces, limits).await?;
        Ok((read.traces.into_iter().map(Self).collect(), read.looked_at))
    }

    pub(super) fn id(&self) -> &TraceId {
        &self.0.info.trace_id
    }

    pub(super) fn has_ended_root(&self) -> bool {
        root_of(&self.0.rows).is_some_and(|root| root.end_ns.is_some())
    }

    /// The root span.
    pub(super) fn root(&self) -> Option<SpanId> {
        root_of(&self.0.rows).map(|root| root.span_id)
    }

    pub(super) fn info(&self) -> &TraceInfo {
        &self.0.info
    }

    /// The run of an evaluation that the trace was made in.
    pub(super) fn source_run(&self) -> Option<&str> {
        self.0.info.metadata.get(metadata_key::SOURCE_RUN).map(String::as_str)
    }

    /// Reads what only filters need.
    pub(super) async fn filter_context(
        &self,
        traces: &dyn TraceStore,
    ) -> Result<FilterContext, StoreError> {
        let info = &self.0.info;
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
        let WholeTrace { info, usage, cost, rows, chunks, has_logs: _ } = &self.0;
        let payload = ChunkPayload::new(chunks.iter().map(Vec::as_slice));
        Evaluator::new(filter).matches(&TraceView {
            info,
            usage: *usage,
            cost: *cost,
            run_ids: &links.run_ids,
            prompts: &prompts,
            spans: rows,
            session_assessments,
            payload: &payload,
        })
    }

    /// Decodes the content. Fails if the stored bytes are damaged.
    pub(super) fn decode(self) -> Result<ScoredTrace, kansoku_otlp::DecodeError> {
        ScoredTrace::new(self.0)
    }
}

impl TraceReader {
    pub(super) fn new(traces: impl IntoIterator<Item = TraceId>) -> Self {
        let left: VecDeque<_> = traces.into_iter().collect();
        Self { at_once: left.len(), left }
    }

    /// Reads the next traces; `None` after the last one.
    pub(super) async fn next(&mut self, store: &dyn TraceStore) -> Option<ReadTraces> {
        while !self.left.is_empty() {
            let ids: Vec<_> = self.left.iter().take(self.at_once).cloned().collect();
            let read = LoadedTrace::load_some(store, &ids, READ_BYTES_MAX).await;
            let (traces, looked_at) = match read {
                Ok((traces, looked_at)) => (Ok(traces), looked_at),
                // One of them cannot be read: each is read alone.
                Err(_) if 1 < ids.len() => {
                    self.at_once = 1;
                    continue;
                }
                Err(error) => (Err(error), 1),
            };
            self.left.drain(..looked_at);
            return Some(ReadTraces { looked_at, traces });
        }
        None
    }
}

/// Decoding takes long for large traces.
pub(super) async fn decode(loaded: LoadedTrace) -> Result<ScoredTrace, StoreError> {
    let decoded = tokio::task::spawn_blocking(|| loaded.decode()).await;
    let decoded = decoded.map_err(|panicked| StoreError::backend("decode a trace", panicked))?;
    decoded.map_err(|error| StoreError::backend("decode a trace", error))
}
