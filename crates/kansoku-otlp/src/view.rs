//! Views of stored spans for clients.
//!
//! A trace is stored in chunks. A span in a later chunk replaces the same span in an earlier one,
//! because senders may repeat spans.
use std::collections::HashMap;

use kansoku_model::{RootField, SpanId, TraceId};
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use prost::Message;
use serde_json::Value;

use crate::DecodeError;
use crate::conventions::{NormalizedSpan, complete, failure, normalize};
use crate::id;
use crate::logs;
use crate::root_values::RootValues;
use crate::value::plain_text;
use crate::write::list;

mod field;
mod find;
mod index;
mod proto;
mod stored;
mod words;

pub use field::{InvalidSpanField, RawField, SpanField};
pub use find::FoundText;
pub use index::{ChunkNumber, SpanForm, SpanIndex, SpanIndexBuilder, SpanWindow};
pub use stored::RENDERED_WORDS;
pub use words::Words;

/// The spans of one trace: the root first, then by start time.
#[derive(Clone, Debug, Default)]
pub struct SpanSet {
    spans: Vec<Span>,
}

impl SpanSet {
    /// Decodes the chunks of a trace, which are the values of `TraceSpans::otlp`, oldest first.
    /// Fails if a chunk cannot be decoded.
    pub fn from_chunks(chunks: &[Vec<u8>]) -> Result<Self, DecodeError> {
        Self::with_logs(chunks, &[])
    }

    /// [`SpanSet::from_chunks`], where `logs` are values of `TraceLogs::otlp`: each record becomes
    /// an event of its span before attributes are derived from events.
    pub fn with_logs(chunks: &[Vec<u8>], logs: &[Vec<u8>]) -> Result<Self, DecodeError> {
        let mut spans: Vec<Span> = Vec::new();
        let mut index_of: HashMap<SpanId, usize> = HashMap::new();
        for chunk in chunks {
            for span in bare_spans_of(TracesData::decode(chunk.as_slice())?) {
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
        let mut events = logs::events_by_span(logs)?;
        for span in &mut spans {
            if let Some(said) = id::span_id(&span.span_id).and_then(|id| events.remove(&id)) {
                span.events.extend(said);
            }
            complete(span);
        }
        spans.sort_by_key(|span| (!span.parent_span_id.is_empty(), span.start_time_unix_nano));
        Ok(Self { spans })
    }

    /// The ids of the spans in these chunks, without building views.
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

    /// The normalized form of a span; `None` if the trace has no such span.
    pub fn normalized(&self, span: SpanId) -> Option<NormalizedSpan> {
        self.span(span).map(normalize)
    }

    /// The reason why a span failed, in one line; `None` if it did not fail or has no reason.
    pub fn error(&self, span: SpanId) -> Option<String> {
        failure(self.span(span)?)
    }

    /// A part of a span as it was sent; `None` if the span has no such part.
    pub fn field(&self, span: SpanId, field: &SpanField) -> Option<RawField> {
        field::read_field(self.span(span)?, field)
    }

    /// The occurrences of the words in the wanted spans, each with the span and its start in
    /// nanoseconds; at most `room`.
    pub fn find(
        &self,
        words: &Words,
        room: usize,
        wanted: impl Fn(SpanId) -> bool,
    ) -> Vec<(SpanId, u64, FoundText)> {
        let mut found = Vec::new();
        for span in &self.spans {
            let Some(span_id) = id::span_id(&span.span_id).filter(|id| wanted(*id)) else {
                continue;
            };
            let texts = find::find(span, words, room - found.len());
            found.extend(texts.into_iter().map(|it| (span_id, span.start_time_unix_nano, it)));
        }
        found
    }

    /// The spans whose log records contain these words.
    pub fn told_of_in_logs(logs: Vec<u8>, words: &Words) -> Result<Vec<SpanId>, DecodeError> {
        let events = logs::events_by_span(&[logs])?;
        let has = |events: Vec<Event>| {
            let alone = Span { events, ..Span::default() };
            !find::find(&alone, words, 1).is_empty()
        };
        Ok(events.into_iter().filter_map(|(id, events)| has(events).then_some(id)).collect())
    }

    fn span(&self, span: SpanId) -> Option<&Span> {
        self.spans.iter().find(|it| id::span_id(&it.span_id) == Some(span))
    }

    /// The file `traces.json`: `{"spans": […]}` with attributes as JSON text.
    pub fn traces_json(&self, trace: &TraceId) -> Vec<u8> {
        let mut file = b"{\"spans\": [".to_vec();
        for at in 0..self.len() {
            if 0 < at {
                file.extend_from_slice(b", ");
            }
            self.write_stored(&mut file, at, trace);
        }
        file.extend_from_slice(b"]}");
        file
    }

    /// The list of spans in protobuf's JSON.
    pub fn proto_json(&self, trace: &TraceId) -> Vec<u8> {
        let mut json = Vec::new();
        list(&mut json, 0..self.len(), |json, at| self.write_proto(json, at, trace));
        json
    }

    /// Writes the span at index `at`, which is less than `len`, in the form of `traces.json`.
    pub fn write_stored(&self, out: &mut Vec<u8>, at: usize, trace: &TraceId) {
        stored::span(out, &self.spans[at], Some(trace));
    }

    /// Writes the span at index `at`, which is less than `len`, in protobuf's JSON with typed
    /// attributes.
    pub fn write_proto(&self, out: &mut Vec<u8>, at: usize, trace: &TraceId) {
        proto::span(out, &self.spans[at], trace);
    }
}

/// One decoded chunk, for reading single spans.
#[derive(Clone, Debug)]
pub struct ChunkView {
    spans: HashMap<SpanId, Span>,
}

impl ChunkView {
    pub fn decode(chunk: &[u8]) -> Result<Self, DecodeError> {
        let spans = spans_of(TracesData::decode(chunk)?);
        Ok(Self { spans: spans.filter_map(|s| Some((id::span_id(&s.span_id)?, s))).collect() })
    }

    /// The span in the form of `traces.json`, with its attributes as they were sent.
    pub fn json(&self, span: SpanId) -> Option<String> {
        let mut json = Vec::new();
        stored::span(&mut json, self.spans.get(&span)?, None);
        Some(String::from_utf8(json).expect("JSON is UTF-8"))
    }

    /// An attribute: a string as it is, anything else as JSON text.
    pub fn attribute(&self, span: SpanId, key: &str) -> Option<String> {
        let attributes = &self.spans.get(&span)?.attributes;
        let entry = attributes.iter().rev().find(|entry| entry.key == key)?;
        Some(plain_text(entry.value.as_ref()).into_owned())
    }

    /// A part of a span as it was sent; `None` if the chunk or the span does not have it.
    pub fn field(&self, span: SpanId, field: &SpanField) -> Option<RawField> {
        field::read_field(self.spans.get(&span)?, field)
    }

    /// The values of fields of a span, in the order of the fields; `None` if the chunk does not
    /// contain the span.
    pub fn root_values(&self, span: SpanId, fields: &[RootField]) -> Option<Vec<Option<Value>>> {
        let values = RootValues::new(self.spans.get(&span)?);
        Some(fields.iter().map(|field| values.get(field)).collect())
    }

    /// The fields of a span whose values are texts, numbers or booleans; a limited number. `None` if
    /// the chunk does not contain the span.
    pub fn root_leaves(&self, span: SpanId) -> Option<Vec<(RootField, Value)>> {
        Some(RootValues::new(self.spans.get(&span)?).leaves())
    }
}

fn spans_of(data: TracesData) -> impl Iterator<Item = Span> {
    bare_spans_of(data).map(|mut span| {
        complete(&mut span);
        span
    })
}

fn bare_spans_of(data: TracesData) -> impl Iterator<Item = Span> {
    let scopes = data.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans)
}

/// The attributes to show: for a repeated key the last value, without `mlflow.traceRequestId` if
/// the trace's own id replaces it.
fn attributes_of<'a>(
    span: &'a Span,
    trace: Option<&TraceId>,
) -> Vec<(&'a str, Option<&'a AnyValue>)> {
    /// Up to this number of keys, comparing is faster than hashing.
    const FEW: usize = 32;
    let few = span.attributes.len() <= FEW;
    let mut index_of: HashMap<&str, usize> = HashMap::new();
    let mut attributes: Vec<(&str, _)> = Vec::with_capacity(span.attributes.len());
    for entry in &span.attributes {
        let key = entry.key.as_str();
        if trace.is_some() && key == TRACE_REQUEST_ID {
            continue;
        }
        let known = match few {
            true => attributes.iter().position(|(known, _)| *known == key),
            false => index_of.insert(key, attributes.len()),
        };
        match known {
            Some(index) => {
                attributes[index] = (key, entry.value.as_ref());
                if !few {
                    index_of.insert(key, index);
                }
            }
            None => attributes.push((key, entry.value.as_ref())),
        }
    }
    attributes
}

/// The attribute from which clients read a span's trace id. Views contain the actual id, whatever
/// was sent.
const TRACE_REQUEST_ID: &str = "mlflow.traceRequestId";

#[cfg(test)]
mod tests;
