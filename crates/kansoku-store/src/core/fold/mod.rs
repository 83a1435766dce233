//! The fold at ingest: what is stored of a trace is opened, merged with what arrives, and
//! compared with what it was.
//!
//! An engine loads and stores plain structs; nothing here knows how.
pub mod attached;
mod change;
pub mod client_overrides;
pub mod totals;
mod trace_info;
pub mod trace_row;

pub use change::{Change, TermDiff};
pub use trace_info::trace_info;
