use std::collections::HashMap;

use async_trait::async_trait;
use kansoku_filter::eval::Evaluator;
use kansoku_filter::{Filter, Order, PageToken};
use kansoku_model::{Assessment, ExperimentId, FeedbackSettings, SpanRow, TraceId, TraceInfo};
use tokio::sync::broadcast;

use super::trace::{Trace, Viewed};
use super::{ReferenceStore, State};
use crate::core::list_bounds::{self, ListRoom};
use crate::core::search_token;
use crate::{
    ChunkId, ChunkInfo, SearchPage, StoreError, TraceChange, TraceChunks, TraceLinks, TraceReads,
    TraceSearch,
};

#[async_trait]
impl TraceReads for ReferenceStore {
    fn changes(&self) -> broadcast::Receiver<TraceChange> {
        self.changes.subscribe()
    }

    async fn infos(&self, traces: &[TraceId]) -> Result<Vec<TraceInfo>, StoreError> {
        let state = self.state();
        let found = traces.iter().filter_map(|id| state.traces.get(id));
        Ok(found.map(|trace| list_bounds::listed(trace.info())).collect())
    }

    async fn links(&self, traces: &[TraceId]) -> Result<Vec<TraceLinks>, StoreError> {
        let state = self.state();
        Ok(traces.iter().filter_map(|id| state.traces.get(id)).map(Trace::links).collect())
    }

    async fn span_rows(&self, trace: &TraceId) -> Result<Vec<SpanRow>, StoreError> {
        Ok(self.state().trace(trace)?.rows())
    }

    async fn chunks(&self, trace: &TraceId) -> Result<TraceChunks, StoreError> {
        let state = self.state();
        let trace = state.trace(trace)?;
        let infos = |chunks: &[(ChunkId, Vec<u8>)]| {
            let chunks = chunks.iter();
            chunks.map(|(id, bytes)| ChunkInfo { id: *id, bytes: bytes.len() as u64 }).collect()
        };
        Ok(TraceChunks {
            info: trace.info(),
            spans: infos(&trace.chunks),
            logs: infos(&trace.logs),
        })
    }

    async fn chunk(&self, trace: &TraceId, chunk: ChunkId) -> Result<Option<Vec<u8>>, StoreError> {
        let state = self.state();
        let trace = state.trace(trace)?;
        let mut chunks = trace.chunks.iter().chain(&trace.logs);
        Ok(chunks.find(|(id, _)| *id == chunk).map(|(_, bytes)| bytes.clone()))
    }

    async fn feedback_settings(
        &self,
        experiment: ExperimentId,
    ) -> Result<FeedbackSettings, StoreError> {
        let state = self.state();
        let found = state.experiments.get(&experiment);
        Ok(found.map(|found| FeedbackSettings::from_tags(&found.tags)).unwrap_or_default())
    }

    async fn search(&self, search: TraceSearch) -> Result<SearchPage, StoreError> {
        let order = Order::new(&search.order_by);
        let digest = search_token::digest(&search);
        let token = search.page_token.as_deref().filter(|token| !token.is_empty());
        let after = token.map(|token| search_token::read(token, &order, digest)).transpose()?;
        let state = self.state();
        let mut found: Vec<(PageToken, TraceInfo)> = Vec::new();
        state.each_match(&search.experiments, &search.filter, |viewed, of_session| {
            let place = order.place_of(&viewed.view(of_session));
            if after.as_ref().is_none_or(|after| order.compare(after, &place).is_lt()) {
                found.push((place, viewed.info.clone()));
            }
        });
        found.sort_by(|(a, _), (b, _)| order.compare(a, b));
        found.truncate(search.max_results);
        let (mut traces, mut last, matches) = (Vec::new(), None, found.len());
        let mut room = ListRoom::default();
        for (place, info) in found {
            let info = list_bounds::listed(info);
            if !room.take(list_bounds::info_bytes(&info)) {
                break;
            }
            traces.push(info);
            last = Some(place);
        }
        let more = traces.len() < matches || matches == search.max_results;
        let next_page_token =
            last.filter(|_| more).map(|place| search_token::write(&place, digest));
        Ok(SearchPage { traces, next_page_token, covered_from: None })
    }
}

impl State {
    /// Calls `visit` with each trace of the experiments that matches the filter, with the
    /// assessments of its session.
    pub(super) fn each_match<'a>(
        &'a self,
        experiments: &[ExperimentId],
        filter: &Filter,
        mut visit: impl FnMut(&Viewed<'a>, &[Assessment]),
    ) {
        let is_meant = |trace: &&Trace| experiments.contains(&trace.row.experiment);
        let mut sessions: HashMap<(ExperimentId, &str), Vec<Assessment>> = HashMap::new();
        for trace in self.traces.values().filter(is_meant) {
            if let Some(session) = trace.session() {
                let of_session = sessions.entry((trace.row.experiment, session)).or_default();
                of_session.extend(trace.assessments.iter().cloned());
            }
        }
        let evaluator = Evaluator::new(filter);
        for trace in self.traces.values().filter(is_meant) {
            let session = trace.session().map(|session| (trace.row.experiment, session));
            let of_session =
                session.and_then(|session| sessions.get(&session)).map_or(&[][..], |it| it);
            let viewed = Viewed::new(trace);
            if evaluator.matches(&viewed.view(of_session)) {
                visit(&viewed, of_session);
            }
        }
    }
}
