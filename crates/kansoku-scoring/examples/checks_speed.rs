//! How many traces a second each type of check judges on one core.
//!
//! `cargo run --release -p kansoku-scoring --example checks_speed`
use std::hint::black_box;
use std::time::{Duration, Instant};

use kansoku_model::{
    Assessment, AssessmentValue, Cost, ExperimentId, Money, SpanId, SpanRow, TokenUsage, TraceInfo,
};
use kansoku_otlp::{NormalizedSpan, ToolCall};
use kansoku_scoring::checks::{CATALOG, Check};
use kansoku_scoring::{ScoredSpan, ScoredTrace};
use kansoku_store::suite::build;
use serde_json::{Value, json};

const MEASURED: Duration = Duration::from_millis(500);
/// About 120 words.
const ANSWER: &str = "Your order AB-123456 was shipped on Tuesday and is expected to arrive on \
    Friday between 9:00 and 12:00. The parcel was handed to the courier in Hamburg, where it was \
    sorted in the evening. If nobody is at home, the courier leaves a card with the address of the \
    nearest parcel shop, which keeps the parcel for seven working days.\n\n\
    - **Tracking number**: 00340434161094042557\n\
    - **Items**: 2 of 2\n\
    - **Total**: 49.90 EUR, paid by card\n\n\
    You can change the place of delivery until Thursday at 18:00 in your account under *Orders*. \
    Should something be missing or damaged, send us a photo within 14 days, and we replace the item \
    or refund the price. Is there anything else that I can do for you?";

fn main() {
    let trace = typical_trace();
    let examples = CATALOG.iter().map(|info| (info.name, definition(info.example)));
    let checks: Vec<(&str, Check)> = examples
        .map(|(name, definition)| (name, Check::parse(&definition).expect("an example is valid")))
        .collect();
    println!("{:<18}{:>10}", "check", "traces/s");
    for (name, check) in &checks {
        println!("{name:<18}{:>10.0}", rate(|| drop(black_box(check.score(black_box(&trace))))));
    }
    for (title, left_out) in [("all together", ""), ("all but language", "language")] {
        let judge_all = || {
            for (_, check) in checks.iter().filter(|(name, _)| *name != left_out) {
                drop(black_box(check.score(black_box(&trace))));
            }
        };
        println!("{title:<18}{:>10.0}", rate(judge_all));
    }
}

/// The example of a type, for the answer as JSON where it needs that.
fn definition(example: &str) -> Value {
    let mut definition: Value = serde_json::from_str(example).expect("an example is JSON");
    if definition["type"] == "json_schema" {
        definition["field"] = json!("outputs");
    }
    definition
}

/// How often a second something can be done.
fn rate(mut act: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut times = 0_u32;
    while start.elapsed() < MEASURED {
        for _ in 0..10 {
            act();
        }
        times += 10;
    }
    f64::from(times) / start.elapsed().as_secs_f64()
}

/// An agent that calls a model twice and a tool six times.
fn typical_trace() -> ScoredTrace {
    let mut root = span(1, None, "AGENT");
    root.content.inputs = Some(json!({"messages": [
        {"role": "system", "content": "You help customers of a shop."},
        {"role": "user", "content": "Where is my order AB-123456?"},
    ]}));
    root.content.outputs = Some(json!({"answer": ANSWER, "confidence": 0.9}));
    let mut spans = vec![root, span(2, Some(1), "CHAT_MODEL"), span(3, Some(1), "CHAT_MODEL")];
    for id in 4..10 {
        let mut tool = span(id, Some(1), "TOOL");
        tool.content.tool_calls = vec![ToolCall {
            id: None,
            name: "order_status".to_owned(),
            arguments: json!({"order": "AB-123456", "page": id, "fields": ["state", "courier"]}),
            result: None,
        }];
        spans.push(tool);
    }
    let usage = TokenUsage { input_tokens: 900, output_tokens: 160, ..TokenUsage::default() };
    let usage = TokenUsage { total_tokens: 1060, ..usage };
    let cost = Cost::new(Money::from_dollars(0.002), Money::from_dollars(0.001));
    ScoredTrace::from_parts(info(), Some(usage), Some(cost), spans)
}

fn span(id: u64, parent: Option<u64>, span_type: &str) -> ScoredSpan {
    let row = SpanRow {
        span_id: SpanId(id),
        parent_id: parent.map(SpanId),
        name: span_type.to_lowercase(),
        span_type: Some(span_type.to_owned()),
        start_ns: id as i64,
        end_ns: Some(2_000_000_000),
        ..SpanRow::default()
    };
    ScoredSpan { row, content: NormalizedSpan::default() }
}

fn info() -> TraceInfo {
    let expected = AssessmentValue::Expectation(json!(ANSWER.replace("Friday", "Saturday")));
    let expectation =
        Assessment { value: expected, ..build::feedback(1, "expected_response", Value::Null) };
    TraceInfo { assessments: vec![expectation], ..build::info(1, ExperimentId::DEFAULT) }
}
