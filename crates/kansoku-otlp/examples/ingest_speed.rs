//! Measures two ways to split a request: decoding it at once and encoding spans again, and scanning
//! it first and keeping spans in the bytes they were sent in.
//!
//! `cargo run --release -p kansoku-otlp --example ingest_speed`
use std::time::Instant;

use kansoku_otlp::{Encoding, Export, Signal, decode_protobuf, split};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use prost::Message;
use prost::bytes::Bytes;

const SPANS: usize = 512;
const ROUNDS: usize = 400;

fn main() {
    for (what, attributes, text_bytes) in
        [("small spans", 4, 8), ("model calls", 8, 400), ("dense spans", 64, 8)]
    {
        let body = Bytes::from(export(attributes, text_bytes));
        println!("{SPANS} {what}, {} bytes", body.len());
        // The two alternate, so that both run under the same load of the machine.
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            times[0].push(time(|| split(decode_protobuf(&body).expect("valid OTLP")).traces.len()));
            times[1].push(time(|| {
                let export = Export::open(Signal::Traces, Encoding::Protobuf, body.clone());
                let mut export = export.expect("valid OTLP");
                export.next_split().expect("valid OTLP").map_or(0, |split| split.traces.len())
            }));
        }
        for (how, times) in ["at once", "looked through"].iter().zip(&mut times) {
            times.sort_by(f64::total_cmp);
            println!(
                "  {how:14} {:7.1} µs at best, {:7.1} µs in the middle",
                times[0],
                times[ROUNDS / 2]
            );
        }
    }
}

fn time(work: impl Fn() -> usize) -> f64 {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed().as_secs_f64() * 1e6
}

fn export(attributes: usize, text_bytes: usize) -> Vec<u8> {
    let attribute = |n: usize| KeyValue {
        key: format!("gen_ai.request.attribute.{n}"),
        value: Some(AnyValue { value: Some(Any::StringValue("x".repeat(text_bytes))) }),
        ..KeyValue::default()
    };
    let span = |n: usize| Span {
        trace_id: vec![1 + (n / 16) as u8; 16],
        span_id: (n as u64 + 1).to_be_bytes().to_vec(),
        name: "call_model".to_owned(),
        start_time_unix_nano: 1_795_237_452_000_000_000,
        end_time_unix_nano: 1_795_237_453_000_000_000,
        attributes: (0..attributes).map(attribute).collect(),
        ..Span::default()
    };
    let scope_spans =
        vec![ScopeSpans { spans: (0..SPANS).map(span).collect(), ..Default::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..Default::default() }];
    TracesData { resource_spans }.encode_to_vec()
}
