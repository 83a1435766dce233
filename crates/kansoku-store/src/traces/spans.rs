//! Reading traces of any size: their spans page by page, their bytes page by page.
use std::any::Any;
use std::fmt;

use kansoku_model::{SpanId, SpanRow, TraceInfo};

/// Which spans of a trace to list, by start and then by id.
#[derive(Clone, Debug)]
pub struct SpanList {
    pub which: WhichSpans,
    /// The last span of the page before.
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

/// A place in the order of a trace's spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpanPosition {
    pub start_ns: i64,
    pub span_id: SpanId,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanPage {
    pub spans: Vec<SpanListItem>,
    /// Present where there are more.
    pub next: Option<SpanPosition>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SpanListItem {
    pub row: SpanRow,
    /// How many spans name it as their parent.
    pub children: u64,
}

/// One span, or some, with what they came in.
#[derive(Clone, Debug)]
pub struct StoredSpan {
    /// `TracesData` in protobuf of these spans alone, with their resources and scopes.
    pub otlp: Vec<u8>,
    /// `LogsData` in protobuf of the log records that belong to them.
    pub logs: Vec<Vec<u8>>,
}

/// Some of a trace's OTLP, and where the rest begins.
#[derive(Debug)]
pub struct OtlpPage {
    /// `TracesData` or `LogsData` in protobuf; all pages one after the other are one message.
    pub otlp: Vec<u8>,
    pub next: OtlpCursor,
}

/// How far a reader of a trace's OTLP has come. Where that is, the engine alone knows: chunks may be
/// merged into others meanwhile.
pub struct OtlpCursor {
    /// `None` at the beginning.
    place: Option<Box<dyn Any + Send + Sync>>,
    /// About how large a page is; a larger span is a page of its own.
    pub page_bytes_max: usize,
}

impl Default for OtlpCursor {
    fn default() -> Self {
        Self::with_page_bytes(1 << 20)
    }
}

impl OtlpCursor {
    /// The beginning, with pages of about this size: each decompresses its chunk anew.
    pub fn with_page_bytes(page_bytes_max: usize) -> Self {
        Self { place: None, page_bytes_max }
    }

    /// The place that the engine left in the cursor; its default at the beginning.
    pub fn take_place<P: Any + Default>(&mut self) -> P {
        let place = self.place.take().and_then(|place| place.downcast().ok());
        place.map(|place| *place).unwrap_or_default()
    }

    /// Leaves a place for the next call.
    pub fn set_place(&mut self, place: impl Any + Send + Sync) {
        self.place = Some(Box::new(place));
    }
}

impl fmt::Debug for OtlpCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpCursor").field("page_bytes_max", &self.page_bytes_max).finish()
    }
}

/// The chunks that a trace is kept in, oldest first, without their bytes.
#[derive(Clone, Debug)]
pub struct TraceChunks {
    pub info: TraceInfo,
    /// `TracesData` in protobuf.
    pub spans: Vec<ChunkInfo>,
    /// `LogsData` in protobuf: log records that belong to these spans.
    pub logs: Vec<ChunkInfo>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkInfo {
    pub id: ChunkId,
    /// Its size once decompressed.
    pub bytes: u64,
}

/// Names a chunk of a trace until it is merged with others or replaced. Only the engine that made
/// the number knows what it means.
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
