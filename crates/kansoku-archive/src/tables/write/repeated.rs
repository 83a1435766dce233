//! Spans that occur more than once in the chunks of a trace.
use std::collections::{HashMap, HashSet};

use kansoku_model::TraceId;

use super::rows::decode;
use crate::tables::TableError;

/// Knows which occurrence of a span counts: the last, because senders repeat spans and may have
/// completed them.
///
/// The chunks of a trace are added first, in their order; then rows are built from the same chunks
/// in the same order.
#[derive(Default)]
pub struct RepeatedSpans {
    once: HashSet<u64>,
    /// The number of occurrences of each repeated span that are still to come.
    remaining: HashMap<u64, usize>,
}

impl RepeatedSpans {
    /// Adds the spans of a chunk. Fails if it is malformed.
    pub fn add(&mut self, trace: &TraceId, otlp: &[u8]) -> Result<(), TableError> {
        let data: Traces = decode(trace.as_str(), otlp)?;
        let scopes = data.resources.into_iter().flat_map(|resource| resource.scopes);
        for span in scopes.flat_map(|scope| scope.spans) {
            let Some(span_id) = valid_id(&span.span_id) else { continue };
            match self.remaining.get_mut(&span_id) {
                Some(occurrences) => *occurrences += 1,
                None if self.once.contains(&span_id) => {
                    self.remaining.insert(span_id, 2);
                }
                None => {
                    self.once.insert(span_id);
                }
            }
        }
        Ok(())
    }

    /// Whether this occurrence of a span is its last.
    pub(super) fn is_latest(&mut self, span_id: &[u8]) -> bool {
        match valid_id(span_id).and_then(|id| self.remaining.get_mut(&id)) {
            Some(occurrences) => {
                *occurrences = occurrences.saturating_sub(1);
                *occurrences == 0
            }
            None => true,
        }
    }
}

/// The id of a span; `None` if it is invalid, which no reader could repeat.
fn valid_id(span_id: &[u8]) -> Option<u64> {
    span_id.try_into().ok().map(u64::from_be_bytes).filter(|id| *id != 0)
}

/// `TracesData` with nothing but the ids of spans, which is decoded in a fraction of the time.
#[derive(Clone, PartialEq, prost::Message)]
struct Traces {
    #[prost(message, repeated, tag = "1")]
    resources: Vec<ResourceSpanIds>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ResourceSpanIds {
    #[prost(message, repeated, tag = "2")]
    scopes: Vec<ScopeSpanIds>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ScopeSpanIds {
    #[prost(message, repeated, tag = "2")]
    spans: Vec<SpanIdOnly>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SpanIdOnly {
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
}
