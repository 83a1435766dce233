//! Renders the spans of a large trace a window at a time, in the order of
//! [`SpanSet`](super::SpanSet).
//!
//! An index contains the location of each span, in a few bytes per span. A window copies the bytes
//! of consecutive spans out of their chunks, so that only one chunk and one window need be in
//! memory, whatever the size of the trace.
use std::collections::{HashMap, HashSet};

use kansoku_model::{SpanId, TraceId};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use xxhash_rust::xxh3::Xxh3;

use super::{proto, stored};
use crate::conventions::complete;
use crate::narrow::{SpanKey, each_item, span_key};
use crate::{DecodeError, Signal, logs};

/// The form in which spans are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanForm {
    /// Protobuf's JSON, as in responses of MLflow's `traces/get`.
    Proto,
    /// The form of the file `traces.json`.
    Stored,
}

/// The number of a chunk among those of its signal in the trace, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkNumber {
    pub signal: Signal,
    pub number: usize,
}

/// The location of an item: a chunk, and a range of bytes in it.
#[derive(Clone, Copy, Debug)]
struct Place {
    chunk: u32,
    offset: u32,
    length: u32,
}

impl Place {
    fn new(chunk_number: usize, chunk: &[u8], item: &[u8]) -> Result<Self, DecodeError> {
        let offset = item.as_ptr().addr().saturating_sub(chunk.as_ptr().addr());
        let whole = |number| u32::try_from(number).map_err(|_| DecodeError::Misplaced);
        Ok(Self { chunk: whole(chunk_number)?, offset: whole(offset)?, length: whole(item.len())? })
    }

    fn chunk_of(self, signal: Signal) -> ChunkNumber {
        ChunkNumber { signal, number: self.chunk as usize }
    }

    fn in_chunk(self, chunk: &[u8]) -> Result<&[u8], DecodeError> {
        let end = self.offset as usize + self.length as usize;
        chunk.get(self.offset as usize..end).ok_or(DecodeError::Misplaced)
    }
}

/// Builds the index of a trace from its chunks, oldest first.
#[derive(Default)]
pub struct SpanIndexBuilder {
    span_chunks: usize,
    log_chunks: usize,
    spans: Vec<(SpanKey, Place)>,
    index_of: HashMap<SpanId, usize>,
    records: Vec<(SpanId, Place)>,
    seen: HashSet<u128>,
}

impl SpanIndexBuilder {
    /// Adds a chunk of `TracesData`; its spans replace the same spans of earlier chunks. Fails if
    /// the chunk is malformed or larger than 4 GiB.
    pub fn add_spans(&mut self, chunk: &[u8]) -> Result<(), DecodeError> {
        let number = self.span_chunks;
        self.span_chunks += 1;
        each_item(chunk, &mut |item| {
            let key = span_key(item)?;
            let Some(span_id) = key.span_id else { return Ok(()) };
            let found = (key, Place::new(number, chunk, item)?);
            match self.index_of.get(&span_id) {
                Some(index) => self.spans[*index] = found,
                None => {
                    self.index_of.insert(span_id, self.spans.len());
                    self.spans.push(found);
                }
            }
            Ok(())
        })
    }

    /// Adds a chunk of `LogsData`; a repeated record counts once. Fails as
    /// [`SpanIndexBuilder::add_spans`] does.
    pub fn add_logs(&mut self, chunk: &[u8]) -> Result<(), DecodeError> {
        let number = self.log_chunks;
        self.log_chunks += 1;
        each_item(chunk, &mut |item| {
            if let (Some(span), digest) = logs::record_key(item)?
                && self.seen.insert(digest)
            {
                self.records.push((span, Place::new(number, chunk, item)?));
            }
            Ok(())
        })
    }

    /// Builds the index: the root first, then by start time.
    pub fn finish(self) -> SpanIndex {
        let Self { mut spans, records, index_of, seen, .. } = self;
        drop((index_of, seen));
        spans.sort_by_key(|(key, _)| (key.has_parent, key.start_ns));
        let mut digest = Xxh3::new();
        for (key, _) in &spans {
            digest.update(&key.span_id.map_or(0, |id| id.0).to_le_bytes());
            digest.update(&key.start_ns.to_le_bytes());
        }
        let mut index =
            SpanIndex { spans: Vec::new(), records: Vec::new(), digest: digest.digest() };
        if !records.is_empty() {
            let place_of = |(at, (key, _)): (usize, &(SpanKey, Place))| Some((key.span_id?, at));
            let place_of: HashMap<SpanId, usize> =
                spans.iter().enumerate().filter_map(place_of).collect();
            let placed = |(span, place)| Some((*place_of.get(&span)? as u32, place));
            index.records = records.into_iter().filter_map(placed).collect();
            // The sort is stable, so that the records of one span stay in the order of arrival.
            index.records.sort_by_key(|(at, _)| *at);
        }
        index.spans = spans.into_iter().map(|(_, place)| place).collect();
        index
    }
}

/// The locations of a trace's spans, in the order in which readers see them.
pub struct SpanIndex {
    spans: Vec<Place>,
    /// Log records by the index of their span in `spans`.
    records: Vec<(u32, Place)>,
    digest: u64,
}

impl SpanIndex {
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The memory that the index takes, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.spans.capacity() * size_of::<Place>()
            + self.records.capacity() * size_of::<(u32, Place)>()
    }

    /// A digest of the ids and start times of the spans in order; it does not depend on the chunks.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// A window of consecutive spans from `first` on. It ends with the span that reaches
    /// `bytes_max`, and has at least one span if there is any. [`SpanWindow::fill`] must add the
    /// bytes.
    pub fn window(&self, first: usize, bytes_max: usize) -> SpanWindow {
        let mut window = SpanWindow { first, items: Vec::new(), spans: 0, bytes: Vec::new() };
        let mut record = self.records.partition_point(|(at, _)| (*at as usize) < first);
        let mut bytes = 0;
        for (at, place) in self.spans.iter().enumerate().skip(first) {
            if 0 < window.spans && bytes_max <= bytes {
                break;
            }
            window.spans += 1;
            let mut add = |signal, place: Place| {
                bytes += place.length as usize;
                window.items.push(Item { span: at - first, signal, place, begin: 0 });
            };
            add(Signal::Traces, *place);
            while let Some((_, place)) =
                self.records.get(record).filter(|(of, _)| *of as usize == at)
            {
                add(Signal::Logs, *place);
                record += 1;
            }
        }
        window
    }
}

/// Consecutive spans, with the bytes of each span and its log records.
pub struct SpanWindow {
    first: usize,
    /// Sorted by span; each span is followed by its records.
    items: Vec<Item>,
    spans: usize,
    bytes: Vec<u8>,
}

struct Item {
    /// The index of the span in the window.
    span: usize,
    signal: Signal,
    place: Place,
    /// The position of its bytes in the window's bytes.
    begin: usize,
}

impl SpanWindow {
    /// The index of the span after the last one of the window.
    pub fn end(&self) -> usize {
        self.first + self.spans
    }

    pub fn contains(&self, at: usize) -> bool {
        (self.first..self.end()).contains(&at)
    }

    /// The chunks that must be passed to [`SpanWindow::fill`], each once.
    pub fn chunks(&self) -> Vec<ChunkNumber> {
        let mut chunks: Vec<_> =
            self.items.iter().map(|item| item.place.chunk_of(item.signal)).collect();
        chunks.sort_unstable();
        chunks.dedup();
        chunks
    }

    /// The memory that the window takes once it is filled, in bytes.
    pub fn held_bytes(&self) -> usize {
        let bytes: usize = self.items.iter().map(|item| item.place.length as usize).sum();
        bytes + self.items.len() * size_of::<Item>()
    }

    /// Copies the window's items out of a chunk. Fails if the chunk is shorter than the index
    /// requires.
    pub fn fill(&mut self, number: ChunkNumber, chunk: &[u8]) -> Result<(), DecodeError> {
        for item in &mut self.items {
            if item.place.chunk_of(item.signal) == number {
                item.begin = self.bytes.len();
                self.bytes.extend_from_slice(item.place.in_chunk(chunk)?);
            }
        }
        Ok(())
    }

    /// Writes the span at index `at` of the trace, which must be in the window. Fails if the span
    /// or one of its records cannot be decoded.
    pub fn write(
        &self,
        out: &mut Vec<u8>,
        at: usize,
        form: SpanForm,
        trace: &TraceId,
    ) -> Result<(), DecodeError> {
        let span = at - self.first;
        let begin = self.items.partition_point(|item| item.span < span);
        let items = self.items[begin..].iter().take_while(|item| item.span == span);
        let mut parts = items.map(|item| {
            let end = item.begin + item.place.length as usize;
            self.bytes.get(item.begin..end).unwrap_or_default()
        });
        let mut span = Span::decode(parts.next().unwrap_or_default())?;
        span.events.extend(logs::events_of(parts)?);
        complete(&mut span);
        match form {
            SpanForm::Proto => proto::span(out, &span, trace),
            SpanForm::Stored => stored::span(out, &span, Some(trace)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
