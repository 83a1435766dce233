//! One trace, read in parts.
pub(crate) mod find;
pub(crate) mod otlp;
pub(crate) mod span_meaning;
pub(crate) mod span_parts;
pub(crate) mod span_tree;
pub(crate) mod spans;
