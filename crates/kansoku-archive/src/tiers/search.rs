//! Searches over both tiers, with one page token: a place in the order, whatever tier it is from.
use std::collections::HashMap;
use std::time::Instant;

use kansoku_filter::eval::{NoPayload, TraceView};
use kansoku_filter::{Filter, Order, PageToken, SqlValue, Tested};
use kansoku_model::{TimestampMs, TraceId, TraceInfo};
use kansoku_store::core::list_bounds::{self, ListRoom};
use kansoku_store::core::search_token;
use kansoku_store::{StoreError, TraceSearch};

use super::Tiers;
use super::found::Found;
use crate::reader::{ArchiveSearch, Columns, RowQuery, Visited};
use crate::tables::ArchivedTrace;

/// The traces of a page, its token, and how far back it was searched if the deadline passed.
pub(super) type FoundPage = (Vec<Found>, Option<String>, Option<TimestampMs>);

impl Tiers {
    pub(super) async fn search_both(&self, search: TraceSearch) -> Result<FoundPage, StoreError> {
        let until = Instant::now() + search.deadline;
        let order = Order::new(&search.order_by);
        let digest = search_token::digest(&search);
        let token = search.page_token.as_deref().filter(|token| !token.is_empty());
        let after = token.map(|token| search_token::read(token, &order, digest)).transpose()?;
        let hot = self.hot.search(search.clone()).await?;
        if hot.next_page_token.is_some() && self.is_above_floors(&search, &order, &hot.traces) {
            let found = hot.traces.into_iter().map(Box::new).map(Found::Hot).collect();
            return Ok((found, hot.next_page_token, None));
        }
        let places = self.places(&order, &hot.traces).await?;
        let hot_end = places.last().filter(|_| hot.next_page_token.is_some()).cloned();
        let infos = hot.traces.into_iter().map(Box::new).map(Found::Hot);
        let mut found: Vec<(PageToken, Found)> = places.into_iter().zip(infos).collect();
        let (archived, covered_from) =
            self.archived_page(&search, &order, after.as_ref(), until).await?;
        let is_more_archived = search.max_results <= archived.len();
        found
            .extend(archived.into_iter().map(|(place, it)| (place, Found::Archived(Box::new(it)))));
        found.sort_by(|(a, _), (b, _)| order.compare(a, b));

        // Neither tier says anything about traces after its own end.
        let archive_end = covered_from.map(place_before);
        for end in [&hot_end, &archive_end].into_iter().flatten() {
            found.retain(|(place, _)| order.compare(place, end).is_le());
        }
        let is_full = search.max_results <= found.len();
        found.truncate(search.max_results);
        let (mut room, matches) = (ListRoom::default(), found.len());
        let mut last = None;
        let mut page = Vec::with_capacity(matches);
        for (place, found) in found {
            if !room.take(listed_bytes(&found)) {
                break;
            }
            last = Some(place);
            page.push(found);
        }
        let is_more = is_full || page.len() < matches || hot_end.is_some() || is_more_archived;
        let end = match archive_end.filter(|_| !is_full && page.len() == matches) {
            Some(end) => Some(end),
            None => last.filter(|_| is_more),
        };
        let next_page_token = end.map(|end| search_token::write(&end, digest));
        Ok((page, next_page_token, covered_from))
    }

    /// Whether a page of the store is complete, because older traces come after it.
    fn is_above_floors(&self, search: &TraceSearch, order: &Order, page: &[TraceInfo]) -> bool {
        let floor =
            search.experiments.iter().filter_map(|experiment| self.floor(*experiment)).max();
        let Some(floor) = floor else { return true };
        order.is_newest_first() && page.last().is_some_and(|last| floor < last.request_time)
    }

    /// The first matches of the archive after `after`, and the time down to which it was searched if
    /// the deadline passed.
    async fn archived_page(
        &self,
        search: &TraceSearch,
        order: &Order,
        after: Option<&PageToken>,
        until: Instant,
    ) -> Result<(Vec<(PageToken, ArchivedTrace)>, Option<TimestampMs>), StoreError> {
        if let Some(ids) = search.filter.required(&[]).trace_ids {
            return Ok((self.archived_by_id(search, order, after, ids).await?, None));
        }
        let (mut all, mut covered_from) = (Vec::new(), None);
        for experiment in &search.experiments {
            if !self.reaches_archive(*experiment, &search.filter, None) {
                continue;
            }
            let rows = RowQuery {
                experiment: *experiment,
                filter: &search.filter,
                from: None,
                to: self.floor(*experiment),
                columns: Columns::default(),
                until: Some(until),
            };
            let max_results = search.max_results;
            let page = self
                .archive
                .search(&ArchiveSearch { rows, order, after, max_results }, self)
                .await?;
            if let Visited::NewerThan(time) = page.visited {
                if !order.is_newest_first() {
                    let deadline = search.deadline;
                    return Err(StoreError::DeadlineExceeded { deadline, waited: None });
                }
                covered_from = covered_from.max(Some(time));
            }
            all.extend(page.traces);
        }
        all.sort_by(|(a, _), (b, _)| order.compare(a, b));
        all.truncate(search.max_results);
        Ok((all, covered_from))
    }

    /// The matches among these traces that are only in the archive.
    async fn archived_by_id(
        &self,
        search: &TraceSearch,
        order: &Order,
        after: Option<&PageToken>,
        ids: Vec<String>,
    ) -> Result<Vec<(PageToken, ArchivedTrace)>, StoreError> {
        let ids: Vec<TraceId> =
            ids.into_iter().filter_map(|id| TraceId::try_from(id).ok()).collect();
        let mut found = Vec::new();
        for trace in self.archive.traces(&ids).await?.into_values() {
            if !search.experiments.contains(&trace.info.experiment_id) {
                continue;
            }
            if let Some(place) =
                self.archive.place_if_matches(&trace, &search.filter, order, self).await?
                && after.is_none_or(|after| order.compare(after, &place).is_lt())
            {
                found.push((place, trace));
            }
        }
        Ok(found)
    }

    /// The places of traces of the store.
    async fn places(
        &self,
        order: &Order,
        traces: &[TraceInfo],
    ) -> Result<Vec<PageToken>, StoreError> {
        if order.is_newest_first() {
            let place = |info: &TraceInfo| PageToken {
                values: vec![SqlValue::Integer(info.request_time.0)],
                trace_id: info.trace_id.to_string(),
            };
            return Ok(traces.iter().map(place).collect());
        }
        let tested = Tested::new(&Filter::all(), order);
        let ids: Vec<TraceId> = traces.iter().map(|info| info.trace_id.clone()).collect();
        let items = self.hot.list_items(&ids).await?;
        let items: HashMap<_, _> =
            items.into_iter().map(|item| (item.info.trace_id.clone(), item)).collect();
        let mut places = Vec::with_capacity(traces.len());
        for info in traces {
            let item = items.get(&info.trace_id);
            let spans = match tested.spans {
                true => self.hot.span_rows(&info.trace_id).await.unwrap_or_default(),
                false => Vec::new(),
            };
            let view = TraceView {
                info,
                usage: item.and_then(|item| item.summary.usage),
                cost: item.and_then(|item| item.summary.cost),
                run_ids: &[],
                prompts: &[],
                spans: &spans,
                session_assessments: &[],
                payload: &NoPayload,
            };
            places.push(order.place_of(&view));
        }
        Ok(places)
    }
}

/// The place before all traces of this time, newest first.
fn place_before(time: TimestampMs) -> PageToken {
    PageToken { values: vec![SqlValue::Integer(time.0)], trace_id: String::new() }
}

fn listed_bytes(found: &Found) -> usize {
    match found {
        Found::Hot(info) => list_bounds::info_bytes(info),
        Found::Archived(trace) => list_bounds::info_bytes(&trace.info),
    }
}
