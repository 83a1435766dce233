//! [`ArchiveIndex`] on SQLite.
use std::collections::HashMap;

use async_trait::async_trait;
use kansoku_model::{ExperimentId, TimestampMs, TraceId};

use super::{expired, locators, row_groups};
use crate::SqliteStore;
use crate::engine::tx::Tx;
use kansoku_store::{
    ArchiveIndex, ArchivedIn, LocatedRowGroup, LocatedRows, RowGroupPage, StoreError, trace_hash,
};

#[async_trait]
impl ArchiveIndex for SqliteStore {
    async fn archive_floors(&self) -> Result<HashMap<ExperimentId, TimestampMs>, StoreError> {
        self.read("look how far back traces are stored", expired::floors).await
    }

    async fn expired_traces(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<TraceId, ExperimentId>, StoreError> {
        let traces = traces.to_vec();
        self.read("look for expired traces", move |db| expired::among(db, &traces)).await
    }

    async fn count_expired(&self, experiment: ExperimentId) -> Result<u64, StoreError> {
        self.read("count expired traces", move |db| expired::count_in(db, experiment)).await
    }

    async fn locate(
        &self,
        experiment: ExperimentId,
        table: &str,
        traces: &[TraceId],
    ) -> Result<Vec<LocatedRows>, StoreError> {
        let hashes: Vec<u64> = traces.iter().map(trace_hash).collect();
        let table = table.to_owned();
        let locate = move |db: &_| locators::locate(db, experiment, &table, &hashes);
        self.read("find rows of traces in the archive", locate).await
    }

    async fn row_groups(&self, page: RowGroupPage) -> Result<Vec<LocatedRowGroup>, StoreError> {
        self.read("list row groups of the archive", move |db| row_groups::page(db, &page)).await
    }

    async fn delete_expired(
        &self,
        experiment: ExperimentId,
        traces: Vec<(TraceId, ArchivedIn)>,
    ) -> Result<Vec<TraceId>, StoreError> {
        let delete = move |tx: &Tx<'_>| expired::delete(tx, experiment, traces);
        self.write("delete expired traces", delete).await
    }

    async fn begin_restore(
        &self,
        experiment: ExperimentId,
        trace: &TraceId,
    ) -> Result<(), StoreError> {
        let trace = trace.clone();
        let begin = move |tx: &Tx<'_>| expired::begin_restore(tx, experiment, &trace);
        self.write("restore a trace", begin).await
    }

    async fn finish_restore(
        &self,
        experiment: ExperimentId,
        trace: &TraceId,
        archived_in: ArchivedIn,
    ) -> Result<(), StoreError> {
        let trace = trace.clone();
        let finish =
            move |tx: &Tx<'_>| expired::finish_restore(tx, experiment, &trace, archived_in);
        self.write("restore a trace", finish).await
    }

    async fn open_restores(&self) -> Result<Vec<(TraceId, ExperimentId)>, StoreError> {
        self.read("look for traces that are being restored", expired::open_restores).await
    }
}
