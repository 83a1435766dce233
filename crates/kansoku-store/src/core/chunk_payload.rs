//! The content of spans, from the decompressed chunks of a trace.
use std::borrow::Cow;
use std::cell::OnceCell;

use kansoku_filter::eval::SpanPayload;
use kansoku_model::{RootField, SpanId};
use kansoku_otlp::ChunkView;
use serde_json::Value;

/// The chunks of a trace, oldest first; decoded when a filter first reads their content.
pub struct ChunkPayload<'a> {
    chunks: Vec<Cow<'a, [u8]>>,
    decoded: OnceCell<Vec<ChunkView>>,
}

impl<'a> ChunkPayload<'a> {
    pub fn new(chunks: impl IntoIterator<Item: Into<Cow<'a, [u8]>>>) -> Self {
        let chunks = chunks.into_iter().map(Into::into).collect();
        Self { chunks, decoded: OnceCell::new() }
    }

    /// The result from the newest chunk that has the span, which has its latest version.
    fn newest<T>(&self, find: impl Fn(&ChunkView) -> Option<T>) -> Option<T> {
        let chunks = self.chunks.iter();
        let decode = || chunks.filter_map(|bytes| ChunkView::decode(bytes).ok()).collect();
        self.decoded.get_or_init(decode).iter().rev().find_map(find)
    }
}

impl SpanPayload for ChunkPayload<'_> {
    fn json(&self, span: SpanId) -> Option<Cow<'_, str>> {
        self.newest(|chunk| chunk.json(span)).map(Cow::Owned)
    }

    fn attribute(&self, span: SpanId, key: &str) -> Option<Cow<'_, str>> {
        let of_span = |chunk: &ChunkView| chunk.json(span).map(|_| chunk.attribute(span, key));
        self.newest(of_span).flatten().map(Cow::Owned)
    }

    fn root_value(&self, root: SpanId, field: &RootField) -> Option<Value> {
        let fields = std::slice::from_ref(field);
        self.newest(|chunk| chunk.root_values(root, fields))?.pop()?
    }
}
