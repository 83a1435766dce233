//! The JSON of traces in lists.
pub(crate) mod conversion;
mod shape;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TracePage {
    pub(crate) traces: Vec<TraceListItemJson>,
    pub(crate) next_page_token: Option<String>,
    /// If the time was up before the page was full: all traces since this time were searched, in
    /// milliseconds. The next page continues from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) covered_from_ms: Option<i64>,
}

/// A trace in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TraceListItem)]
pub(crate) struct TraceListItemJson {
    pub(crate) trace_id: String,
    pub(crate) experiment_id: String,
    pub(crate) client_request_id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) state: &'static str,
    /// Whether the trace ended well although a span failed.
    pub(crate) recovered: bool,
    pub(crate) request_time_ms: i64,
    pub(crate) duration_ms: Option<i64>,
    pub(crate) span_count: u64,
    pub(crate) failed_spans: u64,
    /// Plain text of the request; `output` is that of the response.
    pub(crate) input: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) error: Option<TraceError>,
    pub(crate) shape: Vec<ShapeSegment>,
    pub(crate) input_tokens: Option<u64>,
    pub(crate) output_tokens: Option<u64>,
    pub(crate) total_tokens: Option<u64>,
    pub(crate) cached_tokens: Option<u64>,
    /// In US dollars.
    pub(crate) cost: Option<f64>,
    /// Numbers by their names in filters; numbers that a trace does not have are absent.
    pub(crate) numbers: BTreeMap<String, i64>,
    /// The values of `columns` by the requested names; absent if none were requested, or if the trace
    /// is too large.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) values: Option<BTreeMap<String, Value>>,
    pub(crate) session: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) run_ids: Vec<String>,
    pub(crate) source: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) assessments: Vec<AssessmentRow>,
    /// Whether the trace is in the archive only, since retention deleted it elsewhere.
    pub(crate) is_archived: bool,
}

/// The failed span where the failure of a trace began.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceError {
    pub(crate) span_id: String,
    pub(crate) span: String,
    pub(crate) message: Option<String>,
}

/// A segment of the trace's time, which is scaled to 0 to 1000, with the type of the span that
/// worked in it.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ShapeSegment {
    pub(crate) start: u16,
    pub(crate) end: u16,
    pub(crate) r#type: String,
    pub(crate) failed: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessmentRow {
    pub(crate) assessment_id: String,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) value: Value,
    pub(crate) rationale: Option<String>,
    pub(crate) error: Option<String>,
    /// `good` or `bad` according to the feedback settings of the experiment; `not_judged` if the
    /// judge failed; `null` for values that are neither.
    pub(crate) verdict: Option<&'static str>,
    /// Whether yes, true and high numbers are good (`positive`), bad (`negative`) or neither
    /// (`neutral`); `null` unless it is feedback.
    pub(crate) polarity: Option<&'static str>,
    pub(crate) source_type: String,
    pub(crate) source_id: Option<String>,
    pub(crate) span_id: Option<String>,
    /// The name of the registered scorer that gave it; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) scorer: Option<String>,
    /// The trace of the judge that gave this feedback; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) scorer_trace_id: Option<String>,
    /// The session that it is about; absent if it is about the trace alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) session_id: Option<String>,
    /// The assessment that it corrects; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) overridden: Option<OverriddenAssessment>,
    pub(crate) create_time_ms: i64,
    pub(crate) update_time_ms: i64,
}

/// An assessment that another one corrects.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OverriddenAssessment {
    pub(crate) value: Value,
    pub(crate) rationale: Option<String>,
    pub(crate) source_type: String,
    pub(crate) source_id: Option<String>,
    /// The version of the scorer that gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) scorer_version: Option<String>,
    /// The trace of the judge that gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) scorer_trace_id: Option<String>,
}
