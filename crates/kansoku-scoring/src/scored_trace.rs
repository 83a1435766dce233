use std::collections::BTreeMap;

use kansoku_filter::eval::root_of;
use kansoku_model::{AssessmentValue, Cost, SpanRow, TokenUsage, TraceInfo};
use kansoku_otlp::{DecodeError, NormalizedSpan, SpanSet};
use kansoku_store::WholeTrace;
use serde_json::Value;

/// A trace with everything that scorers read.
#[derive(Clone, Debug)]
pub struct ScoredTrace {
    pub info: TraceInfo,
    pub usage: Option<TokenUsage>,
    pub cost: Option<Cost>,
    /// In the order of their start.
    pub spans: Vec<ScoredSpan>,
    /// The position of the root in `spans`; `None` if every span has a parent.
    root: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct ScoredSpan {
    pub row: SpanRow,
    pub content: NormalizedSpan,
}

impl ScoredTrace {
    /// Spans that were deleted between the reads of the rows and of the payload have no content.
    pub fn new(whole: WholeTrace) -> Result<Self, DecodeError> {
        let WholeTrace { info, usage, cost, rows, chunks, has_logs: _ } = whole;
        let payload = SpanSet::from_chunks(&chunks)?;
        let spans = rows.into_iter().map(|row| {
            let content = payload.normalized(row.span_id).unwrap_or_default();
            ScoredSpan { row, content }
        });
        Ok(Self::from_parts(info, usage, cost, spans.collect()))
    }

    pub fn from_parts(
        info: TraceInfo,
        usage: Option<TokenUsage>,
        cost: Option<Cost>,
        mut spans: Vec<ScoredSpan>,
    ) -> Self {
        spans.sort_by_key(|span| (span.row.start_ns, span.row.span_id.0));
        let root = root_of(spans.iter().map(|span| &span.row)).map(|root| root.span_id);
        let root = spans.iter().position(|span| Some(span.row.span_id) == root);
        Self { info, usage, cost, spans, root }
    }

    pub fn root(&self) -> Option<&ScoredSpan> {
        self.spans.get(self.root?)
    }

    /// The inputs of the root.
    pub fn inputs(&self) -> Option<&Value> {
        self.root()?.content.inputs.as_ref()
    }

    /// The outputs of the root.
    pub fn outputs(&self) -> Option<&Value> {
        self.root()?.content.outputs.as_ref()
    }

    /// The words of the request: the last user message of the root, or its inputs as plain text.
    pub fn request_text(&self) -> Option<String> {
        self.root()?.content.request_text()
    }

    /// The words of the response: the last assistant message of the root, or its outputs as plain
    /// text.
    pub fn response_text(&self) -> Option<String> {
        self.root()?.content.response_text()
    }

    /// The valid expectations by name; of several with one name, the latest.
    pub fn expectations(&self) -> BTreeMap<&str, &Value> {
        let mut assessments: Vec<_> = self.info.assessments.iter().filter(|it| it.valid).collect();
        assessments.sort_by_key(|assessment| assessment.last_update_time);
        let expectations = assessments.into_iter().filter_map(|it| match &it.value {
            AssessmentValue::Expectation(value) => Some((it.assessment_name.as_str(), value)),
            AssessmentValue::Feedback { .. } | AssessmentValue::Issue { .. } => None,
        });
        expectations.collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use kansoku_model::{Assessment, ExperimentId, SpanId, TimestampMs};
    use kansoku_store::suite::build::{feedback, info};
    use serde_json::json;

    use super::*;

    /// A span without content that runs from `start_ns` to `end_ns`.
    pub(crate) fn span(id: u64, parent: Option<u64>, name: &str, times: (i64, i64)) -> ScoredSpan {
        let row = SpanRow {
            span_id: SpanId(id),
            parent_id: parent.map(SpanId),
            name: name.to_owned(),
            start_ns: times.0,
            end_ns: Some(times.1),
            ..SpanRow::default()
        };
        ScoredSpan { row, content: NormalizedSpan::default() }
    }

    /// A trace of these spans.
    pub(crate) fn trace_of(spans: Vec<ScoredSpan>) -> ScoredTrace {
        let info = TraceInfo { execution_duration: None, ..info(1, ExperimentId::DEFAULT) };
        ScoredTrace::from_parts(info, None, None, spans)
    }

    /// A trace of one span with these inputs and outputs.
    pub(crate) fn trace(inputs: Value, outputs: Value) -> ScoredTrace {
        let mut root = span(1, None, "agent", (0, 1_000_000));
        root.content.inputs = Some(inputs);
        root.content.outputs = Some(outputs);
        trace_of(vec![root])
    }

    pub(crate) fn expectation(name: &str, value: Value, updated: i64) -> Assessment {
        Assessment {
            last_update_time: TimestampMs(updated),
            value: AssessmentValue::Expectation(value),
            ..feedback(1, name, Value::Null)
        }
    }

    #[test]
    fn the_root_is_the_earliest_span_without_a_parent() {
        let spans = vec![span(3, None, "late", (5, 9)), span(2, Some(9), "orphan", (0, 9))];
        let mut trace = trace_of([spans, vec![span(7, None, "agent", (1, 9))]].concat());
        assert_eq!(trace.root().unwrap().row.name, "agent");
        trace = trace_of(vec![span(2, Some(9), "orphan", (0, 9))]);
        assert!(trace.root().is_none() && trace.inputs().is_none());
    }

    #[test]
    fn the_latest_expectation_of_a_name_counts() {
        let mut trace = trace(json!("2+2?"), json!("4"));
        trace.info.assessments = vec![
            expectation("expected_response", json!("4"), 2),
            expectation("expected_response", json!("5"), 1),
        ];
        let invalid = expectation("expected_facts", json!(["x"]), 3);
        trace.info.assessments.push(Assessment { valid: false, ..invalid });
        assert_eq!(trace.expectations(), BTreeMap::from([("expected_response", &json!("4"))]));
    }
}
