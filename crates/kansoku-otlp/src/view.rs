//! Kept bytes as clients read them.
//!
//! Chunks of one trace are laid over one another: a later chunk's span replaces the same
//! span of an earlier one, as senders repeat themselves.
use std::collections::HashMap;

use kansoku_model::{SpanId, TraceId};
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use prost::Message;
use serde_json::Value;

use crate::DecodeError;
use crate::derive::complete;
use crate::id;
use crate::value::{plain_text, to_text};

mod proto;
mod stored;

/// The spans of one trace: the root first, then by start.
#[derive(Clone, Debug, Default)]
pub struct SpanSet {
    spans: Vec<Span>,
}

impl SpanSet {
    /// `chunks` are what `TraceSpans::otlp` held, oldest first.
    pub fn from_chunks(chunks: &[Vec<u8>]) -> Result<Self, DecodeError> {
        let mut spans: Vec<Span> = Vec::new();
        let mut index_of: HashMap<SpanId, usize> = HashMap::new();
        for chunk in chunks {
            for span in spans_of(TracesData::decode(chunk.as_slice())?) {
                let Some(span_id) = id::span_id(&span.span_id) else { continue };
                match index_of.get(&span_id) {
                    Some(index) => spans[*index] = span,
                    None => {
                        index_of.insert(span_id, spans.len());
                        spans.push(span);
                    }
                }
            }
        }
        spans.sort_by_key(|span| (!span.parent_span_id.is_empty(), span.start_time_unix_nano));
        Ok(Self { spans })
    }

    /// The ids of the spans in these chunks, nothing else decoded into views.
    pub fn ids(chunks: &[Vec<u8>]) -> Result<std::collections::HashSet<u64>, DecodeError> {
        let mut ids = std::collections::HashSet::new();
        for chunk in chunks {
            let data = TracesData::decode(chunk.as_slice())?;
            let scopes = data.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
            let spans = scopes.flat_map(|scope| &scope.spans);
            ids.extend(spans.filter_map(|span| id::span_id(&span.span_id)).map(|id| id.0));
        }
        Ok(ids)
    }

    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The file `traces.json`: `{"spans": […]}` with attributes as JSON text.
    pub fn traces_json(&self, trace: &TraceId) -> Vec<u8> {
        to_text(&stored::TracesJson { spans: &self.spans, trace }).into_bytes()
    }

    /// The spans in protobuf's JSON, attributes typed.
    pub fn proto_json(&self, trace: &TraceId) -> Vec<Value> {
        self.spans.iter().map(|span| proto::span(span, trace)).collect()
    }
}

/// One chunk, opened to look at single spans of it.
#[derive(Clone, Debug)]
pub struct ChunkView {
    spans: HashMap<SpanId, Span>,
}

impl ChunkView {
    pub fn decode(chunk: &[u8]) -> Result<Self, DecodeError> {
        let spans = spans_of(TracesData::decode(chunk)?);
        Ok(Self { spans: spans.filter_map(|s| Some((id::span_id(&s.span_id)?, s))).collect() })
    }

    /// The span as `traces.json` has it, its attributes as they were sent.
    pub fn json(&self, span: SpanId) -> Option<String> {
        let span = self.spans.get(&span)?;
        Some(to_text(&stored::StoredSpan { span, trace: None }))
    }

    /// An attribute: a string as it is, anything else as JSON text.
    pub fn attribute(&self, span: SpanId, key: &str) -> Option<String> {
        let attributes = &self.spans.get(&span)?.attributes;
        let entry = attributes.iter().rev().find(|entry| entry.key == key)?;
        Some(plain_text(entry.value.as_ref()).into_owned())
    }
}

fn spans_of(data: TracesData) -> impl Iterator<Item = Span> {
    let scopes = data.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).map(|mut span| {
        complete(&mut span);
        span
    })
}

/// The attributes to show: of a repeated key the last, and the trace's own id in its place.
fn attributes_of<'a>(
    span: &'a Span,
    trace: Option<&TraceId>,
) -> Vec<(&'a str, Option<&'a opentelemetry_proto::tonic::common::v1::AnyValue>)> {
    let mut index_of: HashMap<&str, usize> = HashMap::with_capacity(span.attributes.len());
    let mut attributes = Vec::with_capacity(span.attributes.len() + 1);
    for entry in &span.attributes {
        let key = entry.key.as_str();
        if trace.is_some() && key == TRACE_REQUEST_ID {
            continue;
        }
        match index_of.get(key) {
            Some(index) => attributes[*index] = (key, entry.value.as_ref()),
            None => {
                index_of.insert(key, attributes.len());
                attributes.push((key, entry.value.as_ref()));
            }
        }
    }
    attributes
}

/// The attribute by which clients know a span's trace; whatever was sent, readers get the truth.
const TRACE_REQUEST_ID: &str = "mlflow.traceRequestId";

#[cfg(test)]
mod tests;
