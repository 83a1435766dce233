//! Files of small traces in memory.
use std::sync::Arc;

use arrow_array::RecordBatch;
use futures::TryStreamExt;
use kansoku_archive::files::{FileReader, FileWriter, RowRange, RowSelector, WrittenFile};
use kansoku_archive::tables::{
    Layout, PayloadBytes, RepeatedSpans, SpanRows, SpanSummary, Table, TraceRecord,
};
use kansoku_model::{TraceId, TraceInfo};
use object_store::ObjectStore;
use object_store::memory::InMemory;
use object_store::path::Path;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use prost::Message;

pub(crate) const START_NS: u64 = 1_795_000_000_123_456_789;

pub(crate) fn store() -> Arc<dyn ObjectStore> {
    Arc::new(InMemory::new())
}

pub(crate) fn writer(store: &Arc<dyn ObjectStore>, table: Table) -> FileWriter {
    FileWriter::new(store.clone(), Path::from("1.parquet"), table, Layout::V2).unwrap()
}

pub(crate) fn trace(n: u64) -> TraceId {
    TraceId::from_otel((u128::from(n) + 1).to_be_bytes())
}

/// A trace of `spans` spans, each with a text of this many bytes.
pub(crate) fn otlp(n: u64, spans: u64, text_bytes: usize) -> Vec<u8> {
    let attribute = |key: &str, text: String| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(Any::StringValue(text)) }),
        ..KeyValue::default()
    };
    let span = |at: u64| Span {
        trace_id: (u128::from(n) + 1).to_be_bytes().to_vec(),
        span_id: (n << 32 | (at + 1)).to_be_bytes().to_vec(),
        name: format!("span {at}"),
        start_time_unix_nano: START_NS + n * 1_000_000 + at * 1000,
        end_time_unix_nano: START_NS + n * 1_000_000 + at * 1000 + 500,
        attributes: vec![attribute("text", "t".repeat(text_bytes))],
        ..Span::default()
    };
    let resource = Resource {
        attributes: vec![attribute("service.name", "billing".to_owned())],
        ..Resource::default()
    };
    let scope_spans =
        vec![ScopeSpans { spans: (0..spans).map(span).collect(), ..ScopeSpans::default() }];
    let resource_spans =
        vec![ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }];
    TracesData { resource_spans }.encode_to_vec()
}

pub(crate) async fn write_spans(
    store: &Arc<dyn ObjectStore>,
    traces: &[(u64, Vec<u8>)],
) -> WrittenFile {
    let mut writer = writer(store, Table::Spans);
    let mut rows = SpanRows::new(Layout::V2);
    for (n, otlp) in traces {
        for batch in rows.append(&trace(*n), otlp, &mut RepeatedSpans::default()).unwrap() {
            writer.append(&batch).await.unwrap();
        }
    }
    if let Some(batch) = rows.finish() {
        writer.append(&batch).await.unwrap();
    }
    writer.finish().await.unwrap()
}

pub(crate) async fn open(
    store: &Arc<dyn ObjectStore>,
    file: &WrittenFile,
    table: Table,
) -> FileReader {
    FileReader::open(store.clone(), file.path.clone(), file.bytes, table).await.unwrap()
}

pub(crate) async fn read(
    reader: &FileReader,
    columns: Option<&[&str]>,
    rows: RowSelector,
    trace: Option<&TraceId>,
) -> Vec<RecordBatch> {
    reader.read(columns, rows, trace).unwrap().try_collect().await.unwrap()
}

pub(crate) fn rows_of(file: &WrittenFile, trace: &TraceId) -> Vec<RowRange> {
    file.traces.iter().filter(|it| it.trace == *trace).map(|it| it.rows).collect()
}

/// A trace without spans, as the first batch archives it.
pub(crate) fn record<'a>(info: &'a TraceInfo, spans: &'a SpanSummary) -> TraceRecord<'a> {
    let payload = PayloadBytes::default();
    TraceRecord { info, spans, span_rows: &[], run_ids: &[], batch: 1, payload }
}
