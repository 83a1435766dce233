//! A trace with its spans as one line of MLflow's JSON.
use kansoku_mlflow::{ClientFlavor, trace_info::TraceInfoV3};
use kansoku_model::TraceInfo;
use kansoku_otlp::SpanForm;

use super::stored_trace::{RenderedTrace, SpanText, StoredTrace};

/// A trace with its spans, on one line.
pub(crate) fn trace_line(trace: StoredTrace, flavor: ClientFlavor) -> RenderedTrace {
    let before = before_spans(&trace.info, flavor);
    trace.render(SpanText { before, form: SpanForm::Proto, between: b",", after: b"]}" })
}

/// The JSON of a trace up to its first span; `]}` ends it.
pub(crate) fn before_spans(info: &TraceInfo, flavor: ClientFlavor) -> Vec<u8> {
    let mut json = b"{\"trace_info\":".to_vec();
    serde_json::to_writer(&mut json, &TraceInfoV3::new(info, flavor)).expect("its keys are texts");
    json.extend_from_slice(b",\"spans\":[");
    json
}
