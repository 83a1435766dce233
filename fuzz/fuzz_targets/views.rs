//! Checks that hold for every accepted span, whatever its protocol.
use std::collections::{BTreeMap, HashSet};

use kansoku_model::{SpanId, SpanRow, TraceSpans};
use kansoku_otlp::{ChunkView, SpanSet, Split, decode_protobuf, split_as, traces_json};
use serde_json::Value;

/// Checks rejections, and reads each trace as clients do.
pub fn check(split: Split) {
    for rejected in split.rejected.samples() {
        assert!(!rejected.reason.is_empty());
    }
    for trace in &split.traces {
        check_trace(trace);
    }
}

fn check_trace(trace: &TraceSpans) {
    let rows = by_id(&trace.rows);
    assert_eq!(rows.len(), trace.rows.len(), "two rows for one span");

    let set =
        SpanSet::from_chunks(std::slice::from_ref(&trace.otlp)).expect("what we keep, we read");
    assert_eq!(set.len(), rows.len());
    let spans: Vec<Value> =
        serde_json::from_slice(&set.proto_json(&trace.trace_id)).expect("the view is JSON");
    assert_eq!(spans.len(), rows.len());

    let chunk = ChunkView::decode(&trace.otlp).expect("what we keep, we read");
    for span_id in rows.keys() {
        let json = chunk.json(*span_id).expect("a span of this chunk");
        serde_json::from_str::<Value>(&json).expect("the view is JSON");
        chunk.attribute(*span_id, "mlflow.spanInputs");
    }
    if !repeats_a_key(&trace.otlp) {
        check_file(&set, trace, &rows);
    }
}

/// Whether a span has an attribute key twice. OTLP does not define which value counts, and a file
/// can contain only one.
fn repeats_a_key(otlp: &[u8]) -> bool {
    let data = decode_protobuf(otlp).expect("what we keep, we read");
    let scopes = data.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    scopes.flat_map(|scope| &scope.spans).any(|span| {
        let mut seen = HashSet::new();
        !span.attributes.iter().all(|entry| seen.insert(&entry.key))
    })
}

/// Checks that the exported `traces.json` can be imported and has the same content.
fn check_file(set: &SpanSet, trace: &TraceSpans, rows: &BTreeMap<SpanId, &SpanRow>) {
    let file = set.traces_json(&trace.trace_id);
    let read = traces_json::parse(&file).expect("we read the file we wrote");
    let split = split_as(read, &trace.trace_id);
    assert!(split.rejected.is_empty(), "{:?}", split.rejected);
    let [again] = split.traces.as_slice() else { panic!("one trace became several") };
    let rows_again = by_id(&again.rows);
    assert_eq!(rows.len(), rows_again.len());
    for (span_id, row) in rows {
        assert_eq!(comparable(row), comparable(rows_again[span_id]));
    }
    let set =
        SpanSet::from_chunks(std::slice::from_ref(&again.otlp)).expect("what we keep, we read");
    let file_again = set.traces_json(&trace.trace_id);
    // Compared as parsed JSON: events and links contain a repeated key as often as it was sent.
    let read = |file: &[u8]| serde_json::from_slice::<Value>(file).expect("the file is JSON");
    assert_eq!(read(&file), read(&file_again));
}

/// The row without the span type `null`: a file contains a missing type as the text `null`, which
/// no client sends.
fn comparable(row: &SpanRow) -> SpanRow {
    let span_type = row.span_type.clone().filter(|name| name != "null");
    SpanRow { span_type, ..row.clone() }
}

fn by_id(rows: &[SpanRow]) -> BTreeMap<SpanId, &SpanRow> {
    rows.iter().map(|row| (row.span_id, row)).collect()
}
