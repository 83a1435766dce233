//! Logic that all engines share, independent of any database.
pub mod assessments;
pub mod blobs;
pub mod chunk_payload;
pub mod columns;
pub mod fold;
pub mod links;
pub mod list_bounds;
pub mod otlp_pages;
pub mod payload;
pub mod repricing;
pub mod runs;
pub mod scanned_trace;
pub mod search_token;
pub mod span_columns;
pub mod span_parts;
pub mod span_rows;
pub mod terms;
