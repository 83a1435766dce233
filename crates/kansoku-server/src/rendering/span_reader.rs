//! The spans of a large trace, read in order.
//!
//! Only an index and a window of neighbouring spans are in memory, charged to the budget of reads.
//! Both can be loaded again, so they are taken from a slow client when others need the room.
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kansoku_model::{Coded, ErrorCode, TraceId};
use kansoku_otlp::{
    ChunkNumber, DecodeError, Signal, SpanForm, SpanIndex, SpanIndexBuilder, SpanWindow,
};
use kansoku_store::{ChunkInfo, StoreError, TraceChunks};
use tokio::time::Instant;

use crate::{
    ApiError, App,
    http::{
        read_budget::{Charge, Evict, LargeRead},
        streaming::{CHUNK_BYTES, off_thread},
    },
};

/// The bytes of spans in a window: fewer for a slow client, more for a fast one, because each
/// window decompresses its chunks again.
const WINDOW_BYTES_MIN: usize = 1 << 20;
const WINDOW_BYTES_FIRST: usize = 4 << 20;
const WINDOW_BYTES_MAX: usize = 8 << 20;
/// The memory of an index per span, in bytes.
const INDEXED_SPAN_BYTES: usize = 96;
/// The idle time after which the window, and later the index, may be taken.
const WINDOW_IDLE: Duration = Duration::from_secs(1);
const INDEX_IDLE: Duration = Duration::from_secs(10);

/// Reads the spans of a large trace in order.
pub(super) struct SpanReader {
    pub(super) app: App,
    trace: TraceId,
    pub(super) spans_total: usize,
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
    pub(super) async fn open(
        app: App,
        trace: TraceId,
        chunks: TraceChunks,
    ) -> Result<Self, ApiError> {
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
    pub(super) async fn write_some(
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
        let held = spans + total(&chunks.logs) / 2;
        let all_bytes = total(&chunks.spans).saturating_add(total(&chunks.logs));
        // Chunks that all fit the first window are kept for it, and not decompressed again.
        let mut kept = (all_bytes <= self.window_bytes).then(Vec::new);
        let chunk = if kept.is_some() { 2 * all_bytes } else { largest_of(&chunks) };
        let mut charge = self.app.reads.charge(held + chunk).await?;
        let mut builder = SpanIndexBuilder::default();
        for (signal, infos) in [(Signal::Traces, &chunks.spans), (Signal::Logs, &chunks.logs)] {
            for (number, info) in infos.iter().enumerate() {
                let added = async {
                    let chunk = self.app.traces.chunk(&self.trace, info.id).await?;
                    let Some(chunk) = chunk else { return Ok::<_, ApiError>(None) };
                    let added = off_thread(move || {
                        match signal {
                            Signal::Traces => builder.add_spans(&chunk)?,
                            Signal::Logs => builder.add_logs(&chunk)?,
                        }
                        Ok((builder, chunk))
                    });
                    Ok(Some(added.await.map_err(damaged)?))
                };
                let Some(added) = self.app.reads.in_turn(added).await? else { return Ok(None) };
                let chunk;
                (builder, chunk) = added;
                if let Some(kept) = &mut kept {
                    kept.push((ChunkNumber { signal, number }, chunk));
                }
            }
        }
        let window_bytes = self.window_bytes;
        let indexed = off_thread(move || {
            let index = builder.finish();
            let window = kept.map(|kept| filled(index.window(0, window_bytes), &kept));
            Ok((Arc::new(index), window.transpose()?))
        });
        let (index, window) = indexed.await.map_err(damaged)?;
        charge.set(index.held_bytes());
        let window = window.map(|window| {
            let charge = self.app.reads.charge_made(window.held_bytes());
            (Arc::new(window), charge)
        });
        Ok(Some(Loaded { chunks, index, window, used_at: Instant::now(), _charge: charge }))
    }
}

fn filled(
    mut window: SpanWindow,
    chunks: &[(ChunkNumber, Vec<u8>)],
) -> Result<SpanWindow, DecodeError> {
    for (number, chunk) in chunks {
        window.fill(*number, chunk)?;
    }
    Ok(window)
}

fn total(chunks: &[ChunkInfo]) -> usize {
    let bytes: u64 = chunks.iter().map(|chunk| chunk.bytes).sum();
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn largest_of(chunks: &TraceChunks) -> usize {
    largest(&chunks.spans).max(largest(&chunks.logs))
}

fn largest(chunks: &[ChunkInfo]) -> usize {
    let largest = chunks.iter().map(|chunk| chunk.bytes).max().unwrap_or(0);
    usize::try_from(largest).unwrap_or(usize::MAX)
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
pub(super) fn damaged(error: DecodeError) -> ApiError {
    StoreError::backend("read the spans of a trace", error).into()
}
