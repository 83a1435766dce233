//! Queries over many traces: a metric, aggregated by dimensions and time buckets.
//!
//! The names are MLflow's. This module defines which aggregations and dimensions each metric
//! supports; additions to MLflow are marked.
use std::fmt;
use std::time::Duration;

use kansoku_filter::MetricFilter;
use kansoku_model::{ExperimentId, TimestampMs};

#[derive(Clone, Debug)]
pub struct MetricsQuery {
    pub experiments: Vec<ExperimentId>,
    pub metric: Metric,
    pub aggregations: Vec<Aggregation>,
    /// The dimensions to group by; each at most once, and supported by the metric.
    pub dimensions: Vec<Dimension>,
    /// Filters that must all match; only those on rows of the metric's view and on traces.
    pub filters: Vec<MetricFilter>,
    /// The length of a time bucket; buckets begin at multiples of it since 1970.
    pub bucket_seconds: Option<u32>,
    /// The range includes both ends.
    pub from: Option<TimestampMs>,
    pub to: Option<TimestampMs>,
    pub max_results: usize,
    pub deadline: Duration,
}

/// One group with its aggregated values, in the order of the query.
#[derive(Clone, Debug, PartialEq)]
pub struct DataPoint {
    /// The start of its time bucket.
    pub bucket: Option<TimestampMs>,
    pub dimensions: Vec<(Dimension, String)>,
    pub values: Vec<(Aggregation, f64)>,
}

/// The kind of rows that a metric aggregates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    Traces,
    Spans,
    Assessments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    TraceCount,
    /// The number of distinct sessions.
    SessionCount,
    /// In milliseconds.
    TraceLatency,
    TraceTokens(Tokens),
    /// In US dollars. An addition to MLflow.
    TraceCost(CostPart),
    SpanCount,
    /// In whole milliseconds.
    SpanLatency,
    /// In US dollars. The time range applies to the spans, not to their traces.
    SpanCost(CostPart),
    /// From the start of a span to its first token, in whole milliseconds. An addition to MLflow.
    TimeToFirstToken,
    AssessmentCount,
    /// Numbers, with `true` and "yes" as 1, `false` and "no" as 0.
    AssessmentValue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokens {
    Input,
    Output,
    Total,
    CacheRead,
    CacheCreation,
    CacheCreationAbove1hr,
    Reasoning,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostPart {
    Input,
    Output,
    Total,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregation {
    Count,
    Sum,
    Avg,
    Min,
    Max,
    /// 0 to 100; interpolated between the two nearest values.
    Percentile(f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    TraceName,
    TraceStatus,
    SpanName,
    SpanType,
    SpanStatus,
    SpanModelName,
    SpanModelProvider,
    AssessmentName,
    /// The JSON text of the value.
    AssessmentValue,
}

const TRACE_METRICS: &[(&str, Metric)] = &[
    ("trace_count", Metric::TraceCount),
    ("session_count", Metric::SessionCount),
    ("latency", Metric::TraceLatency),
    ("input_tokens", Metric::TraceTokens(Tokens::Input)),
    ("output_tokens", Metric::TraceTokens(Tokens::Output)),
    ("total_tokens", Metric::TraceTokens(Tokens::Total)),
    ("cache_read_input_tokens", Metric::TraceTokens(Tokens::CacheRead)),
    ("cache_creation_input_tokens", Metric::TraceTokens(Tokens::CacheCreation)),
    // Additions to MLflow from here on.
    ("cache_creation_input_tokens_above_1hr", Metric::TraceTokens(Tokens::CacheCreationAbove1hr)),
    ("reasoning_output_tokens", Metric::TraceTokens(Tokens::Reasoning)),
    ("input_cost", Metric::TraceCost(CostPart::Input)),
    ("output_cost", Metric::TraceCost(CostPart::Output)),
    ("total_cost", Metric::TraceCost(CostPart::Total)),
];

const SPAN_METRICS: &[(&str, Metric)] = &[
    ("span_count", Metric::SpanCount),
    ("latency", Metric::SpanLatency),
    ("input_cost", Metric::SpanCost(CostPart::Input)),
    ("output_cost", Metric::SpanCost(CostPart::Output)),
    ("total_cost", Metric::SpanCost(CostPart::Total)),
    // An addition to MLflow.
    ("time_to_first_token", Metric::TimeToFirstToken),
];

const ASSESSMENT_METRICS: &[(&str, Metric)] =
    &[("assessment_count", Metric::AssessmentCount), ("assessment_value", Metric::AssessmentValue)];

impl View {
    /// The metrics of this view by name.
    pub fn metrics(self) -> &'static [(&'static str, Metric)] {
        match self {
            Self::Traces => TRACE_METRICS,
            Self::Spans => SPAN_METRICS,
            Self::Assessments => ASSESSMENT_METRICS,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "TRACES",
            Self::Spans => "SPANS",
            Self::Assessments => "ASSESSMENTS",
        }
    }
}

impl Metric {
    pub fn view(self) -> View {
        match self {
            Self::TraceCount
            | Self::SessionCount
            | Self::TraceLatency
            | Self::TraceTokens(_)
            | Self::TraceCost(_) => View::Traces,
            Self::SpanCount | Self::SpanLatency | Self::SpanCost(_) | Self::TimeToFirstToken => {
                View::Spans
            }
            Self::AssessmentCount | Self::AssessmentValue => View::Assessments,
        }
    }

    /// The names of the supported aggregations, in alphabetical order.
    pub fn aggregations(self) -> &'static [&'static str] {
        match self {
            Self::TraceCount | Self::SessionCount | Self::SpanCount | Self::AssessmentCount => {
                &["COUNT"]
            }
            Self::TraceLatency
            | Self::SpanLatency
            | Self::TimeToFirstToken
            | Self::AssessmentValue => &["AVG", "MAX", "MIN", "PERCENTILE"],
            Self::TraceTokens(_) | Self::TraceCost(_) | Self::SpanCost(_) => {
                &["AVG", "MAX", "MIN", "PERCENTILE", "SUM"]
            }
        }
    }

    /// The supported dimensions, in alphabetical order. Additions to MLflow are the trace status
    /// for latency, tokens and cost, and the dimensions of spans that MLflow supports only for
    /// their count.
    pub fn dimensions(self) -> &'static [Dimension] {
        match self {
            Self::SessionCount => &[],
            Self::TraceCount | Self::TraceLatency | Self::TraceTokens(_) | Self::TraceCost(_) => {
                &[Dimension::TraceName, Dimension::TraceStatus]
            }
            Self::SpanCount | Self::SpanLatency | Self::SpanCost(_) | Self::TimeToFirstToken => &[
                Dimension::SpanModelName,
                Dimension::SpanModelProvider,
                Dimension::SpanName,
                Dimension::SpanStatus,
                Dimension::SpanType,
            ],
            Self::AssessmentCount => &[Dimension::AssessmentName, Dimension::AssessmentValue],
            Self::AssessmentValue => &[Dimension::AssessmentName],
        }
    }
}

impl Aggregation {
    /// Its name in [`Metric::aggregations`].
    pub fn kind(self) -> &'static str {
        match self {
            Self::Count => "COUNT",
            Self::Sum => "SUM",
            Self::Avg => "AVG",
            Self::Min => "MIN",
            Self::Max => "MAX",
            Self::Percentile(_) => "PERCENTILE",
        }
    }
}

/// The key of the value in a response, such as `COUNT` or `P90.0`.
impl fmt::Display for Aggregation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percentile(percent) => write!(f, "P{percent:?}"),
            other => f.write_str(other.kind()),
        }
    }
}

impl Dimension {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TraceName => "trace_name",
            Self::TraceStatus => "trace_status",
            Self::SpanName => "span_name",
            Self::SpanType => "span_type",
            Self::SpanStatus => "span_status",
            Self::SpanModelName => "span_model_name",
            Self::SpanModelProvider => "span_model_provider",
            Self::AssessmentName => "assessment_name",
            Self::AssessmentValue => "assessment_value",
        }
    }
}
