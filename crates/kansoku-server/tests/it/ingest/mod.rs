//! Ingest of spans.
pub(crate) mod otlp;
pub(crate) mod pricing;
