//! A trace as one line, in MLflow's JSON or in OTLP's.
use bytes::Bytes;
use kansoku_mlflow::{ClientFlavor, trace_info::TraceInfoV3};
use kansoku_model::{ErrorCode, TraceId, TraceInfo};
use kansoku_otlp::{Signal, write_json};
use kansoku_store::{OtlpCursor, StoreError};
use serde_json::json;

use crate::{
    ApiError, App,
    http::streaming::{ChunkedBody as _, off_thread},
    rendering::{
        stored_trace::{self, RenderedTrace},
        trace_line::trace_line,
    },
};

/// A trace with its spans in MLflow's JSON, chunk by chunk; empty if it was deleted in the
/// meantime. A trace that is too large for MLflow's API is written without spans, with a note.
pub(super) enum Mlflow {
    Spans(Box<RenderedTrace>),
    LeftOut(Bytes),
    Ended,
}

impl Mlflow {
    pub(super) async fn open(
        app: &App,
        flavor: ClientFlavor,
        info: TraceInfo,
    ) -> Result<Self, ApiError> {
        match stored_trace::open(app, &info.trace_id).await {
            Ok(trace) => Ok(Self::Spans(Box::new(trace_line(trace, flavor)))),
            Err(error) if error.code() == ErrorCode::ResourceDoesNotExist => Ok(Self::Ended),
            Err(error) if error.code() == ErrorCode::InvalidParameterValue => {
                let message = error.public_message();
                let line = json!({ "trace_info": TraceInfoV3::new(&info, flavor), "spans_left_out": message });
                Ok(Self::LeftOut(format!("{line}\n").into()))
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        match std::mem::replace(self, Self::Ended) {
            Self::Spans(mut line) => Ok(Some(match line.next().await? {
                Some(chunk) => {
                    *self = Self::Spans(line);
                    chunk
                }
                None => Bytes::from_static(b"\n"),
            })),
            Self::LeftOut(line) => Ok(Some(line)),
            Self::Ended => Ok(None),
        }
    }
}

/// A trace's OTLP, one page at a time, so traces of any size are written in full.
pub(super) struct Otlp {
    trace: TraceId,
    cursor: Option<OtlpCursor>,
    is_begun: bool,
}

impl Otlp {
    pub(super) fn new(trace: TraceId) -> Self {
        Self { trace, cursor: Some(OtlpCursor::default()), is_begun: false }
    }

    pub(super) async fn next(&mut self, app: &App) -> Result<Option<Bytes>, ApiError> {
        let Some(cursor) = self.cursor.take() else { return Ok(None) };
        let page = match app.traces.otlp(&self.trace, Signal::Traces, cursor).await {
            // The trace was deleted after the list was read.
            Err(StoreError::TraceNotFound(_)) if !self.is_begun => return Ok(None),
            page => page?,
        };
        let before: &[u8] = if self.is_begun { b"," } else { b"{\"resourceSpans\":[" };
        let Some(page) = page else {
            // A trace that has no spans yet has no line.
            return Ok(self.is_begun.then(|| Bytes::from_static(b"]}\n")));
        };
        self.is_begun = true;
        self.cursor = Some(page.next);
        let written = off_thread(move || {
            let mut json = before.to_vec();
            write_json(&mut json, Signal::Traces, &page.otlp).map(|()| json)
        });
        let damaged = |error| StoreError::backend("read the spans of a trace", error);
        Ok(Some(written.await.map_err(damaged)?.into()))
    }
}
