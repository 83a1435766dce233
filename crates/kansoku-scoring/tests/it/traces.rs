//! Traces to judge.
use kansoku_model::{Assessment, AssessmentValue, ExperimentId, SpanId, SpanRow, TimestampMs};
use kansoku_otlp::{Document, NormalizedSpan, ToolDefinition};
use kansoku_scoring::{ScoredSpan, ScoredTrace};
use kansoku_store::suite::build::{feedback, info};
use serde_json::{Value, json};

pub(crate) fn span(id: u64, parent: Option<u64>, name: &str, span_type: &str) -> ScoredSpan {
    let row = SpanRow {
        span_id: SpanId(id),
        parent_id: parent.map(SpanId),
        name: name.to_owned(),
        span_type: Some(span_type.to_owned()),
        start_ns: i64::try_from(id).unwrap(),
        end_ns: Some(1_000_000_000),
        ..SpanRow::default()
    };
    ScoredSpan { row, content: NormalizedSpan::default() }
}

pub(crate) fn trace_of(spans: Vec<ScoredSpan>) -> ScoredTrace {
    ScoredTrace::from_parts(info(1, ExperimentId::DEFAULT), None, None, spans)
}

pub(crate) fn trace(inputs: Value, outputs: Value) -> ScoredTrace {
    let mut root = span(1, None, "agent", "AGENT");
    root.content.inputs = Some(inputs);
    root.content.outputs = Some(outputs);
    trace_of(vec![root])
}

/// A trace that has what every built-in judge reads: two retrieved documents, a model with a tool,
/// a call of it, and expectations.
pub(crate) fn rich_trace() -> ScoredTrace {
    let mut spans = trace(json!("What is the capital of France?"), json!("It is Paris.")).spans;
    let mut retriever = span(2, Some(1), "retrieve", "RETRIEVER");
    let document = |text: &str| Document { text: text.to_owned(), ..Document::default() };
    retriever.content.documents =
        vec![document("Paris is the capital of France."), document("Cats sleep a lot.")];
    let mut model = span(3, Some(1), "model", "CHAT_MODEL");
    model.content.tool_definitions = vec![ToolDefinition {
        name: "search".to_owned(),
        description: Some("Searches the web".to_owned()),
        parameters: None,
    }];
    let mut tool = span(4, Some(1), "search", "TOOL");
    tool.content.inputs = Some(json!({"q": "capital of France"}));
    tool.content.outputs = Some(json!("Paris"));
    spans.extend([retriever, model, tool]);
    let mut trace = trace_of(spans);
    trace.info.assessments = vec![
        expectation("expected_response", json!("Paris is the capital.")),
        expectation("guidelines", json!(["Be brief."])),
    ];
    trace
}

pub(crate) fn expectation(name: &str, value: Value) -> Assessment {
    Assessment { value: AssessmentValue::Expectation(value), ..feedback(1, name, Value::Null) }
}

/// A session of one trace a turn.
pub(crate) fn session(turns: &[(&str, &str)]) -> Vec<ScoredTrace> {
    let turn = |(index, (request, response)): (usize, &(&str, &str))| {
        let mut turn = trace(json!(request), json!(response));
        turn.info.request_time = TimestampMs(i64::try_from(index).unwrap());
        turn
    };
    turns.iter().enumerate().map(turn).collect()
}
