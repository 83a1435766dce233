//! Other programs read the same values from the files as MLflow's clients get.
//!
//! `KANSOKU_READERS=/path/to/python cargo test -p kansoku-archive -- --ignored other_programs`, where
//! that Python has `deltalake`, `duckdb` with `duckdb-extension-delta`, `polars` and `pyarrow`.
use std::fs;
use std::path::Path as FilePath;
use std::process::Command;
use std::sync::Arc;

use arrow_array::RecordBatch;
use kansoku_archive::files::{FileWriter, local_store};
use kansoku_archive::tables::{
    AnnotationRows, Layout, LogRows, RepeatedSpans, SpanRows, SpanSummary, Table, TraceKey,
    TraceRows,
};
use kansoku_model::{ExperimentId, RunId, TimestampMs, TraceInfo, TraceState};
use kansoku_otlp::SpanSet;
use object_store::path::Path;
use serde_json::{Value, json};

use crate::archive::{LAYOUTS, StoredTrace};
use crate::fixtures::recorded_traces;
use crate::sample::record;

#[tokio::test]
#[ignore = "needs KANSOKU_READERS, a Python with readers of Delta tables"]
async fn other_programs_read_the_same_values() {
    let python = std::env::var("KANSOKU_READERS").unwrap();
    let traces = recorded_traces();
    for layout in LAYOUTS {
        let folder = tempfile::tempdir().unwrap();
        for table in Table::ALL {
            write_table(folder.path(), table, layout, rows(table, layout, &traces)).await;
        }
        let expected: Vec<Value> = traces.iter().map(expected_spans).collect();
        let expected = serde_json::to_vec(&expected).unwrap();
        fs::write(folder.path().join("expected.json"), expected).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers.py");
        let read = Command::new(&python).arg(script).arg(folder.path()).output().unwrap();
        let (out, errors) =
            (String::from_utf8_lossy(&read.stdout), String::from_utf8_lossy(&read.stderr));
        assert!(read.status.success(), "{layout:?}\n{out}\n{errors}");
        println!("{layout:?}\n{out}");
    }
}

/// The spans as MLflow's clients get them.
fn expected_spans(trace: &StoredTrace) -> Value {
    let spans = SpanSet::from_chunks(&trace.chunks).unwrap().traces_json(&trace.id);
    let spans: Value = serde_json::from_slice(&spans).unwrap();
    json!({
        "trace_id": trace.id.as_str(), "key": TraceKey::new(&trace.id).as_str(),
        "spans": spans["spans"],
    })
}

fn info(trace: &StoredTrace) -> TraceInfo {
    TraceInfo {
        trace_id: trace.id.clone(),
        experiment_id: ExperimentId(1),
        client_request_id: None,
        request_time: TimestampMs(1_795_000_000_123),
        execution_duration: None,
        state: TraceState::Ok,
        name: Some("fixture".to_owned()),
        request_preview: Some(format!("request of {}", trace.id)),
        response_preview: None,
        metadata: [("mlflow.trace.session".to_owned(), "s-1".to_owned())].into(),
        tags: [("stage".to_owned(), "beta".to_owned())].into(),
        assessments: Vec::new(),
        span_count: SpanSet::from_chunks(&trace.chunks).unwrap().len() as u64,
        finalized: true,
    }
}

fn rows(table: Table, layout: Layout, traces: &[StoredTrace]) -> Vec<RecordBatch> {
    let mut spans = SpanRows::new(layout);
    let mut logs = LogRows::new(layout);
    let mut annotations = AnnotationRows::new(layout);
    let mut records = TraceRows::new(layout);
    let mut batches = Vec::new();
    for trace in traces {
        match table {
            Table::Spans => {
                let mut repeated = RepeatedSpans::default();
                trace.chunks.iter().for_each(|it| repeated.add(&trace.id, it).unwrap());
                for chunk in &trace.chunks {
                    batches.extend(spans.append(&trace.id, chunk, &mut repeated).unwrap());
                }
            }
            Table::Logs => {
                let chunks = trace.logs.iter();
                batches.extend(chunks.flat_map(|it| logs.append(&trace.id, it).unwrap()));
            }
            Table::Annotations => {
                let runs = [RunId("r-1".to_owned())];
                batches.extend(annotations.append_trace(&info(trace), &runs, TimestampMs(5)));
            }
            Table::Metrics => {}
            Table::Traces => {
                let (info, spans) = (info(trace), SpanSummary::default());
                batches.extend(records.append(&record(&info, &spans)));
            }
        }
    }
    let rest = [spans.finish(), logs.finish(), annotations.finish(), records.finish()];
    batches.extend(rest.into_iter().flatten());
    batches
}

/// A table of one file, with the smallest log that readers accept.
async fn write_table(folder: &FilePath, table: Table, layout: Layout, batches: Vec<RecordBatch>) {
    let folder = folder.join(table.suffix());
    fs::create_dir_all(folder.join("_delta_log")).unwrap();
    let store = local_store(&folder).unwrap();
    let path = Path::from("part-1.parquet");
    let mut writer = FileWriter::new(Arc::clone(&store), path, table, layout).unwrap();
    for batch in &batches {
        writer.append(batch).await.unwrap();
    }
    let file = writer.finish().await.unwrap();
    let features = match table.delta_schema(layout).contains("\"variant\"") {
        true => vec!["variantType"],
        false => Vec::new(),
    };
    let properties: Value = table.properties(layout).into_iter().collect();
    let actions = [
        json!({"protocol": {
            "minReaderVersion": 3, "minWriterVersion": 7,
            "readerFeatures": features, "writerFeatures": features,
        }}),
        json!({"metaData": {
            "id": "6f1c0f3e-0000-4000-8000-000000000001", "schemaString": table.delta_schema(layout),
            "format": {"provider": "parquet", "options": {}},
            "partitionColumns": [], "configuration": properties, "createdTime": 0,
        }}),
        json!({"add": {
            "path": file.path.to_string(), "size": file.bytes, "partitionValues": {},
            "modificationTime": 0, "dataChange": true, "stats": file.statistics,
        }}),
    ];
    let log: String = actions.iter().map(|action| format!("{action}\n")).collect();
    fs::write(folder.join("_delta_log/00000000000000000000.json"), log).unwrap();
}
