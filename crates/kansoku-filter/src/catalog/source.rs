//! Where the values of a field stand in a trace, whatever engine keeps it.
//!
//! An engine's SQL and the evaluator match these exhaustively: a new one does not compile until
//! both have it.
use std::borrow::Cow;

use kansoku_model::{ENVIRONMENT_PLACES, TagOrMetadataKind, VERSION_PLACES, metadata_key};

#[derive(Debug)]
pub(crate) enum Source {
    Text(TextField),
    Number(NumberField),
    /// Any of its runs: the one it was made in and those it is linked to.
    Run,
    /// Prompt versions it is linked to.
    Prompt,
    /// Why any of its spans failed.
    Error,
    /// The stored JSON of any span.
    Payload,
    Span(SpanField),
    /// Those whose key follows in the filter.
    SpanAttribute,
    Tag,
    Metadata,
    Feedback,
    Expectation,
    Issue,
}

/// A text that a trace has at most one of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TextField {
    TraceId,
    ClientRequestId,
    Status,
    Name,
    Tag(String),
    Metadata(Cow<'static, str>),
    Version,
    Environment,
}

/// A number that a trace has at most one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberField {
    Timestamp,
    ExecutionTime,
    EndTime,
    Tokens,
    /// In the units that costs are kept in.
    Cost,
    /// Spans of the type RETRIEVER.
    RetrieverCount,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SpanField {
    Name,
    Type,
    Status,
    Model,
    Provider,
    /// The span's stored JSON.
    Content,
    Attribute(String),
}

impl TextField {
    pub(crate) const SESSION: Self = Self::Metadata(Cow::Borrowed(metadata_key::SESSION));
    pub(crate) const USER: Self = Self::Metadata(Cow::Borrowed(metadata_key::USER));
    /// The run it was made in.
    pub(crate) const SOURCE_RUN: Self = Self::Metadata(Cow::Borrowed(metadata_key::SOURCE_RUN));

    /// Where it is looked for, if that is in several places.
    pub(crate) fn places(&self) -> &'static [(TagOrMetadataKind, &'static str)] {
        match self {
            Self::Version => VERSION_PLACES,
            Self::Environment => ENVIRONMENT_PLACES,
            _ => &[],
        }
    }
}

impl NumberField {
    /// Whether a trace may lack it.
    pub(crate) fn is_nullable(self) -> bool {
        match self {
            Self::Timestamp | Self::EndTime | Self::RetrieverCount => false,
            Self::ExecutionTime | Self::Tokens | Self::Cost => true,
        }
    }

    /// Whether it takes reading the trace's spans.
    pub(crate) fn is_of_spans(self) -> bool {
        match self {
            Self::RetrieverCount => true,
            Self::Timestamp | Self::ExecutionTime | Self::EndTime | Self::Tokens | Self::Cost => {
                false
            }
        }
    }
}

impl SpanField {
    /// Whether it takes unpacking the span itself.
    pub(crate) fn is_payload(&self) -> bool {
        matches!(self, Self::Content | Self::Attribute(_))
    }
}
