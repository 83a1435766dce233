//! The way of spans to the store: one pipeline for OTLP over HTTP and gRPC, log records, and
//! uploaded `traces.json`.
//!
//! Each adapter reads its form of a request; [`pipeline`] decodes it, assigns each trace an
//! experiment, prices it and stores it. A bad span is counted and named, and never fails its
//! neighbours. A success means that what was accepted is on disk; whatever was rejected is
//! recorded in the [`ledger`] with the reason, so that "why do I see no traces?" has an answer.
mod assign_experiment;
pub(crate) mod ledger;
pub(crate) mod otlp_grpc;
pub(crate) mod otlp_http;
mod otlp_response;
mod pipeline;
mod pricing;
pub(crate) mod traces_json;

use axum::http::HeaderMap;

pub use assign_experiment::ExperimentRules;
pub(crate) use otlp_http::routes;

/// Answer to exporters of metrics.
const NO_METRICS: &str =
    "Kansoku keeps traces, no metrics; set OTEL_METRICS_EXPORTER=none, or send metrics elsewhere";

/// A header's text, trimmed; `None` where it is absent, empty, or not UTF-8.
fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    // `to_str` takes ASCII alone; experiment names may be in any script.
    let text = std::str::from_utf8(headers.get(name)?.as_bytes()).ok()?.trim();
    (!text.is_empty()).then_some(text)
}
