//! The adapter for `traces.json`: the spans of one trace as an uploaded file.
use bytes::Bytes;
use kansoku_model::{ExperimentId, Source, TraceId};
use kansoku_otlp::Rejections;
use metrics::counter;

use super::{
    assign_experiment::Assignment,
    ledger::record_rejected_spans,
    pipeline::{Format, IngestRequest, OpenExport, store_batch},
};
use crate::{
    ApiError, App,
    http::{body_budget::Reservation, metrics::INGEST_BYTES},
};

/// Stores the spans of a file in a trace of `experiment`, whatever OpenTelemetry trace id they
/// have.
pub(crate) async fn ingest(
    app: &App,
    trace: &TraceId,
    experiment: ExperimentId,
    source: &Source,
    reserved: &Reservation,
    body: Bytes,
) -> Result<(), ApiError> {
    let assignment = Assignment::Fixed(experiment);
    let request = IngestRequest { source: source.clone(), assignment, run: None };
    let format = Format::TracesJson(trace.clone());
    let mut export = OpenExport::open(app, format, body, reserved).await?;
    let mut rejected = Rejections::default();
    let mut any_stored = false;
    while let Some(batch) = export.next_batch(app).await? {
        if batch.traces.is_empty() && batch.rejected.is_empty() {
            continue;
        }
        any_stored |= !batch.traces.is_empty();
        rejected.extend(store_batch(app, &request, batch).await.map_err(|failed| failed.error)?);
    }
    if let (false, Some(rejected)) = (any_stored, rejected.samples().first()) {
        return Err(ApiError::invalid(format!(
            "no span of the file can be stored; `{}`: {}",
            rejected.span_name, rejected.reason
        )));
    }
    counter!(INGEST_BYTES).increment(export.bytes);
    record_rejected_spans(app, source, &rejected).await;
    Ok(())
}
