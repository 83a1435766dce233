//! The fold at ingest: what is stored of a trace is opened, merged with what arrives, and
//! compared with what it was.
//!
//! An engine loads and stores plain structs; nothing here knows how.
pub mod attached;
mod change;
pub mod client_overrides;
pub mod totals;
pub mod trace_row;

pub use change::{Change, TermDiff};
