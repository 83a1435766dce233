//! Rows of lists as they go over the wire.
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
}

/// A trace in one line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TraceListItem)]
pub(crate) struct TraceListItemJson {
    pub(crate) trace_id: String,
    pub(crate) experiment_id: String,
    pub(crate) client_request_id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) state: &'static str,
    /// It ended well although a span failed.
    pub(crate) recovered: bool,
    pub(crate) request_time_ms: i64,
    pub(crate) duration_ms: Option<i64>,
    pub(crate) span_count: u64,
    pub(crate) failed_spans: u64,
    /// Plain text of what was asked, and of what was answered.
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
    /// By the names that filters have for them; a trace may lack some.
    pub(crate) numbers: BTreeMap<String, i64>,
    pub(crate) session: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) run_ids: Vec<String>,
    pub(crate) source: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) assessments: Vec<AssessmentRow>,
}

/// The span where a trace's failure began.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceError {
    pub(crate) span_id: String,
    pub(crate) span: String,
    pub(crate) message: Option<String>,
}

/// A stretch of a trace's time, 0 to 1000, and the kind of span that worked in it.
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
    /// `good` or `bad` by the feedback settings of the experiment, `not_judged` where the judge
    /// failed; `null` for values that are neither.
    pub(crate) verdict: Option<&'static str>,
    /// Which end of the scale of a feedback is good: `positive`, `negative` or `neutral`; `null` for
    /// an expectation.
    pub(crate) polarity: Option<&'static str>,
    pub(crate) source_type: String,
    pub(crate) source_id: Option<String>,
    pub(crate) span_id: Option<String>,
    pub(crate) create_time_ms: i64,
    pub(crate) update_time_ms: i64,
}
