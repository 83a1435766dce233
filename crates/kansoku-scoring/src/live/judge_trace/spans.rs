//! The spans of an attempt: a root, and below it the calls of the model and of tools.
use std::time::Instant;

use kansoku_model::{Rank, TagOrMetadata, TagOrMetadataKind, TokenUsage, TraceSpans};
use kansoku_otlp::split;
use serde_json::{Value, json};

use super::messages::{TextBudget, openai_message};
use super::span_list::{SpanList, SpanText};
use super::{JudgeRun, subject};
use crate::judges::{Exchange, JudgeFeedback, JudgeOutcome, ModelCall, Timing};
use crate::models::{ChatMessage, EndpointSettings};

/// How many bytes of inputs the spans of one trace have together. The calls of an exchange repeat
/// the messages of those before them.
const INPUT_BYTES_MAX: usize = 1 << 20;
/// The same for outputs, which are answers and results of tools.
const OUTPUT_BYTES_MAX: usize = 1 << 20;
/// How much of the judged request and response the root has.
const PREVIEW_BYTES_MAX: usize = 2_000;
/// MLflow's tag of traces that scorers cause.
const SOURCE_SCORER_TAG: &str = "mlflow.trace.sourceScorer";

/// The spans of the trace with this id, in the form in which they are stored.
pub(super) fn build(trace: u128, run: &JudgeRun<'_>, outcome: &JudgeOutcome) -> Vec<TraceSpans> {
    let mut builder = TraceBuilder {
        spans: SpanList::new(trace, run.start),
        inputs: TextBudget::new(INPUT_BYTES_MAX),
        outputs: TextBudget::new(OUTPUT_BYTES_MAX),
    };
    builder.push_root(run, outcome);
    for exchange in &outcome.exchanges {
        builder.push_exchange(run.client.settings(), exchange);
    }
    let mut spans = split(builder.spans.into_export()).traces;
    if let Some(first) = spans.first_mut() {
        let mut add = |kind, key: &str, value: String| {
            let entry = TagOrMetadata { rank: Rank::CLIENT, value: Some(value) };
            first.fold.add_tag_or_metadata(kind, key, entry);
        };
        add(TagOrMetadataKind::Tag, SOURCE_SCORER_TAG, run.version.name.clone());
        for (key, value) in subject::metadata(run) {
            add(TagOrMetadataKind::Metadata, key, value);
        }
    }
    spans
}

struct TraceBuilder {
    spans: SpanList,
    inputs: TextBudget,
    outputs: TextBudget,
}

impl TraceBuilder {
    fn push_root(&mut self, run: &JudgeRun<'_>, outcome: &JudgeOutcome) {
        let mut inputs = json!({});
        if let Some(session) = subject::judged_session(run.input) {
            inputs["session_id"] = session.into();
        }
        if let Some(trace) = subject::judged_trace(run.input) {
            inputs["trace_id"] = trace.info.trace_id.as_str().into();
            for (name, text) in [
                ("request", &trace.info.request_preview),
                ("response", &trace.info.response_preview),
            ] {
                if let Some(text) = text {
                    inputs[name] = TextBudget::new(PREVIEW_BYTES_MAX).take(text).into();
                }
            }
        }
        let feedbacks = outcome.feedbacks.iter().map(|it| feedback(it, &mut self.outputs));
        let outputs = Value::from_iter(feedbacks);
        let attributes = vec![
            ("mlflow.spanInputs", inputs.to_string()),
            ("mlflow.spanOutputs", outputs.to_string()),
        ];
        let timing = Timing { start: run.start.instant, end: Instant::now() };
        let span = SpanText { name: &run.version.name, span_type: "EVALUATOR", attributes };
        self.spans.push(span, timing, error_of(outcome));
    }

    fn push_exchange(&mut self, settings: &EndpointSettings, exchange: &Exchange) {
        for call in &exchange.calls {
            self.push_call(settings, call, &exchange.messages);
            self.push_tools(call, exchange.messages.get(call.sent_messages..).unwrap_or_default());
        }
    }

    fn push_call(
        &mut self,
        settings: &EndpointSettings,
        call: &ModelCall,
        messages: &[ChatMessage],
    ) {
        let mut attributes = vec![
            ("mlflow.llm.model", settings.model.clone()),
            ("mlflow.llm.provider", settings.provider.name().to_owned()),
            ("mlflow.message.format", "openai".to_owned()),
        ];
        // Servers that do not count tokens say zero.
        if call.usage != TokenUsage::default() {
            attributes.push(("mlflow.chat.tokenUsage", json!(call.usage).to_string()));
            if let Some(price) = settings.price {
                let (input, output) = price.input_and_output_cost(call.usage);
                let cost = json!({
                    "input_cost": input, "output_cost": output, "total_cost": input + output,
                });
                attributes.push(("mlflow.llm.cost", cost.to_string()));
            }
        }
        if let Some(sent) = messages.get(..call.sent_messages)
            && !sent.is_empty()
        {
            let sent = sent.iter().map(|message| openai_message(message, &mut self.inputs));
            let inputs = json!({"model": settings.model, "messages": Value::from_iter(sent)});
            attributes.push(("mlflow.spanInputs", inputs.to_string()));
        }
        if let Some(response @ ChatMessage::Assistant { .. }) = messages.get(call.sent_messages) {
            let message = openai_message(response, &mut self.outputs);
            let outputs = json!({"choices": [{"index": 0, "message": message}]});
            attributes.push(("mlflow.spanOutputs", outputs.to_string()));
        }
        let name = format!("chat {}", settings.model);
        let error = call.error.as_ref().map(ToString::to_string);
        self.spans.push(
            SpanText { name: &name, span_type: "CHAT_MODEL", attributes },
            call.timing,
            error,
        );
    }

    /// `response` begins with the message that calls the tools.
    fn push_tools(&mut self, call: &ModelCall, response: &[ChatMessage]) {
        let Some((ChatMessage::Assistant { tool_calls, .. }, results)) = response.split_first()
        else {
            return;
        };
        for ((tool, result), timing) in tool_calls.iter().zip(results).zip(&call.tool_timings) {
            let ChatMessage::Tool { name, content, .. } = result else { return };
            let attributes = vec![
                ("mlflow.spanInputs", tool.arguments.to_string()),
                ("mlflow.spanOutputs", json_or_text(self.outputs.take(content))),
            ];
            self.spans.push(SpanText { name, span_type: "TOOL", attributes }, *timing, None);
        }
    }
}

/// Why a judge gave no feedback at all.
fn error_of(outcome: &JudgeOutcome) -> Option<String> {
    let mut errors = outcome.feedbacks.iter().map(|it| it.feedback.error.as_ref());
    let first = errors.next()??;
    let all_failed = errors.all(|error| error.is_some());
    all_failed.then(|| first.error_message.clone().unwrap_or_default())
}

fn feedback(judged: &JudgeFeedback, budget: &mut TextBudget) -> Value {
    let JudgeFeedback { name, feedback, .. } = judged;
    let error = feedback.error.as_ref().and_then(|error| error.error_message.as_deref());
    let value = feedback.value.to_string();
    let kept = budget.take(&value);
    json!({
        "name": name,
        "value": if kept == value { feedback.value.clone() } else { kept.into() },
        "rationale": feedback.rationale.as_deref().map(|text| budget.take(text)),
        "error": error,
    })
}

/// A text that is JSON already, or else as a JSON string.
fn json_or_text(text: String) -> String {
    match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
        Ok(_) => text,
        Err(_) => Value::from(text).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_of_a_tool_is_stored_as_json() {
        assert_eq!(json_or_text(r#"{"a":1}"#.to_owned()), r#"{"a":1}"#);
        assert_eq!(json_or_text(r#"{"a":… (9 bytes"#.to_owned()), r#""{\"a\":… (9 bytes""#);
    }
}
