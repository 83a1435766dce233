//! Types for reading traces of any size: their spans and their bytes page by page.
use std::any::Any;
use std::fmt;

use kansoku_model::{SpanId, SpanRow, TraceInfo};

/// A selection of the spans of a trace, sorted by start and then by id.
#[derive(Clone, Debug)]
pub struct SpanList {
    pub which: WhichSpans,
    /// The position of the last span of the previous page.
    pub after: Option<SpanPosition>,
    pub max_results: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichSpans {
    All,
    /// Spans without a parent, whose parent is not stored (yet), or that name themselves as parent.
    Roots,
    ChildrenOf(SpanId),
}

/// A position in the order of a trace's spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpanPosition {
    pub start_ns: i64,
    pub span_id: SpanId,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanPage {
    pub spans: Vec<SpanListItem>,
    /// Present if there are more spans.
    pub next: Option<SpanPosition>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SpanListItem {
    pub row: SpanRow,
    /// The number of spans that have it as their parent.
    pub children: u64,
}

/// One or more spans with their payload.
#[derive(Clone, Debug)]
pub struct StoredSpan {
    /// `TracesData` in protobuf with only these spans, and their resources and scopes.
    pub otlp: Vec<u8>,
    /// `LogsData` in protobuf with the log records of these spans.
    pub logs: Vec<Vec<u8>>,
}

/// A part of a trace's OTLP, and the cursor of the next part.
#[derive(Debug)]
pub struct OtlpPage {
    /// `TracesData` or `LogsData` in protobuf; the concatenation of all pages is one message.
    pub otlp: Vec<u8>,
    pub next: OtlpCursor,
}

/// The progress of a reader of a trace's OTLP. Its representation is the engine's, because chunks
/// may be merged between two pages.
pub struct OtlpCursor {
    /// `None` at the beginning.
    place: Option<Box<dyn Any + Send + Sync>>,
    /// The approximate size of a page in bytes; a larger span is a page of its own.
    pub page_bytes_max: usize,
}

impl Default for OtlpCursor {
    fn default() -> Self {
        Self::with_page_bytes(1 << 20)
    }
}

impl OtlpCursor {
    /// The beginning, with pages of about this size. Small pages are slow: each page decompresses
    /// its chunk again.
    pub fn with_page_bytes(page_bytes_max: usize) -> Self {
        Self { place: None, page_bytes_max }
    }

    /// The progress that the engine stored in the cursor; the default of `P` at the beginning.
    pub fn take_place<P: Any + Default>(&mut self) -> P {
        let place = self.place.take().and_then(|place| place.downcast().ok());
        place.map(|place| *place).unwrap_or_default()
    }

    /// Stores the progress for the next call.
    pub fn set_place(&mut self, place: impl Any + Send + Sync) {
        self.place = Some(Box::new(place));
    }
}

impl fmt::Debug for OtlpCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpCursor").field("page_bytes_max", &self.page_bytes_max).finish()
    }
}

/// The chunks of a trace, oldest first, without their bytes.
#[derive(Clone, Debug)]
pub struct TraceChunks {
    pub info: TraceInfo,
    /// `TracesData` in protobuf.
    pub spans: Vec<ChunkInfo>,
    /// `LogsData` in protobuf: the log records of these spans.
    pub logs: Vec<ChunkInfo>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkInfo {
    pub id: ChunkId,
    /// The size after decompression.
    pub bytes: u64,
}

/// Identifies a chunk of a trace until it is merged with others or replaced. The number has a
/// meaning only to the engine that assigned it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChunkId(i64);

impl ChunkId {
    pub fn new(number: i64) -> Self {
        Self(number)
    }

    pub fn number(self) -> i64 {
        self.0
    }
}
