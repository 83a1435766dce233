use std::cmp::Reverse;
use std::time::Instant;

use async_trait::async_trait;
use kansoku_filter::Filter;

use super::ReferenceStore;
use crate::core::columns::groups::Groups;
use crate::core::columns::metric_rows;
use crate::core::scanned_trace::scanned;
use crate::{Coverage, MetricsQuery, ScanQuery, ScanVisitor, StoreError, TraceScan};

/// The number of traces between two checks of the deadline.
const BATCH: usize = 128;

#[async_trait]
impl TraceScan for ReferenceStore {
    async fn scan(
        &self,
        query: ScanQuery,
        mut visitor: ScanVisitor,
    ) -> Result<Coverage, StoreError> {
        let until = Instant::now() + query.deadline;
        let filter = query.filter.clone().and(Filter::between(query.from, query.to));
        let state = self.state();
        let mut found = Vec::new();
        state.each_match(&[query.experiment], &filter, |viewed, of_session| {
            found.push((
                viewed.trace.id.clone(),
                scanned(&viewed.view(of_session), &query.projection),
            ));
        });
        drop(state);
        found.sort_by(|(a, x), (b, y)| (Reverse(x.time), a).cmp(&(Reverse(y.time), b)));
        let mut coverage = Coverage { complete: true, ..Coverage::default() };
        for batch in found.chunks(BATCH) {
            for (_, trace) in batch {
                if coverage.traces as usize == query.traces_max {
                    coverage.complete = false;
                    break;
                }
                visitor(trace);
                coverage.traces += 1;
                coverage.covered_from = Some(trace.time);
            }
            if until <= Instant::now() {
                coverage.complete = false;
            }
            if !coverage.complete {
                return Ok(coverage);
            }
        }
        Ok(Coverage { covered_from: None, ..coverage })
    }

    async fn metric_groups(&self, query: MetricsQuery) -> Result<Groups, StoreError> {
        let state = self.state();
        let mut groups = Groups::new(&query);
        let mut added = Ok(());
        state.each_match(&query.experiments, &Filter::all(), |viewed, of_session| {
            if added.is_ok() {
                added = metric_rows::add(&viewed.view(of_session), &query, &mut groups);
            }
        });
        added.map(|()| groups)
    }
}
