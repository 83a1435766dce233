//! The fold at ingest: what is stored of a trace is opened, merged with what arrives, and
//! compared with what it was.
//!
//! An engine loads and stores plain structs; nothing here knows how.
mod change;
pub mod client_overrides;
pub mod tags_and_metadata;
pub mod totals;
mod trace_info;
pub mod trace_row;

pub use change::{Change, TermDiff};
pub use trace_info::trace_info;
