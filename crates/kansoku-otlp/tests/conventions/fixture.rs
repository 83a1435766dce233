//! A recording: the spans and log records that were sent, and MLflow's result for the spans.
use std::fs;
use std::path::PathBuf;

use kansoku_model::{SpanRow, TraceFold, TraceId, TraceSpans};
use kansoku_otlp::{
    NormalizedSpan, Span, SpanSet, TracesData, decode_json, decode_logs_json, split, split_logs,
};
use serde_json::Value;

pub(crate) struct Fixture {
    /// `openinference-langchain`, `claude-code.documented`
    pub(crate) name: String,
    /// The spans as they were sent.
    pub(crate) sent: Vec<Span>,
    /// Traces of spans, followed by traces that were made from coding agents' log records.
    pub(crate) traces: Vec<Trace>,
    pub(crate) has_logs: bool,
    /// The rejected log records, with the reasons.
    pub(crate) refused: Vec<String>,
    /// MLflow's result for the spans alone, since it stores no log records.
    pub(crate) mlflow: Option<Value>,
}

pub(crate) struct Trace {
    pub(crate) id: TraceId,
    pub(crate) rows: Vec<SpanRow>,
    pub(crate) fold: TraceFold,
    pub(crate) spans: SpanSet,
    /// The stored bytes from which the spans were read.
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) logs: Vec<Vec<u8>>,
}

impl Trace {
    /// The normalized spans: the root, then the others by start.
    pub(crate) fn normalized_spans(&self) -> Vec<(&SpanRow, NormalizedSpan)> {
        let mut rows: Vec<&SpanRow> = self.rows.iter().collect();
        rows.sort_by_key(|row| (row.parent_id.is_some(), row.start_ns, row.span_id));
        let normalized =
            |row: &SpanRow| self.spans.normalized(row.span_id).expect("a row has a span");
        rows.into_iter().map(|row| (row, normalized(row))).collect()
    }
}

pub(crate) fn all() -> Vec<Fixture> {
    let entries = fs::read_dir(folder()).expect("the fixtures are in the repository");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("the folder can be listed").file_name())
        .filter_map(|name| Some(name.to_str()?.strip_suffix(".json")?.to_owned()))
        .filter(|name| !name.ends_with(".mlflow"))
        .map(|name| name.trim_end_matches(".logs").to_owned())
        .collect();
    names.sort();
    names.dedup();
    names.into_iter().map(load).collect()
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/fixtures/dialects"))
}

fn load(name: String) -> Fixture {
    let read = |ending: &str| fs::read(folder().join(format!("{name}.{ending}"))).ok();
    let spans = read("json").map(|body| decode_json(&body).expect("spans in OTLP's JSON"));
    let logs = read("logs.json").map(|body| decode_logs_json(&body).expect("logs in OTLP's JSON"));
    let mlflow = read("mlflow.json").map(|body| serde_json::from_slice(&body).expect("JSON"));
    let sent = spans.as_ref().map(spans_of).unwrap_or_default();

    let of_spans = spans.map(split).unwrap_or_default();
    assert!(of_spans.rejected.is_empty(), "{name}: {:?}", of_spans.rejected);
    let has_logs = logs.is_some();
    let of_logs = logs.map(split_logs).unwrap_or_default();
    let refused =
        of_logs.rejected.samples().iter().map(|it| format!("{}: {}", it.span_name, it.reason));
    let mut traces: Vec<Kept> = Vec::new();
    for part in of_spans.traces.into_iter().chain(of_logs.traces) {
        match traces.iter_mut().find(|trace| trace.id == part.trace_id) {
            Some(trace) => trace.add(part),
            None => {
                let mut trace = Kept::new(part.trace_id.clone());
                trace.add(part);
                traces.push(trace);
            }
        }
    }
    let traces = traces.into_iter().map(Kept::finish).collect();
    Fixture { name, sent, traces, has_logs, refused: refused.collect(), mlflow }
}

fn spans_of(data: &TracesData) -> Vec<Span> {
    let scopes = data.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    scopes.flat_map(|scope| &scope.spans).cloned().collect()
}

/// The parts of one trace that a store would keep.
struct Kept {
    id: TraceId,
    rows: Vec<SpanRow>,
    fold: TraceFold,
    chunks: Vec<Vec<u8>>,
    logs: Vec<Vec<u8>>,
}

impl Kept {
    fn new(id: TraceId) -> Self {
        let fold = TraceFold::default();
        Self { id, rows: Vec::new(), fold, chunks: Vec::new(), logs: Vec::new() }
    }

    fn add(&mut self, part: TraceSpans) {
        self.rows.extend(part.rows);
        self.fold = std::mem::take(&mut self.fold).merge(part.fold);
        self.chunks.push(part.otlp);
        self.logs.extend(part.logs.map(|logs| logs.otlp));
    }

    fn finish(self) -> Trace {
        let spans = SpanSet::with_logs(&self.chunks, &self.logs).expect("what was kept is read");
        let Self { id, rows, fold, chunks, logs } = self;
        Trace { id, rows, fold, spans, chunks, logs }
    }
}
