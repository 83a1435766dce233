//! A trace with its spans, decoded once and ready to be rendered.
use kansoku_model::{TraceId, TraceInfo};
use kansoku_otlp::SpanSet;
use kansoku_store::StoreError;

use crate::{ApiError, App};

pub(crate) struct TraceWithSpans {
    pub(crate) info: TraceInfo,
    pub(crate) spans: SpanSet,
}

pub(crate) async fn read(app: &App, trace: &TraceId) -> Result<TraceWithSpans, ApiError> {
    let stored = app.traces.spans(trace).await?;
    let (chunks, logs) = (stored.chunks, stored.logs);
    let spans = off_thread(move || SpanSet::with_logs(&chunks, &logs)).await;
    // They were good when they came in: the client can do nothing about it now.
    let spans = spans.map_err(|error| StoreError::backend("read the spans of a trace", error))?;
    Ok(TraceWithSpans { info: stored.info, spans })
}

/// Work on whole traces would hold up everyone else on a thread that serves requests.
pub(crate) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => unreachable!("blocking work is never cancelled once awaited"),
        },
    }
}
