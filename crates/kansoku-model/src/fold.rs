//! The part of a trace that is derived from its spans, merged in whatever order they arrive.
//!
//! `merge` is associative, commutative and idempotent, so batches may arrive in any order, any
//! number of times, from any number of processes.
use std::collections::BTreeMap;

use crate::{SpanId, SpanRow, SpanStatus, TraceState};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceFold {
    pub start_ns: Option<i64>,
    /// The latest end; `None` if no span has ended.
    pub end_ns: Option<i64>,
    /// The span without a parent; if there are several, the earliest.
    pub root: Option<RootSpan>,
    /// The input of the first model call below the root, and the output of the last one. They are the
    /// previews of a trace whose root has none.
    pub request: Option<CallText>,
    pub response: Option<CallText>,
    pub tags_and_metadata: BTreeMap<(TagOrMetadataKind, String), TagOrMetadata>,
}

/// The input or output text of a model call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallText {
    pub call: CallKey,
    pub text: String,
}

/// The time when a model call began or ended, and its span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallKey {
    pub at_ns: i64,
    pub span_id: SpanId,
}

/// Whether an entry is a tag or metadata of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TagOrMetadataKind {
    Tag,
    Metadata,
}

/// A value with the rank of its source; a value of lower rank replaces it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagOrMetadata {
    pub rank: Rank,
    /// `None` marks a deletion, which later spans must not undo.
    pub value: Option<String>,
}

/// The precedence of a value: the lowest rank wins. Within a layer, that is the earliest span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    pub layer: Layer,
    pub at_ns: i64,
    pub span_id: SpanId,
}

impl Rank {
    pub const CLIENT: Self = Self { layer: Layer::Client, at_ns: 0, span_id: SpanId(0) };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Set by a client on the trace.
    Client,
    /// From a span's attributes.
    Span,
    /// From the resource of a span.
    Resource,
}

/// The data of a trace that comes from its root span.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RootSpan {
    pub start_ns: i64,
    pub span_id: SpanId,
    /// Whether the span is still open, so that its data may change.
    pub open: bool,
    pub failed: bool,
    pub name: String,
    pub request_preview: Option<String>,
    pub response_preview: Option<String>,
}

impl RootSpan {
    pub fn state(&self) -> TraceState {
        match (self.open, self.failed) {
            (true, _) => TraceState::InProgress,
            (false, true) => TraceState::Error,
            (false, false) => TraceState::Ok,
        }
    }
}

impl TraceFold {
    /// The contribution of one span, without previews, tags and metadata.
    pub fn from_span(span: &SpanRow) -> Self {
        Self {
            start_ns: Some(span.start_ns),
            end_ns: span.end_ns,
            root: span.parent_id.is_none().then(|| RootSpan {
                start_ns: span.start_ns,
                span_id: span.span_id,
                open: span.end_ns.is_none(),
                failed: span.status == SpanStatus::Error,
                name: span.name.clone(),
                request_preview: None,
                response_preview: None,
            }),
            request: None,
            response: None,
            tags_and_metadata: BTreeMap::new(),
        }
    }

    pub fn add_tag_or_metadata(
        &mut self,
        kind: TagOrMetadataKind,
        key: impl Into<String>,
        entry: TagOrMetadata,
    ) {
        let key = (kind, key.into());
        match self.tags_and_metadata.get_mut(&key) {
            // On equal rank the smaller value wins, so that the result does not depend on the
            // order.
            Some(present) if entry < *present => *present = entry,
            Some(_) => {}
            None => {
                self.tags_and_metadata.insert(key, entry);
            }
        }
    }

    pub fn merge(mut self, other: Self) -> Self {
        self.start_ns = [self.start_ns, other.start_ns].into_iter().flatten().min();
        self.end_ns = self.end_ns.max(other.end_ns);
        // `RootSpan` orders the earliest first, and an ended root before the same root while open.
        self.root = [self.root, other.root].into_iter().flatten().min();
        self.request = [self.request, other.request].into_iter().flatten().min();
        self.response = self.response.max(other.response);
        for ((kind, key), entry) in other.tags_and_metadata {
            self.add_tag_or_metadata(kind, key, entry);
        }
        self
    }

    /// The state of the root span; `IN_PROGRESS` until the root has ended.
    pub fn state(&self) -> TraceState {
        self.root.as_ref().map_or(TraceState::InProgress, RootSpan::state)
    }
}

#[cfg(test)]
mod tests;
