//! A trace with its spans, decoded once and ready to be rendered.
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use kansoku_model::{Coded, ErrorCode, TraceId, TraceInfo};
use kansoku_otlp::SpanSet;
use kansoku_store::StoreError;

use crate::{
    ApiError, App,
    pieces::{self, PIECE_BYTES, Pieces, off_thread},
};

pub(crate) struct TraceWithSpans {
    pub(crate) info: TraceInfo,
    pub(crate) spans: SpanSet,
}

/// Reads what MLflow's API answers at once, up to `Limits::trace_bytes_max`.
pub(crate) async fn read(app: &App, trace: &TraceId) -> Result<TraceWithSpans, ApiError> {
    refuse_too_large(app, std::slice::from_ref(trace)).await?;
    let stored = app.traces.spans(trace).await?;
    let (chunks, logs) = (stored.chunks, stored.logs);
    let spans = off_thread(move || SpanSet::with_logs(&chunks, &logs)).await;
    // They were good when they came in: the client can do nothing about it now.
    let spans = spans.map_err(|error| StoreError::backend("read the spans of a trace", error))?;
    Ok(TraceWithSpans { info: stored.info, spans })
}

/// Looks at what is stored, before anything is decompressed.
pub(crate) async fn refuse_too_large(app: &App, traces: &[TraceId]) -> Result<(), ApiError> {
    let (bytes, bytes_max) = (app.traces.span_bytes(traces).await?, app.limits.trace_bytes_max);
    match traces {
        _ if bytes <= bytes_max => Ok(()),
        [trace] => Err(TooLarge::Trace { trace: trace.clone(), bytes, bytes_max }.into()),
        _ => Err(TooLarge::Batch { bytes, bytes_max }.into()),
    }
}

#[derive(Debug, thiserror::Error)]
enum TooLarge {
    #[error(
        "trace `{trace}` holds {bytes} bytes of spans, and {bytes_max} at most are answered at \
         once (`trace_mib_max`); read it page by page from \
         `GET /api/3.0/kansoku/traces/{trace}/spans`"
    )]
    Trace { trace: TraceId, bytes: u64, bytes_max: u64 },
    #[error(
        "these traces hold {bytes} bytes of spans, and {bytes_max} at most are answered at once \
         (`trace_mib_max`); ask for fewer of them"
    )]
    Batch { bytes: u64, bytes_max: u64 },
}

impl Coded for TooLarge {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Trace { .. } | Self::Batch { .. } => ErrorCode::InvalidParameterValue,
        }
    }
}

/// How spans are written, and what stands around them.
pub(crate) struct SpanText {
    pub(crate) before: Vec<u8>,
    pub(crate) write: fn(&SpanSet, &mut Vec<u8>, usize, &TraceId),
    pub(crate) between: &'static [u8],
    pub(crate) after: &'static [u8],
}

impl SpanText {
    /// JSON as it is made; a long one without its length.
    pub(crate) async fn answer(self, spans: SpanSet, trace: TraceId) -> Response {
        let pieces = SpanPieces { text: self, spans, trace, next: 0 };
        ([(header::CONTENT_TYPE, "application/json")], pieces::body(pieces).await).into_response()
    }
}

struct SpanPieces {
    text: SpanText,
    spans: SpanSet,
    trace: TraceId,
    /// The span to write next; past the last one the end is written too.
    next: usize,
}

impl Pieces for SpanPieces {
    fn write_next(&mut self, out: &mut Vec<u8>) {
        let text = &mut self.text;
        out.append(&mut text.before);
        while self.next < self.spans.len() && out.len() < PIECE_BYTES {
            if 0 < self.next {
                out.extend_from_slice(text.between);
            }
            (text.write)(&self.spans, out, self.next, &self.trace);
            self.next += 1;
        }
        if out.len() < PIECE_BYTES {
            out.extend_from_slice(std::mem::take(&mut text.after));
        }
    }
}
