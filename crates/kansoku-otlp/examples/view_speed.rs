//! Measures each view of a trace of 1,000 spans.
//!
//! `cargo run --release -p kansoku-otlp --example view_speed`
use std::time::Instant;

use kansoku_model::TraceId;
use kansoku_otlp::{SpanSet, decode_json};
use prost::Message;
use serde_json::{Value, json};

const SPANS: usize = 1_000;
const ROUNDS: usize = 30;

fn main() {
    for (form, typed) in [("typed values", true), ("JSON text", false)] {
        let body = json!({ "resourceSpans": [{ "scopeSpans": [{
            "spans": (1..=SPANS).map(|n| span(n, typed)).collect::<Vec<_>>(),
        }]}]});
        let data = decode_json(body.to_string().as_bytes()).expect("valid OTLP/JSON");
        let chunk = [data.encode_to_vec()];
        let trace = TraceId::from_otel([1; 16]);
        let set = SpanSet::from_chunks(&chunk).expect("valid OTLP");
        println!("{SPANS} spans, {form}, {} bytes of OTLP", chunk[0].len());
        time("decode", || SpanSet::from_chunks(&chunk).map_or(0, |set| set.len()));
        time("traces/get", || set.proto_json(&trace).len());
        time("traces.json", || set.traces_json(&trace).len());
    }
}

fn time(what: &str, work: impl Fn() -> usize) {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("  {what:12} {:6.2} ms at best, {:6.2} ms in the middle", times[0], times[ROUNDS / 2]);
}

/// A model call with 1.3 KB of inputs and outputs, as MLflow's client sends it.
fn span(n: usize, typed: bool) -> Value {
    let prose = "The customer asks why \"order 4711\" has not left the warehouse.\nLook it up. ";
    let inputs = json!({ "messages": [
        { "role": "system", "content": "You answer questions about orders." },
        { "role": "user", "content": prose.repeat(8) },
    ], "model": "gpt-4o-mini", "temperature": 0.2 });
    let outputs = json!({ "choices": [{ "index": 0, "finish_reason": "stop",
        "message": { "role": "assistant", "content": prose.repeat(6) } }] });
    let usage = json!({ "input_tokens": 200, "output_tokens": 120, "total_tokens": 320 });
    let value = |value: &Value| if typed { any(value) } else { any(&value.to_string().into()) };
    json!({
        "traceId": "01".repeat(16),
        "spanId": format!("{n:016x}"),
        "parentSpanId": if n == 1 { String::new() } else { format!("{:016x}", n / 8 + 1) },
        "name": "call_model",
        "startTimeUnixNano": 1_795_237_452_000_000_000_u64 + n as u64,
        "endTimeUnixNano": 1_795_237_453_000_000_000_u64 + n as u64,
        "attributes": [
            { "key": "mlflow.traceRequestId", "value": any(&"tr-1".into()) },
            { "key": "mlflow.spanType", "value": any(&"CHAT_MODEL".into()) },
            { "key": "mlflow.spanInputs", "value": value(&inputs) },
            { "key": "mlflow.spanOutputs", "value": value(&outputs) },
            { "key": "mlflow.chat.tokenUsage", "value": value(&usage) },
            { "key": "mlflow.llm.model", "value": any(&"gpt-4o-mini".into()) },
        ],
        "status": { "code": 1 },
    })
}

fn any(value: &Value) -> Value {
    match value {
        Value::String(text) => json!({ "stringValue": text }),
        Value::Number(n) if n.is_f64() => json!({ "doubleValue": n }),
        Value::Number(n) => json!({ "intValue": n }),
        Value::Bool(flag) => json!({ "boolValue": flag }),
        Value::Null => json!({}),
        Value::Array(items) => {
            json!({ "arrayValue": { "values": items.iter().map(any).collect::<Vec<_>>() } })
        }
        Value::Object(fields) => {
            let entry =
                |(key, value): (&String, &Value)| json!({ "key": key, "value": any(value) });
            json!({ "kvlistValue": { "values": fields.iter().map(entry).collect::<Vec<_>>() } })
        }
    }
}
