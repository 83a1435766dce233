//! Several traces with their spans as one response: `{"traces":[…]}`.
use std::collections::VecDeque;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use kansoku_mlflow::ClientFlavor;
use kansoku_model::{ErrorCode, TraceId};

use crate::{
    ApiError, App,
    http::streaming::{CHUNK_BYTES, ChunkedBody},
    rendering::{
        stored_trace::{MeasuredTrace, RenderedTrace},
        trace_line::trace_line,
    },
};

/// The number of traces that are read concurrently.
const READ_AT_ONCE: usize = 4;

/// The response while it is created: several small traces at a time, large ones chunk by chunk.
pub(super) struct TraceBatch {
    app: App,
    flavor: ClientFlavor,
    rest: VecDeque<TraceId>,
    ready: VecDeque<Part>,
    /// The large trace that is being written.
    current: Option<RenderedTrace>,
    has_begun: bool,
    has_ended: bool,
}

enum Part {
    Text(Vec<u8>),
    Large(TraceId),
}

impl TraceBatch {
    pub(super) fn new(app: App, flavor: ClientFlavor, traces: Vec<TraceId>) -> Self {
        Self {
            app,
            flavor,
            rest: traces.into(),
            ready: VecDeque::new(),
            current: None,
            has_begun: false,
            has_ended: false,
        }
    }

    fn begin_trace(&mut self, out: &mut Vec<u8>) {
        let before: &[u8] = if self.has_begun { b"," } else { b"{\"traces\":[" };
        out.extend_from_slice(before);
        self.has_begun = true;
    }

    async fn read_some(&mut self) -> Result<(), ApiError> {
        let some = self.rest.drain(..READ_AT_ONCE.min(self.rest.len()));
        let (app, flavor) = (&self.app, self.flavor);
        let parts = stream::iter(some).map(|trace| read(app, flavor, trace));
        let parts: Vec<Option<Part>> = parts.buffered(READ_AT_ONCE).try_collect().await?;
        self.ready.extend(parts.into_iter().flatten());
        Ok(())
    }
}

/// Reads a trace; `None` if it was deleted in the meantime.
async fn read(app: &App, flavor: ClientFlavor, trace: TraceId) -> Result<Option<Part>, ApiError> {
    let part = async {
        let measured = MeasuredTrace::read(app, &trace).await?;
        if !measured.is_small() {
            return Ok(Part::Large(trace));
        }
        let mut line = trace_line(measured.open(app).await?, flavor);
        let mut text = Vec::new();
        while let Some(chunk) = line.next().await? {
            match text.is_empty() {
                true => text = chunk.into(),
                false => text.extend_from_slice(&chunk),
            }
        }
        Ok(Part::Text(text))
    };
    unless_missing(part.await)
}

fn unless_missing<T>(result: Result<T, ApiError>) -> Result<Option<T>, ApiError> {
    match result {
        Err(error) if error.code() == ErrorCode::ResourceDoesNotExist => Ok(None),
        result => result.map(Some),
    }
}

impl ChunkedBody for TraceBatch {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        if self.has_ended {
            return Ok(None);
        }
        let mut out = Vec::new();
        while out.len() < CHUNK_BYTES {
            if let Some(current) = &mut self.current {
                match current.next().await? {
                    Some(chunk) if out.is_empty() => return Ok(Some(chunk)),
                    Some(chunk) => out.extend_from_slice(&chunk),
                    None => self.current = None,
                }
                continue;
            }
            match self.ready.pop_front() {
                Some(Part::Text(text)) => {
                    self.begin_trace(&mut out);
                    out.extend_from_slice(&text);
                }
                Some(Part::Large(trace)) => {
                    let measured = MeasuredTrace::read(&self.app, &trace).await;
                    let Some(measured) = unless_missing(measured)? else { continue };
                    let Some(opened) = unless_missing(measured.open(&self.app).await)? else {
                        continue;
                    };
                    self.begin_trace(&mut out);
                    self.current = Some(trace_line(opened, self.flavor));
                }
                None if self.rest.is_empty() => {
                    let end: &[u8] = if self.has_begun { b"]}" } else { b"{}" };
                    out.extend_from_slice(end);
                    self.has_ended = true;
                    break;
                }
                None => self.read_some().await?,
            }
        }
        Ok(Some(out.into()))
    }
}
