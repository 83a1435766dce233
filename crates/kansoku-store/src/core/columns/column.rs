//! The columns that metrics are computed from.
use kansoku_filter::MetricFilter;
use kansoku_model::tag_key;

use crate::metrics_query::{CostPart, Dimension, Metric, Tokens};

/// A column of traces or of spans. Times and durations are whole milliseconds unless a column says
/// otherwise; costs are units of `Money`. The numbers are part of the stored format: a new column
/// takes the next free one of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Column {
    Experiment = 0,
    Time = 1,
    Latency = 2,
    Status = 3,
    Name = 4,
    Session = 5,
    /// The number of spans of a trace; the columns of spans are in the order of their traces.
    Spans = 6,
    InputTokens = 7,
    OutputTokens = 8,
    TotalTokens = 9,
    CacheReadTokens = 10,
    CacheCreationTokens = 11,
    CacheCreationAbove1hrTokens = 12,
    ReasoningTokens = 13,
    InputCost = 14,
    OutputCost = 15,
    TotalCost = 16,
    SpanStart = 32,
    SpanLatency = 33,
    SpanFirstToken = 34,
    SpanName = 35,
    SpanType = 36,
    SpanStatus = 37,
    SpanModelName = 38,
    SpanModelProvider = 39,
    SpanInputCost = 40,
    SpanOutputCost = 41,
    SpanTotalCost = 42,
    SpanTotalTokens = 43,
    /// `SpanParent` and `SpanPrevious` are indexes within the trace, in the order of the columns.
    SpanParent = 44,
    SpanPrevious = 45,
    /// Microseconds, like the next two.
    SpanDuration = 46,
    /// The part of its duration in which a child ran, which is the duration without the self time.
    SpanChildren = 47,
    /// The part of its self time that is not on the critical path.
    SpanOffPath = 48,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    Number,
    Text,
    /// A hash of a text; only equality matters.
    Hash,
}

impl Column {
    pub const OF_TRACES: &[Self] = &[
        Self::Experiment,
        Self::Time,
        Self::Latency,
        Self::Status,
        Self::Name,
        Self::Session,
        Self::Spans,
        Self::InputTokens,
        Self::OutputTokens,
        Self::TotalTokens,
        Self::CacheReadTokens,
        Self::CacheCreationTokens,
        Self::CacheCreationAbove1hrTokens,
        Self::ReasoningTokens,
        Self::InputCost,
        Self::OutputCost,
        Self::TotalCost,
    ];
    pub const OF_SPANS: &[Self] = &[
        Self::SpanStart,
        Self::SpanLatency,
        Self::SpanFirstToken,
        Self::SpanName,
        Self::SpanType,
        Self::SpanStatus,
        Self::SpanModelName,
        Self::SpanModelProvider,
        Self::SpanInputCost,
        Self::SpanOutputCost,
        Self::SpanTotalCost,
        Self::SpanTotalTokens,
    ];
    /// Columns of spans that are computed from all spans of a trace, see
    /// [`span_parts`](crate::core::span_parts).
    pub const OF_SPAN_PARTS: &[Self] = &[
        Self::SpanParent,
        Self::SpanPrevious,
        Self::SpanDuration,
        Self::SpanChildren,
        Self::SpanOffPath,
    ];

    pub fn kind(self) -> ColumnKind {
        match self {
            Self::Session => ColumnKind::Hash,
            Self::Status
            | Self::Name
            | Self::SpanName
            | Self::SpanType
            | Self::SpanStatus
            | Self::SpanModelName
            | Self::SpanModelProvider => ColumnKind::Text,
            _ => ColumnKind::Number,
        }
    }

    /// The column that a metric aggregates; `None` for metrics that count rows, and for
    /// assessments.
    pub fn of_metric(metric: Metric) -> Option<Self> {
        Some(match metric {
            Metric::TraceCount
            | Metric::SpanCount
            | Metric::AssessmentCount
            | Metric::AssessmentValue => return None,
            Metric::SessionCount => Self::Session,
            Metric::TraceLatency => Self::Latency,
            Metric::TraceTokens(Tokens::Input) => Self::InputTokens,
            Metric::TraceTokens(Tokens::Output) => Self::OutputTokens,
            Metric::TraceTokens(Tokens::Total) => Self::TotalTokens,
            Metric::TraceTokens(Tokens::CacheRead) => Self::CacheReadTokens,
            Metric::TraceTokens(Tokens::CacheCreation) => Self::CacheCreationTokens,
            Metric::TraceTokens(Tokens::CacheCreationAbove1hr) => Self::CacheCreationAbove1hrTokens,
            Metric::TraceTokens(Tokens::Reasoning) => Self::ReasoningTokens,
            Metric::TraceCost(CostPart::Input) => Self::InputCost,
            Metric::TraceCost(CostPart::Output) => Self::OutputCost,
            Metric::TraceCost(CostPart::Total) => Self::TotalCost,
            Metric::SpanLatency => Self::SpanLatency,
            Metric::SpanCost(CostPart::Input) => Self::SpanInputCost,
            Metric::SpanCost(CostPart::Output) => Self::SpanOutputCost,
            Metric::SpanCost(CostPart::Total) => Self::SpanTotalCost,
            Metric::TimeToFirstToken => Self::SpanFirstToken,
        })
    }

    /// The column of a dimension; `None` for dimensions of assessments.
    pub fn of_dimension(dimension: Dimension) -> Option<Self> {
        Some(match dimension {
            Dimension::TraceName => Self::Name,
            Dimension::TraceStatus => Self::Status,
            Dimension::SpanName => Self::SpanName,
            Dimension::SpanType => Self::SpanType,
            Dimension::SpanStatus => Self::SpanStatus,
            Dimension::SpanModelName => Self::SpanModelName,
            Dimension::SpanModelProvider => Self::SpanModelProvider,
            Dimension::AssessmentName | Dimension::AssessmentValue => return None,
        })
    }

    /// The column and the value that a filter compares; `None` for filters that need other rows.
    pub fn of_filter(filter: &MetricFilter) -> Option<(Self, &str)> {
        match filter {
            MetricFilter::TraceStatus(value) => Some((Self::Status, value)),
            MetricFilter::TraceTag { key, value } if key == tag_key::TRACE_NAME => {
                Some((Self::Name, value))
            }
            MetricFilter::SpanName(value) => Some((Self::SpanName, value)),
            MetricFilter::SpanType(value) => Some((Self::SpanType, value)),
            MetricFilter::SpanStatus(value) => Some((Self::SpanStatus, value)),
            MetricFilter::TraceTag { .. }
            | MetricFilter::TraceMetadata { .. }
            | MetricFilter::AssessmentName(_)
            | MetricFilter::AssessmentType(_) => None,
        }
    }

    pub fn is_of_spans(self) -> bool {
        Self::SpanStart as u8 <= self as u8
    }
}
