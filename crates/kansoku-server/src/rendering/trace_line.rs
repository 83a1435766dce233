//! A trace with its spans as one line of MLflow's JSON.
use kansoku_model::TraceInfo;
use kansoku_otlp::SpanForm;

use super::{
    stored_trace::{RenderedTrace, SpanText, StoredTrace},
    trace_json::info_v3,
};
use crate::params::client_flavor::ClientFlavor;

/// A trace with its spans, on one line.
pub(crate) fn trace_line(trace: StoredTrace, flavor: ClientFlavor) -> RenderedTrace {
    let before = before_spans(&trace.info, flavor);
    trace.render(SpanText { before, form: SpanForm::Proto, between: b",", after: b"]}" })
}

/// A trace up to its first span; `]}` ends it.
pub(crate) fn before_spans(info: &TraceInfo, flavor: ClientFlavor) -> Vec<u8> {
    format!("{{\"trace_info\":{},\"spans\":[", info_v3(info, flavor)).into_bytes()
}
