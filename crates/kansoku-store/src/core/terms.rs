//! The terms of a trace: what a filter can compare by equality.
//!
//! A stale index entry costs a search the read of one row, but a missing entry hides a trace. So
//! writes may leave stale entries, and never omit one.
use std::borrow::Cow;
use std::collections::BTreeSet;

use kansoku_filter::Term;
use kansoku_model::{ExperimentId, SpanRow, TagOrMetadataKind, metadata_key};

use super::fold::tags_and_metadata::TagsAndMetadata;
use super::fold::trace_row::TraceRow;

/// The position of a trace's entries in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub experiment: ExperimentId,
    pub time_ms: i64,
}

impl Position {
    pub fn from_row(trace: &TraceRow) -> Self {
        Self { experiment: trace.experiment, time_ms: trace.request_time.0 }
    }
}

pub fn of_trace<'a>(
    trace: &'a TraceRow,
    tags_and_metadata: &'a TagsAndMetadata,
) -> BTreeSet<Term<'a>> {
    let mut terms = BTreeSet::from([Term::State(trace.state.as_str().into())]);
    terms.extend(trace.name.as_deref().map(|name| Term::Name(name.into())));
    terms.extend(trace.client_request_id.as_deref().map(|id| Term::ClientRequestId(id.into())));
    for ((kind, key), entry) in tags_and_metadata {
        if let Some(value) = &entry.value {
            extend_with_tag_or_metadata(&mut terms, *kind, key.into(), value.into());
        }
    }
    terms
}

/// Adds the terms of a tag or metadata entry. The run that a trace was started in counts as linked.
pub fn extend_with_tag_or_metadata<'a>(
    terms: &mut BTreeSet<Term<'a>>,
    kind: TagOrMetadataKind,
    key: Cow<'a, str>,
    value: Cow<'a, str>,
) {
    match kind {
        TagOrMetadataKind::Tag => {
            terms.insert(Term::Tag(key, value));
        }
        TagOrMetadataKind::Metadata => {
            if key == metadata_key::SOURCE_RUN {
                terms.insert(Term::Run(value.clone()));
            }
            terms.insert(Term::Metadata(key, value));
        }
    }
}

pub fn of_spans(rows: &[SpanRow]) -> BTreeSet<Term<'_>> {
    let mut terms = BTreeSet::new();
    for row in rows {
        terms.insert(Term::SpanName(row.name.as_str().into()));
        terms.insert(Term::SpanStatus(row.status.as_str().into()));
        terms.extend(row.span_type.as_deref().map(|kind| Term::SpanType(kind.into())));
    }
    terms
}
