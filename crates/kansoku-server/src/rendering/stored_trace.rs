//! A trace with its spans, rendered while the client receives it.
//!
//! A small trace is decoded as a whole, a large one span by span.
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use kansoku_model::{Coded, ErrorCode, TraceId, TraceInfo};
use kansoku_otlp::{SpanForm, SpanSet};
use kansoku_store::TraceChunks;

use super::{
    span_reader::{SpanReader, damaged},
    whole_trace::{WholeTrace, WholeTraceText},
};
use crate::{
    ApiError, App,
    http::{
        read_budget::ChargedBytes,
        streaming::{self, ChunkedBody, off_thread_if_large},
    },
};

/// Traces up to this size, in bytes of OTLP, are decoded as a whole. That is faster than reading
/// span by span, and takes more memory.
const WHOLE_BYTES_MAX: u64 = 4 << 20;
/// Traces up to this size may be rendered several at a time.
const SMALL_BYTES_MAX: u64 = 1 << 20;
/// The most memory for decoding and rendering, as a multiple of the OTLP's size.
const DECODED_FACTOR: usize = 8;
/// Decoding a trace as a whole takes at most one of so many parts of the budget of reads.
const DECODED_BUDGET_PARTS: u64 = 4;

/// A trace that is ready to be rendered.
pub(crate) struct StoredTrace {
    pub(crate) info: TraceInfo,
    spans: Spans,
}

enum Spans {
    Whole(WholeTrace),
    Many(Box<SpanReader>),
}

/// The chunks of a trace and their total size, before anything is decompressed.
pub(crate) struct MeasuredTrace {
    chunks: TraceChunks,
    bytes: u64,
}

impl MeasuredTrace {
    /// Measures a trace; fails if it is larger than `Limits::trace_bytes_max`.
    pub(crate) async fn read(app: &App, trace: &TraceId) -> Result<Self, ApiError> {
        let chunks = app.traces.chunks(trace).await?;
        let all = chunks.spans.iter().chain(&chunks.logs);
        let bytes = all.map(|chunk| chunk.bytes).sum();
        let bytes_max = app.limits.trace_bytes_max;
        if bytes_max < bytes {
            return Err(TooLarge::Trace { trace: trace.clone(), bytes, bytes_max }.into());
        }
        Ok(Self { chunks, bytes })
    }

    /// Whether several such traces may be rendered at a time.
    pub(crate) fn is_small(&self) -> bool {
        self.bytes <= SMALL_BYTES_MAX
    }

    fn is_decoded_whole(&self, app: &App) -> bool {
        let budget = u64::try_from(app.reads.bytes_max()).unwrap_or(u64::MAX);
        self.bytes <= WHOLE_BYTES_MAX.min(budget / DECODED_BUDGET_PARTS / DECODED_FACTOR as u64)
    }

    pub(crate) async fn open(self, app: &App) -> Result<StoredTrace, ApiError> {
        let is_decoded_whole = self.is_decoded_whole(app);
        let Self { chunks, bytes } = self;
        let trace = chunks.info.trace_id.clone();
        if !is_decoded_whole {
            let info = chunks.info.clone();
            let reader = SpanReader::open(app.clone(), trace, chunks).await?;
            return Ok(StoredTrace { info, spans: Spans::Many(Box::new(reader)) });
        }
        let bytes = usize::try_from(bytes).unwrap_or(0);
        let charge = app.reads.charge(bytes * DECODED_FACTOR).await?;
        let stored = app.traces.spans(&trace).await?;
        let decode = move || SpanSet::with_logs(&stored.chunks, &stored.logs);
        let set = off_thread_if_large(bytes, decode).await.map_err(damaged)?;
        Ok(StoredTrace {
            info: stored.info,
            spans: Spans::Whole(WholeTrace { set, bytes, charge }),
        })
    }
}

/// Opens a trace; fails if it is larger than `Limits::trace_bytes_max`.
pub(crate) async fn open(app: &App, trace: &TraceId) -> Result<StoredTrace, ApiError> {
    MeasuredTrace::read(app, trace).await?.open(app).await
}

/// Fails if the traces together are larger than `Limits::trace_bytes_max`. Nothing is decompressed
/// for that.
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

/// The form of rendered spans, and the text around them.
pub(crate) struct SpanText {
    pub(crate) before: Vec<u8>,
    pub(crate) form: SpanForm,
    pub(crate) between: &'static [u8],
    pub(crate) after: &'static [u8],
}

impl StoredTrace {
    pub(crate) fn has_no_spans(&self) -> bool {
        match &self.spans {
            Spans::Whole(whole) => whole.is_empty(),
            Spans::Many(reader) => reader.spans_total == 0,
        }
    }

    pub(crate) fn render(self, text: SpanText) -> RenderedTrace {
        RenderedTrace(match self.spans {
            Spans::Whole(whole) => Text::Whole(whole.render(self.info.trace_id, text)),
            Spans::Many(reader) => Text::Many { reader: Some(reader), text, next: 0 },
        })
    }
}

/// The text of a trace, chunk by chunk.
pub(crate) struct RenderedTrace(Text);

enum Text {
    Whole(WholeTraceText),
    Many {
        /// `None` after the end was written.
        reader: Option<Box<SpanReader>>,
        text: SpanText,
        /// The index of the next span to write.
        next: usize,
    },
}

impl RenderedTrace {
    /// The trace as a JSON response; a long one has no `Content-Length`.
    pub(crate) async fn answer(self) -> Result<Response, ApiError> {
        let body = streaming::body(self).await?;
        Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
    }
}

impl ChunkedBody for RenderedTrace {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        let (reader, text, next) = match &mut self.0 {
            Text::Whole(chunks) => return Ok(chunks.next().await),
            Text::Many { reader, text, next } => (reader, text, next),
        };
        let Some(mut spans) = reader.take() else { return Ok(None) };
        let before = std::mem::take(&mut text.before);
        let mut out = spans.write_some(before, next, text.form, text.between).await?;
        let charge = spans.app.reads.charge_made(out.len());
        if *next < spans.spans_total {
            *reader = Some(spans);
        } else {
            out.extend_from_slice(text.after);
        }
        Ok(Some(ChargedBytes::into_bytes(out, charge)))
    }
}
