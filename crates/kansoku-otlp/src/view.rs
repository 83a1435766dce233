//! Kept bytes as clients read them.
//!
//! Chunks of one trace are laid over one another: a later chunk's span replaces the same
//! span of an earlier one, as senders repeat themselves.
use std::collections::HashMap;

use kansoku_model::{SpanId, TraceId};
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use prost::Message;

use crate::DecodeError;
use crate::conventions::{NormalizedSpan, complete, failure, normalize};
use crate::id;
use crate::logs;
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

/// The spans of one trace: the root first, then by start.
#[derive(Clone, Debug, Default)]
pub struct SpanSet {
    spans: Vec<Span>,
}

impl SpanSet {
    /// `chunks` are what `TraceSpans::otlp` held, oldest first.
    pub fn from_chunks(chunks: &[Vec<u8>]) -> Result<Self, DecodeError> {
        Self::with_logs(chunks, &[])
    }

    /// `logs` are what `TraceLogs::otlp` held: each record becomes an event of its span, before
    /// anything is made of the span's events.
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

    /// What a span of the trace means; `None` if the trace has no such span.
    pub fn normalized(&self, span: SpanId) -> Option<NormalizedSpan> {
        self.span(span).map(normalize)
    }

    /// Why a span failed, in one line; `None` if it did not.
    pub fn error(&self, span: SpanId) -> Option<String> {
        failure(self.span(span)?)
    }

    /// A part of a span as it was sent; `None` if the span has no such part.
    pub fn field(&self, span: SpanId, field: &SpanField) -> Option<RawField> {
        field::read_field(self.span(span)?, field)
    }

    /// Of each span that has these words somewhere, when it began and where they are; at most
    /// `room` places in all.
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

    /// The spans of which log records have these words.
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

    /// Writes the span at a place from 0 to `len` as the file `traces.json` has it.
    pub fn write_stored(&self, out: &mut Vec<u8>, at: usize, trace: &TraceId) {
        stored::span(out, &self.spans[at], Some(trace));
    }

    /// Writes the span at a place from 0 to `len` in protobuf's JSON, attributes typed.
    pub fn write_proto(&self, out: &mut Vec<u8>, at: usize, trace: &TraceId) {
        proto::span(out, &self.spans[at], trace);
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

/// The attributes to show: of a repeated key the last, and the trace's own id in its place.
fn attributes_of<'a>(
    span: &'a Span,
    trace: Option<&TraceId>,
) -> Vec<(&'a str, Option<&'a AnyValue>)> {
    /// Few keys are compared faster than hashed.
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

/// The attribute by which clients know a span's trace; whatever was sent, readers get the truth.
const TRACE_REQUEST_ID: &str = "mlflow.traceRequestId";

#[cfg(test)]
mod tests;
