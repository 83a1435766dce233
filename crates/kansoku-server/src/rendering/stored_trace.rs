//! A trace with its spans, rendered while the client receives it.
//!
//! A small trace is decoded and rendered at once. Of a large one, only an index and a window of
//! neighbouring spans are in memory, charged to the budget of reads. Both can be loaded again, so
//! they are taken from a slow client when others need the room.
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use kansoku_model::{Coded, ErrorCode, TraceId, TraceInfo};
use kansoku_otlp::{
    DecodeError, Signal, SpanForm, SpanIndex, SpanIndexBuilder, SpanSet, SpanWindow,
};
use kansoku_store::{ChunkInfo, StoreError, TraceChunks};
use tokio::time::Instant;

use crate::{
    ApiError, App,
    http::{
        read_budget::{Charge, ChargedBytes, Evict, LargeRead},
        streaming::{self, CHUNK_BYTES, ChunkedBody, off_thread},
    },
};

/// Traces up to this size, in bytes of OTLP, are decoded as a whole.
const WHOLE_BYTES_MAX: u64 = 1 << 20;
/// The most memory for decoding and rendering, as a multiple of the OTLP's size.
const DECODED_FACTOR: usize = 8;
/// The bytes of spans in a window: fewer for a slow client, more for a fast one, because each
/// window decompresses its chunks again.
const WINDOW_BYTES_MIN: usize = 1 << 20;
const WINDOW_BYTES_FIRST: usize = 2 << 20;
const WINDOW_BYTES_MAX: usize = 8 << 20;
/// The memory of an index per span, in bytes.
const INDEXED_SPAN_BYTES: usize = 96;
/// The idle time after which the window, and later the index, may be taken.
const WINDOW_IDLE: Duration = Duration::from_secs(1);
const INDEX_IDLE: Duration = Duration::from_secs(10);

/// A trace that is ready to be rendered.
pub(crate) struct StoredTrace {
    pub(crate) info: TraceInfo,
    spans: Spans,
}

enum Spans {
    Few { set: SpanSet, charge: Charge },
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

    /// Whether the trace is rendered as a whole.
    pub(crate) fn is_small(&self) -> bool {
        self.bytes <= WHOLE_BYTES_MAX
    }

    pub(crate) async fn open(self, app: &App) -> Result<StoredTrace, ApiError> {
        let Self { chunks, bytes } = self;
        let trace = chunks.info.trace_id.clone();
        if WHOLE_BYTES_MAX < bytes {
            let info = chunks.info.clone();
            let reader = SpanReader::open(app.clone(), trace, chunks).await?;
            return Ok(StoredTrace { info, spans: Spans::Many(Box::new(reader)) });
        }
        let decoded_bytes = usize::try_from(bytes).unwrap_or(0) * DECODED_FACTOR;
        let charge = app.reads.charge(decoded_bytes).await?;
        let stored = app.traces.spans(&trace).await?;
        let set = off_thread(move || SpanSet::with_logs(&stored.chunks, &stored.logs)).await;
        let set = set.map_err(damaged)?;
        Ok(StoredTrace { info: stored.info, spans: Spans::Few { set, charge } })
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

/// The trace no longer matches the part that was already sent.
#[derive(Debug, thiserror::Error)]
#[error("trace `{0}` changed while it was read, read it again")]
struct ChangedMeanwhile(TraceId);

impl Coded for ChangedMeanwhile {
    fn code(&self) -> ErrorCode {
        ErrorCode::TemporarilyUnavailable
    }
}

/// The stored bytes were valid when they were received, so this is not the client's fault.
fn damaged(error: DecodeError) -> ApiError {
    StoreError::backend("read the spans of a trace", error).into()
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
            Spans::Few { set, .. } => set.is_empty(),
            Spans::Many(reader) => reader.spans_total == 0,
        }
    }

    pub(crate) fn render(self, text: SpanText) -> RenderedTrace {
        RenderedTrace { trace: self.info.trace_id, text, spans: Some(self.spans), next: 0 }
    }
}

/// The text of a trace, chunk by chunk.
pub(crate) struct RenderedTrace {
    trace: TraceId,
    text: SpanText,
    /// `None` after the end was written.
    spans: Option<Spans>,
    /// The index of the next span to write.
    next: usize,
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
        let text = &mut self.text;
        let mut out = std::mem::take(&mut text.before);
        match self.spans.take() {
            None => Ok(None),
            Some(Spans::Few { set, charge }) => {
                let (form, between, after) = (text.form, text.between, text.after);
                let trace = self.trace.clone();
                let made = off_thread(move || {
                    write_all(&mut out, &set, form, between, &trace);
                    out.extend_from_slice(after);
                    out.shrink_to_fit();
                    out
                });
                let made = made.await;
                drop(charge);
                Ok(Some(made.into()))
            }
            Some(Spans::Many(mut reader)) => {
                let (form, between) = (text.form, text.between);
                let mut out = reader.write_some(out, &mut self.next, form, between).await?;
                let charge = reader.app.reads.charge_made(out.len());
                if self.next < reader.spans_total {
                    self.spans = Some(Spans::Many(reader));
                } else {
                    out.extend_from_slice(text.after);
                }
                Ok(Some(ChargedBytes::into_bytes(out, charge)))
            }
        }
    }
}

fn write_all(out: &mut Vec<u8>, set: &SpanSet, form: SpanForm, between: &[u8], trace: &TraceId) {
    for at in 0..set.len() {
        if 0 < at {
            out.extend_from_slice(between);
        }
        match form {
            SpanForm::Proto => set.write_proto(out, at, trace),
            SpanForm::Stored => set.write_stored(out, at, trace),
        }
    }
}

/// Reads the spans of a large trace in order.
struct SpanReader {
    app: App,
    trace: TraceId,
    spans_total: usize,
    digest: u64,
    window_bytes: usize,
    held: Arc<Held>,
    _large: LargeRead,
}

/// The state that a reader keeps in memory between two chunks.
#[derive(Default)]
struct Held(Mutex<Option<Loaded>>);

struct Loaded {
    chunks: TraceChunks,
    index: Arc<SpanIndex>,
    window: Option<(Arc<SpanWindow>, Charge)>,
    used_at: Instant,
    _charge: Charge,
}

impl Held {
    fn put(&self, loaded: Loaded) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(loaded);
    }

    fn take(&self) -> Option<Loaded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Evict for Held {
    fn evict(&self) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = held.as_ref().map(|loaded| loaded.used_at.elapsed());
        let gone = match (idle, &mut *held) {
            (Some(idle), held) if INDEX_IDLE <= idle => (held.take(), None),
            (Some(idle), Some(loaded)) if WINDOW_IDLE <= idle => (None, loaded.window.take()),
            _ => (None, None),
        };
        drop(held);
        drop(gone);
    }
}

impl SpanReader {
    async fn open(app: App, trace: TraceId, chunks: TraceChunks) -> Result<Self, ApiError> {
        let large = app.reads.begin_large().await?;
        let held = Arc::new(Held::default());
        app.reads.register(&held);
        let window_bytes = WINDOW_BYTES_FIRST;
        let mut reader =
            Self { app, trace, spans_total: 0, digest: 0, window_bytes, held, _large: large };
        let loaded = reader.load(chunks).await?;
        (reader.spans_total, reader.digest) = (loaded.index.len(), loaded.index.digest());
        reader.held.put(loaded);
        Ok(reader)
    }

    /// Writes spans from `next` on until they fill a chunk.
    async fn write_some(
        &mut self,
        mut out: Vec<u8>,
        next: &mut usize,
        form: SpanForm,
        between: &'static [u8],
    ) -> Result<Vec<u8>, ApiError> {
        while *next < self.spans_total && out.len() < CHUNK_BYTES {
            let mut loaded = self.loaded(*next).await?;
            let window = loaded.window.as_ref().map(|(window, _)| window.clone());
            let window = window.expect("a window with the next span is loaded");
            let (trace, first) = (self.trace.clone(), *next);
            let written = off_thread(move || {
                let mut at = first;
                while at < window.end() && out.len() < CHUNK_BYTES {
                    if 0 < at {
                        out.extend_from_slice(between);
                    }
                    window.write(&mut out, at, form, &trace)?;
                    at += 1;
                }
                Ok((out, at))
            });
            (out, *next) = written.await.map_err(damaged)?;
            loaded.used_at = Instant::now();
            self.held.put(loaded);
        }
        Ok(out)
    }

    /// The index, and a window that contains the span with index `at`.
    async fn loaded(&mut self, at: usize) -> Result<Loaded, ApiError> {
        /// Chunks are merged once when a trace no longer changes; more attempts mean that it
        /// changes constantly.
        const ATTEMPTS: usize = 5;
        let mut held = self.held.take();
        for _ in 0..ATTEMPTS {
            let mut loaded = match held.take() {
                Some(loaded) => loaded,
                None => {
                    let chunks = self.app.traces.chunks(&self.trace).await?;
                    self.load(chunks).await?
                }
            };
            if self.digest != loaded.index.digest() {
                return Err(ChangedMeanwhile(self.trace.clone()).into());
            }
            if loaded.window.as_ref().is_some_and(|(window, _)| window.contains(at)) {
                return Ok(loaded);
            }
            // A client that continues before its window is taken is fast.
            self.window_bytes = match loaded.window.take() {
                Some(_) => WINDOW_BYTES_MAX.min(self.window_bytes * 2),
                None if 0 < at => WINDOW_BYTES_MIN,
                None => self.window_bytes,
            };
            if let Some(window) = self.window(&loaded, at).await? {
                loaded.window = Some(window);
                return Ok(loaded);
            }
        }
        Err(ChangedMeanwhile(self.trace.clone()).into())
    }

    /// Reads a window; `None` if a chunk was merged with others in the meantime.
    async fn window(
        &self,
        loaded: &Loaded,
        at: usize,
    ) -> Result<Option<(Arc<SpanWindow>, Charge)>, ApiError> {
        let mut window = loaded.index.window(at, self.window_bytes);
        let numbers = window.chunks();
        let of_signal = |signal| match signal {
            Signal::Traces => &loaded.chunks.spans,
            Signal::Logs => &loaded.chunks.logs,
        };
        let infos = numbers.iter().map(|number| of_signal(number.signal)[number.number]);
        let infos: Vec<ChunkInfo> = infos.collect();
        let mut charge = self.app.reads.charge(window.held_bytes() + largest(&infos)).await?;
        for (number, info) in numbers.into_iter().zip(infos) {
            let filled = async {
                let chunk = self.app.traces.chunk(&self.trace, info.id).await?;
                let Some(chunk) = chunk else { return Ok::<_, ApiError>(false) };
                window.fill(number, &chunk).map_err(damaged)?;
                Ok(true)
            };
            if !self.app.reads.in_turn(filled).await? {
                return Ok(None);
            }
        }
        charge.set(window.held_bytes());
        Ok(Some((Arc::new(window), charge)))
    }

    /// Builds the index, chunk by chunk.
    async fn load(&self, mut chunks: TraceChunks) -> Result<Loaded, ApiError> {
        const ATTEMPTS: usize = 5;
        for _ in 0..ATTEMPTS {
            if let Some(loaded) = self.index(chunks).await? {
                return Ok(loaded);
            }
            // A chunk was merged with others, so the list of chunks is read again.
            chunks = self.app.traces.chunks(&self.trace).await?;
        }
        Err(ChangedMeanwhile(self.trace.clone()).into())
    }

    async fn index(&self, chunks: TraceChunks) -> Result<Option<Loaded>, ApiError> {
        let spans = usize::try_from(chunks.info.span_count).unwrap_or(0) * INDEXED_SPAN_BYTES;
        // The number of log records is unknown; each has about a hundred bytes at least.
        let records: u64 = chunks.logs.iter().map(|chunk| chunk.bytes).sum();
        let held = spans + usize::try_from(records / 2).unwrap_or(0);
        let chunk = largest(&chunks.spans).max(largest(&chunks.logs));
        let mut charge = self.app.reads.charge(held + chunk).await?;
        let mut builder = SpanIndexBuilder::default();
        for (signal, infos) in [(Signal::Traces, &chunks.spans), (Signal::Logs, &chunks.logs)] {
            for info in infos {
                let added = async {
                    let chunk = self.app.traces.chunk(&self.trace, info.id).await?;
                    let Some(chunk) = chunk else { return Ok::<_, ApiError>(None) };
                    let added = off_thread(move || {
                        match signal {
                            Signal::Traces => builder.add_spans(&chunk)?,
                            Signal::Logs => builder.add_logs(&chunk)?,
                        }
                        Ok(builder)
                    });
                    Ok(Some(added.await.map_err(damaged)?))
                };
                let Some(added) = self.app.reads.in_turn(added).await? else { return Ok(None) };
                builder = added;
            }
        }
        let index = Arc::new(off_thread(move || builder.finish()).await);
        charge.set(index.held_bytes());
        Ok(Some(Loaded { chunks, index, window: None, used_at: Instant::now(), _charge: charge }))
    }
}

fn largest(chunks: &[ChunkInfo]) -> usize {
    let largest = chunks.iter().map(|chunk| chunk.bytes).max().unwrap_or(0);
    usize::try_from(largest).unwrap_or(usize::MAX)
}
