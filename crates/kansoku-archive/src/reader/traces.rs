//! Traces by id.
use std::collections::HashMap;

use futures::TryStreamExt;
use kansoku_model::{ExperimentId, SpanRow, TraceId};
use kansoku_otlp::{TracesData, decode_protobuf, split_as};
use kansoku_store::{ArchivedIn, LocatedRows, StoreError};

use super::ArchiveReader;
use crate::files::{RowRange, RowSelector};
use crate::tables::{ArchivedTrace, Table, read_traces};

impl ArchiveReader {
    /// Those of these traces that are only in the archive, by id, with the rows of their spans.
    pub(crate) async fn traces(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<TraceId, ArchivedTrace>, StoreError> {
        let mut found = HashMap::new();
        for (experiment, traces) in self.by_experiment(traces).await? {
            let suffix = Table::Traces.suffix();
            for located in self.index.locate(experiment, suffix, &traces).await? {
                let file = self.files.get(&located.file).await?;
                let mut batches = file.read(None, RowSelector::Ranges(ranges(&located)), None)?;
                while let Some(batch) = batches.try_next().await? {
                    let wanted = read_traces(&batch)?.into_iter();
                    let wanted = wanted.filter(|trace| traces.contains(&trace.info.trace_id));
                    found.extend(wanted.map(|trace| (trace.info.trace_id.clone(), trace)));
                }
            }
        }
        for trace in found.values_mut() {
            if !trace.has_all_rows() {
                trace.span_rows = self.span_rows(trace).await?;
            }
        }
        Ok(found)
    }

    /// One trace, if it is only in the archive.
    pub(crate) async fn trace(&self, trace: &TraceId) -> Result<Option<ArchivedTrace>, StoreError> {
        Ok(self.traces(std::slice::from_ref(trace)).await?.remove(trace))
    }

    async fn by_experiment(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<ExperimentId, Vec<TraceId>>, StoreError> {
        let mut by_experiment: HashMap<ExperimentId, Vec<TraceId>> = HashMap::new();
        for (trace, experiment) in self.index.expired_traces(traces).await? {
            by_experiment.entry(experiment).or_default().push(trace);
        }
        Ok(by_experiment)
    }

    /// The rows of a trace's spans, made from their payload.
    async fn span_rows(&self, trace: &ArchivedTrace) -> Result<Vec<SpanRow>, StoreError> {
        let info = &trace.info;
        let mut rows = Vec::new();
        for part in self.parts(trace, Table::Spans).await? {
            let otlp = self.part(&info.trace_id, &part).await?;
            let data: TracesData = decode_protobuf(&otlp)
                .map_err(|error| StoreError::ArchiveDamaged(error.to_string()))?;
            let split = split_as(data, &info.trace_id);
            rows.extend(split.traces.into_iter().flat_map(|trace| trace.rows));
        }
        Ok(rows)
    }

    /// The batches that a trace's rows are from, as far as the catalog must know them to replace
    /// these rows.
    pub(crate) async fn archived_in(
        &self,
        experiment: ExperimentId,
        trace: &TraceId,
        info: i64,
    ) -> Result<ArchivedIn, StoreError> {
        let located =
            self.index.locate(experiment, Table::Spans.suffix(), std::slice::from_ref(trace));
        let spans = located.await?.first().map(|located| located.file.first_batch);
        Ok(ArchivedIn { spans: spans.unwrap_or(info), info })
    }
}

pub(super) fn ranges(located: &LocatedRows) -> Vec<RowRange> {
    let rows = located.rows.iter();
    rows.map(|it| RowRange { row_group: it.row_group, first: it.first, rows: it.rows }).collect()
}
