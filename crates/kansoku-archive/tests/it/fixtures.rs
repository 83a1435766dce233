//! Every trace of the fixtures renders to the same JSON from the archive.
use std::fs;
use std::path::PathBuf;

use kansoku_archive::tables::TraceKey;
use kansoku_model::{TraceId, TraceSpans};
use kansoku_otlp::{
    SpanSet, TracesData, decode_json, decode_logs_json, decode_protobuf, split, split_as,
    split_logs,
};
use kansoku_synth::demo::{DemoSpec, generate};
use kansoku_synth::load::{Conversation, Plan};

use crate::archive::{Archive, LAYOUTS, StoredTrace};

/// The traces of requests, as the hot store keeps them: one chunk per request.
fn group_by_trace(requests: impl IntoIterator<Item = TraceSpans>) -> Vec<StoredTrace> {
    let mut traces: Vec<StoredTrace> = Vec::new();
    for request in requests {
        let known = traces.iter().position(|trace| trace.id == request.trace_id);
        let index = known.unwrap_or_else(|| {
            let id = request.trace_id.clone();
            traces.push(StoredTrace { id, chunks: Vec::new(), logs: Vec::new() });
            traces.len() - 1
        });
        if !request.otlp.is_empty() {
            traces[index].chunks.push(request.otlp);
        }
        traces[index].logs.extend(request.logs.map(|logs| logs.otlp));
    }
    traces.sort_by(|a, b| a.id.cmp(&b.id));
    traces
}

pub(crate) fn recorded_traces() -> Vec<StoredTrace> {
    let folder =
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/fixtures/dialects"));
    let mut requests = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let body = fs::read(&path).unwrap();
        if name.ends_with(".mlflow.json") {
            continue;
        }
        let traces = match name.ends_with(".logs.json") {
            true => split_logs(decode_logs_json(&body).unwrap()).traces,
            false => split(decode_json(&body).unwrap()).traces,
        };
        assert!(!traces.is_empty() || name.ends_with(".logs.json"), "{name} has traces");
        requests.extend(traces);
    }
    group_by_trace(requests)
}

/// The traces of the demonstration.
fn demo_traces() -> Vec<StoredTrace> {
    let now_ns = 1_795_000_000_000_000_000;
    let spec = DemoSpec { seed: 1, traces: 60, days: 2, now_ns, key: 1 };
    let mut requests = Vec::new();
    generate(spec, &mut |trace| {
        requests.extend(split(TracesData { resource_spans: vec![trace.otlp] }).traces);
        Ok(())
    })
    .unwrap();
    group_by_trace(requests)
}

fn synthetic_traces() -> Vec<StoredTrace> {
    let plan = Plan::new(7, 4, 6);
    let mut bodies = Vec::new();
    for request in 0..10 {
        let mut body = Vec::new();
        plan.body(request, &mut body);
        bodies.push(body);
    }
    bodies.extend(Conversation::new(7, 0, 12).requests);
    bodies.extend(Conversation::new(7, 1, 3).requests);
    group_by_trace(bodies.iter().flat_map(|body| split(decode_protobuf(body).unwrap()).traces))
}

/// Renders a trace as MLflow's clients see it, in both forms.
fn render(trace: &StoredTrace) -> [String; 2] {
    let spans = SpanSet::with_logs(&trace.chunks, &trace.logs).unwrap();
    [spans.traces_json(&trace.id), spans.proto_json(&trace.id)]
        .map(|json| String::from_utf8(json).unwrap())
}

async fn assert_same_json(traces: &[StoredTrace]) {
    for layout in LAYOUTS {
        let archive = Archive::write(layout, traces).await;
        for trace in traces {
            let read = archive.read(&trace.id).await;
            assert_eq!(render(trace), render(&read), "{} in {layout:?}", trace.id);
        }
    }
}

#[tokio::test]
async fn every_recorded_trace_renders_to_the_same_json() {
    let traces = recorded_traces();
    assert!(30 < traces.len(), "{} traces", traces.len());
    assert!(traces.iter().any(|trace| !trace.logs.is_empty()));
    assert_same_json(&traces).await;
}

#[tokio::test]
async fn every_synthetic_trace_renders_to_the_same_json() {
    let traces = synthetic_traces();
    assert_eq!(traces.len(), 42);
    assert_same_json(&traces).await;
}

#[tokio::test]
async fn every_trace_of_the_demonstration_renders_to_the_same_json() {
    let traces = demo_traces();
    assert_eq!(traces.len(), 60);
    assert_same_json(&traces).await;
}

#[tokio::test]
async fn a_trace_with_an_id_of_its_client_comes_back() {
    let otel = Conversation::new(1, 1, 2).requests;
    let mut requests = Vec::new();
    for id in ["chosen", "0af7651916cd43dd8448eb211c80319c", "=", "trace:/a.b.c/1"] {
        let id = TraceId::try_from(id.to_owned()).unwrap();
        let data = otel.iter().map(|body| decode_protobuf(body).unwrap());
        requests.extend(data.flat_map(|data| split_as(data, &id).traces));
    }
    // The same spans in the trace that their own ids name.
    requests.extend(otel.iter().flat_map(|body| split(decode_protobuf(body).unwrap()).traces));
    let traces = group_by_trace(requests);
    assert_eq!(traces.len(), 5);
    let keys: std::collections::HashSet<_> =
        traces.iter().map(|trace| TraceKey::new(&trace.id)).collect();
    assert_eq!(keys.len(), 5);
    assert_same_json(&traces).await;
}

#[tokio::test]
async fn a_repeated_span_has_one_row_with_its_last_content() {
    let requests = Conversation::new(3, 1, 2).requests;
    let chunks: Vec<_> =
        requests.iter().flat_map(|body| split(decode_protobuf(body).unwrap()).traces).collect();
    let mut trace = group_by_trace(chunks.clone()).remove(0);
    let repeated = trace.chunks[0].clone();
    trace.chunks.push(repeated);
    for layout in LAYOUTS {
        let archive = Archive::write(layout, std::slice::from_ref(&trace)).await;
        let spans: usize = chunks.iter().map(|chunk| chunk.rows.len()).sum();
        assert_eq!(archive.spans.rows, spans as u64);
        assert_eq!(render(&archive.read(&trace.id).await), render(&trace));
    }
}
