//! Scans and metrics over both tiers.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use kansoku_filter::Filter;
use kansoku_model::TimestampMs;
use kansoku_store::core::columns::groups::Groups;
use kansoku_store::core::columns::metric_rows;
use kansoku_store::core::scanned_trace::scanned;
use kansoku_store::metrics_query::View;
use kansoku_store::{
    Coverage, MetricsQuery, ScanQuery, ScanVisitor, ScannedTrace, StoreError, TraceScan,
};

use super::Tiers;
use crate::reader::{Columns, RowQuery, Viewed, Visited};
use crate::tables::ArchivedTrace;

#[async_trait]
impl TraceScan for Tiers {
    async fn scan(&self, query: ScanQuery, visitor: ScanVisitor) -> Result<Coverage, StoreError> {
        let until = Instant::now() + query.deadline;
        let visitor = Arc::new(Mutex::new(visitor));
        let visit = {
            let visitor = visitor.clone();
            move |trace: &ScannedTrace| call(&visitor, trace)
        };
        let mut coverage = self.hot.scan(query.clone(), Box::new(visit)).await?;
        if !coverage.complete || !self.reaches_archive(query.experiment, &query.filter, query.from)
        {
            return Ok(coverage);
        }
        let rows = RowQuery {
            experiment: query.experiment,
            filter: &query.filter,
            from: query.from,
            to: earlier(query.to, self.floor(query.experiment)),
            columns: Columns::projected(&query.projection),
            until: Some(until),
        };
        // Row groups may overlap, but within one the newest trace comes first.
        let (mut oldest, mut stopped_at) = (None, None);
        let mut add = |viewed: &Viewed<'_>, trace: &ArchivedTrace| {
            if query.traces_max as u64 <= coverage.traces {
                stopped_at = oldest;
                return Ok(false);
            }
            oldest = Some(trace.info.request_time);
            let mut found = scanned(&viewed.view(&[]), &query.projection);
            found.failed_spans = trace.spans.error_count;
            call(&visitor, &found);
            coverage.traces += 1;
            Ok(true)
        };
        match self.archive.each_match(&rows, self, &mut add).await? {
            Visited::All => Ok(coverage),
            Visited::NewerThan(time) => {
                let covered_from = stopped_at.or(Some(time));
                Ok(Coverage { complete: false, covered_from, ..coverage })
            }
        }
    }

    async fn metric_groups(&self, query: MetricsQuery) -> Result<Groups, StoreError> {
        let until = Instant::now() + query.deadline;
        let mut groups = self.hot.metric_groups(query.clone()).await?;
        let columns = Columns {
            spans: query.metric.view() == View::Spans,
            assessments: query.metric.view() == View::Assessments,
            runs: true,
            tags: true,
            metadata: true,
            totals: true,
            ..Columns::default()
        };
        // Costs of spans have the time of the span, which is that of the trace or later.
        let from = query.from.filter(|_| query.metric.view() != View::Spans);
        let filter = Filter::all();
        for experiment in &query.experiments {
            if !self.reaches_archive(*experiment, &filter, from) {
                continue;
            }
            let to = earlier(query.to, self.floor(*experiment));
            let rows = RowQuery {
                experiment: *experiment,
                filter: &filter,
                from,
                to,
                columns,
                until: Some(until),
            };
            let mut add = |viewed: &Viewed<'_>, _: &ArchivedTrace| {
                metric_rows::add(&viewed.view(&[]), &query, &mut groups).map(|()| true)
            };
            if self.archive.each_match(&rows, self, &mut add).await? != Visited::All {
                return Err(StoreError::DeadlineExceeded {
                    deadline: query.deadline,
                    waited: None,
                });
            }
        }
        Ok(groups)
    }
}

fn earlier(a: Option<TimestampMs>, b: Option<TimestampMs>) -> Option<TimestampMs> {
    [a, b].into_iter().flatten().min()
}

fn call(visitor: &Mutex<ScanVisitor>, trace: &ScannedTrace) {
    visitor.lock().unwrap_or_else(PoisonError::into_inner)(trace);
}
