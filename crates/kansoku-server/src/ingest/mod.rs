//! Ingest of spans: one pipeline for OTLP over HTTP and gRPC, log records, and uploaded
//! `traces.json`.
//!
//! Each adapter reads its form of a request; [`pipeline`] decodes it, assigns an experiment to each
//! trace, computes costs, and stores it. An invalid span is counted and reported, but does not
//! affect the others. A success means that everything accepted is on disk. Whatever was rejected is
//! recorded in the [`ledger`] with the reason, to explain missing traces.
mod assign_experiment;
pub(crate) mod demo;
pub(crate) mod ledger;
pub(crate) mod otlp_grpc;
pub(crate) mod otlp_http;
mod otlp_response;
mod pipeline;
mod pricing;
pub(crate) mod traces_json;

use axum::http::HeaderMap;

pub use assign_experiment::ExperimentRules;
pub use demo::{Demo, DemoBatch, DemoCall, DemoCalls, DemoSource};
pub(crate) use otlp_http::routes;

/// The message for exporters of metrics.
const NO_METRICS: &str =
    "Kansoku keeps traces, no metrics; set OTEL_METRICS_EXPORTER=none, or send metrics elsewhere";

/// The trimmed text of a header; `None` if it is absent, empty, or not UTF-8.
fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    // `to_str` accepts only ASCII, but experiment names may be in any script.
    let text = std::str::from_utf8(headers.get(name)?.as_bytes()).ok()?.trim();
    (!text.is_empty()).then_some(text)
}
