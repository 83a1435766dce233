//! The pipeline of all ingest protocols: decode → group by trace → assign an experiment → price →
//! store.
//!
//! A large request is decoded and stored in batches. Each batch is one write of the store. A
//! request that fails half-way can be sent again safely.
use axum::http::HeaderMap;
use bytes::Bytes;
use kansoku_model::{Coded, ErrorCode, RunId, Source, TraceId};
use kansoku_otlp::{
    DecodeError, Encoding, Export, Rejections, Signal, Split, TracesJsonError, json_decoded_bytes,
};
use kansoku_store::{Ingest, StoreError};
use metrics::counter;

use super::{
    assign_experiment::{self, Assigned, Assignment},
    header_text, ledger,
    pricing::price,
};
use crate::{
    ApiError, App,
    http::{
        body_budget::{BudgetExceeded, Reservation},
        metrics::{INGEST_BYTES, INGEST_SPANS},
        streaming::off_thread,
    },
};

const RUN_ID: &str = "x-mlflow-run-id";

/// Larger requests, in bytes, are decoded on a separate thread.
const INLINE_BYTES_MAX: usize = 256 << 10;

/// The context of a request, without its spans.
pub(super) struct IngestRequest {
    pub(super) source: Source,
    pub(super) assignment: Assignment,
    /// The run that its traces are linked to.
    pub(super) run: Option<RunId>,
}

impl IngestRequest {
    /// Reads MLflow's headers of an OTLP request.
    pub(super) async fn from_headers(
        app: &App,
        headers: &HeaderMap,
        source: Source,
    ) -> Result<Self, ApiError> {
        let assignment = assign_experiment::in_headers(app, headers).await?;
        let run = header_text(headers, RUN_ID).map(|run| RunId(run.to_owned()));
        Ok(Self { source, assignment, run })
    }
}

/// The format of a body.
pub(super) enum Format {
    Otlp(Signal, Encoding),
    /// `traces.json` of this trace.
    TracesJson(TraceId),
}

impl Format {
    /// The memory for decoding before the first batch, in bytes; 0 for protobuf, which is decoded
    /// batch by batch.
    fn decoded_bytes(&self, body: &[u8]) -> usize {
        match self {
            Self::Otlp(_, Encoding::Protobuf) => 0,
            Self::Otlp(_, Encoding::Json) | Self::TracesJson(_) => json_decoded_bytes(body),
        }
    }

    fn open(self, body: Bytes) -> Result<Export, OpenError> {
        Ok(match self {
            Self::Otlp(signal, encoding) => Export::open(signal, encoding, body)?,
            Self::TracesJson(trace) => Export::open_traces_json(body, trace)?,
        })
    }
}

/// A body whose first batch is decoded and grouped by trace.
pub(super) struct OpenExport {
    first: Option<Split>,
    rest: Option<Export>,
    /// The size of the inflated body.
    pub(super) bytes: u64,
}

/// The reason why a body could not be opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    TracesJson(#[from] TracesJsonError),
    #[error(transparent)]
    BudgetExceeded(#[from] BudgetExceeded),
}

impl From<OpenError> for ApiError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Decode(error) => error.into(),
            OpenError::TracesJson(error) => error.into(),
            OpenError::BudgetExceeded(error) => error.into(),
        }
    }
}

impl OpenExport {
    /// Decodes the first batch of `body`; fails if there is not enough memory for it.
    pub(super) async fn open(
        app: &App,
        format: Format,
        body: Bytes,
        reserved: &Reservation,
    ) -> Result<Self, OpenError> {
        let bytes = body.len();
        let reserved = reserved.clone();
        let open = move || {
            reserved.grow_to(bytes + format.decoded_bytes(&body))?;
            let mut rest = format.open(body)?;
            reserved.grow_to(bytes + rest.batch_bytes())?;
            let first = Some(rest.next_split()?.unwrap_or_default());
            Ok(Self { first, rest: Some(rest), bytes: bytes as u64 })
        };
        if bytes <= INLINE_BYTES_MAX {
            return open();
        }
        app.bodies.run_limited(off_thread(open)).await
    }

    /// The first batch, until [`OpenExport::next_batch`] returns it.
    pub(super) fn first(&self) -> Option<&Split> {
        self.first.as_ref()
    }

    /// Whether no batch follows the first one.
    pub(super) fn has_one_batch(&self) -> bool {
        self.rest.as_ref().is_none_or(Export::is_at_end)
    }

    /// Decodes the next batch; `None` at the end.
    pub(super) async fn next_batch(&mut self, app: &App) -> Result<Option<Split>, DecodeError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        while let Some(mut rest) = self.rest.take().filter(|rest| !rest.is_at_end()) {
            let next = move || (rest.next_split(), rest);
            let (split, rest) = app.bodies.run_limited(off_thread(next)).await;
            self.rest = Some(rest);
            if let Some(split) = split? {
                return Ok(Some(split));
            }
        }
        Ok(None)
    }

    /// Stores all batches, and records the spans that were rejected. Fails at the first batch that
    /// cannot be stored; the client can then send the whole request again.
    pub(super) async fn store(
        mut self,
        app: &App,
        request: &IngestRequest,
    ) -> Result<Rejections, RejectedRequest> {
        let mut rejected = Rejections::default();
        let mut bytes = self.bytes;
        let failed = |error| RejectedRequest::new(error, 0);
        while let Some(batch) = self.next_batch(app).await.map_err(failed)? {
            let of_batch = store_batch(app, request, batch).await?;
            counter!(INGEST_BYTES).increment(std::mem::take(&mut bytes));
            ledger::record_rejected_spans(app, &request.source, &of_batch).await;
            rejected.extend(of_batch);
        }
        Ok(rejected)
    }
}

/// A batch that was not stored.
pub(super) struct FailedBatch {
    pub(super) error: ApiError,
    /// The number of its spans and log records.
    spans: u64,
}

/// Stores the traces of a batch in their experiments; returns the rejected spans.
pub(super) async fn store_batch(
    app: &App,
    request: &IngestRequest,
    batch: Split,
) -> Result<Rejections, FailedBatch> {
    let spans = spans_in(&batch);
    let failed = |error: ApiError| FailedBatch { error, spans };
    let links = run_links(request.run.as_ref(), &batch);
    let Split { mut traces, mut rejected, .. } = batch;
    price(app, &mut traces);
    let assigned = assign_experiment::assign(app, request.assignment, traces).await;
    let Assigned { traces, unroutable, by_resource } = assigned.map_err(failed)?;
    rejected.extend(unroutable);

    let ingest = Ingest { source: request.source.clone(), traces };
    let counts = match app.traces.ingest(ingest).await {
        Ok(counts) => counts,
        Err(error) => {
            let gone = match &error {
                StoreError::ExperimentNotFound(id) | StoreError::ExperimentDeleted(id) => Some(*id),
                _ => None,
            };
            app.experiments.forget();
            // The experiment existed a moment ago; the next attempt will get a detailed reason.
            if let Some(gone) = gone.filter(|gone| by_resource.contains(gone)) {
                let message = format!("experiment {gone} was deleted just now, send again");
                return Err(failed(ApiError::new(ErrorCode::TemporarilyUnavailable, message)));
            }
            return Err(failed(error.into()));
        }
    };
    counter!(INGEST_SPANS).increment(counts.new + counts.replaced);
    if let Some((run, traces)) = links {
        link(app, run, &traces).await;
    }
    Ok(rejected)
}

/// The number of spans and log records, including rejected ones.
fn spans_in(batch: &Split) -> u64 {
    let good: usize = batch.traces.iter().map(|trace| trace.rows.len()).sum();
    (good + batch.log_records) as u64 + batch.rejected.count()
}

/// The traces to link to a run: those whose root is in this batch. Their later spans need no link.
fn run_links<'r>(run: Option<&'r RunId>, batch: &Split) -> Option<(&'r RunId, Vec<TraceId>)> {
    let run = run?;
    let begun = batch.traces.iter().filter(|trace| trace.fold.root.is_some());
    let traces: Vec<_> = begun.map(|trace| trace.trace_id.clone()).collect();
    (!traces.is_empty()).then_some((run, traces))
}

/// Links traces to a run. An error is only logged: the spans are stored, so the client must not
/// send them again.
async fn link(app: &App, run: &RunId, traces: &[TraceId]) {
    if let Err(error) = app.traces.link_run(run, traces).await {
        tracing::warn!(run.id = %run, %error, "could not link traces to run `{run}`");
    }
}

/// A request that was rejected as a whole, with the number of its spans or log records.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct RejectedRequest {
    pub(super) code: ErrorCode,
    pub(super) message: String,
    pub(super) spans: u64,
}

impl RejectedRequest {
    /// Logs an internal error, whose text is not sent to the client.
    pub(super) fn new(error: impl Into<ApiError>, spans: u64) -> Self {
        let error = error.into();
        Self { code: error.code(), message: error.public_message(), spans }
    }
}

impl Coded for RejectedRequest {
    fn code(&self) -> ErrorCode {
        self.code
    }
}

impl From<FailedBatch> for RejectedRequest {
    fn from(FailedBatch { error, spans }: FailedBatch) -> Self {
        Self::new(error, spans)
    }
}

impl From<OpenError> for RejectedRequest {
    fn from(error: OpenError) -> Self {
        Self::new(error, 0)
    }
}
