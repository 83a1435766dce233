//! [`TraceScan`] on SQLite: over packed columns where possible, otherwise over rows.
use async_trait::async_trait;

use crate::reads::{correlation, scan};
use crate::{SqliteStore, columns};
use kansoku_store::core::columns::groups::Groups;
use kansoku_store::{
    Activity, ActivityQuery, CorrelationCounts, CorrelationQuery, Coverage, MetricsQuery,
    ScanQuery, ScanVisitor, SpanProjection, SpanVisitor, StoreError, TraceScan,
};

#[async_trait]
impl TraceScan for SqliteStore {
    async fn scan(&self, query: ScanQuery, mut each: ScanVisitor) -> Result<Coverage, StoreError> {
        let deadline = query.deadline;
        let codec = self.codec.clone();
        let run = move |db: &_| scan::fold(db, &codec, &query, &mut *each);
        let answer = self.read_many("sum up traces", deadline, run).await?;
        if answer.has_gaps {
            self.maintenance_thread.pack_all();
        }
        Ok(answer.coverage)
    }

    async fn scan_spans(
        &self,
        query: ScanQuery,
        columns: SpanProjection,
        mut each: SpanVisitor,
    ) -> Result<Coverage, StoreError> {
        let deadline = query.deadline;
        let codec = self.codec.clone();
        let run = move |db: &_| scan::fold_spans(db, &codec, &query, columns, &mut *each);
        let answer = self.read_many("sum up spans", deadline, run).await?;
        if answer.has_gaps {
            self.maintenance_thread.pack_all();
        }
        Ok(answer.coverage)
    }

    async fn metric_groups(&self, query: MetricsQuery) -> Result<Groups, StoreError> {
        let deadline = query.deadline;
        let run = move |db: &_| columns::query(db, &query);
        let answer = self.read_many("aggregate traces", deadline, run).await?;
        if answer.has_gaps {
            self.maintenance_thread.pack_all();
        }
        Ok(answer.groups)
    }

    async fn activity(&self, query: ActivityQuery) -> Result<Vec<Activity>, StoreError> {
        let deadline = query.deadline;
        let run = move |db: &_| columns::activity::read(db, &query);
        let answer = self.read_many("look at experiments", deadline, run).await?;
        if answer.has_gaps {
            self.maintenance_thread.pack_all();
        }
        Ok(answer.experiments)
    }

    async fn correlation(&self, query: CorrelationQuery) -> Result<CorrelationCounts, StoreError> {
        let deadline = query.deadline;
        let count = move |db: &_| correlation::count(db, &query);
        self.read_many("correlate filters", deadline, count).await
    }
}
