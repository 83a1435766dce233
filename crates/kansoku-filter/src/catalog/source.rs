//! The locations of field values in a trace, independent of the engine.
//!
//! An engine's SQL and the evaluator match these exhaustively: a new one does not compile until
//! both handle it.
use std::borrow::Cow;

use kansoku_model::{
    ENVIRONMENT_PLACES, RootPart, TagOrMetadataKind, VERSION_PLACES, metadata_key,
};

use super::FieldKind;
use crate::lex::Number;

const MICROS_PER_MS: i64 = 1000;

#[derive(Debug)]
pub(crate) enum Source {
    Text(TextField),
    Number(NumberField),
    /// Any run of the trace: the one it was created in, and those it is linked to.
    Run,
    /// Prompt versions that the trace is linked to.
    Prompt,
    /// The error message of any failed span.
    Error,
    /// The stored JSON of any span.
    Payload,
    Span(SpanField),
    SpanNumber(SpanNumber),
    /// The span attribute with the key from the filter.
    SpanAttribute,
    Tag,
    Metadata,
    Feedback,
    Expectation,
    Issue,
    /// The value of the root span at the path that follows in the filter.
    Root(RootPart),
}

/// A text that a trace has at most once.
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

/// A number that a trace has at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberField {
    Timestamp,
    ExecutionTime,
    EndTime,
    Tokens,
    /// In the unit of stored costs, `kansoku_model::Money`.
    Cost,
    /// Number of spans with the type RETRIEVER.
    RetrieverCount,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SpanField {
    Name,
    Type,
    Status,
    Model,
    Provider,
    /// The stored JSON of the span.
    Content,
    Attribute(String),
}

/// A number of which a span has at most one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpanNumber {
    /// Whole microseconds, as in the packed columns of spans.
    Duration,
    /// The total tokens.
    Tokens,
    /// The total cost, in the unit that costs are stored in.
    Cost,
}

impl TextField {
    pub(crate) const SESSION: Self = Self::Metadata(Cow::Borrowed(metadata_key::SESSION));
    pub(crate) const USER: Self = Self::Metadata(Cow::Borrowed(metadata_key::USER));
    /// The run that the trace was created in.
    pub(crate) const SOURCE_RUN: Self = Self::Metadata(Cow::Borrowed(metadata_key::SOURCE_RUN));

    /// The tags and metadata that can contain the value, in order of priority; empty for other
    /// fields.
    pub(crate) fn places(&self) -> &'static [(TagOrMetadataKind, &'static str)] {
        match self {
            Self::Version => VERSION_PLACES,
            Self::Environment => ENVIRONMENT_PLACES,
            _ => &[],
        }
    }
}

impl NumberField {
    /// Whether a trace can have no value.
    pub(crate) fn is_nullable(self) -> bool {
        match self {
            Self::Timestamp | Self::EndTime | Self::RetrieverCount => false,
            Self::ExecutionTime | Self::Tokens | Self::Cost => true,
        }
    }

    /// Whether the spans of the trace have to be read.
    pub(crate) fn is_of_spans(self) -> bool {
        match self {
            Self::RetrieverCount => true,
            Self::Timestamp | Self::ExecutionTime | Self::EndTime | Self::Tokens | Self::Cost => {
                false
            }
        }
    }
}

impl SpanNumber {
    /// Converts a number as written in a filter to the unit of the field.
    pub(crate) fn in_stored_unit(self, value: Number, kind: FieldKind) -> Number {
        match self {
            Self::Duration => match value.times(MICROS_PER_MS) {
                Number::Integer(micros) => Number::Integer(micros),
                Number::Real(micros) => Number::Integer(micros.round() as i64),
            },
            Self::Tokens | Self::Cost => kind.in_stored_unit(value),
        }
    }
}

impl SpanField {
    /// Whether the payload of the span has to be decompressed.
    pub(crate) fn is_payload(&self) -> bool {
        matches!(self, Self::Content | Self::Attribute(_))
    }
}
