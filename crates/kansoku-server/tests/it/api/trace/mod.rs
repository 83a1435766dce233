//! One trace, read page by page.
pub(crate) mod find;
pub(crate) mod normalized_span;
pub(crate) mod otlp;
pub(crate) mod span_parts;
pub(crate) mod span_tree;
pub(crate) mod spans;
