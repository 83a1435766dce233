//! Spans on their way in.
pub(crate) mod otlp;
pub(crate) mod pricing;
