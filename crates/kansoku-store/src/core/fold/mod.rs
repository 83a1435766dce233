//! The fold at ingest: a stored trace is opened, merged with the spans and infos that arrive, and
//! compared with its previous state.
//!
//! An engine loads and stores plain structs; this module does no I/O.
mod change;
pub mod client_overrides;
pub mod tags_and_metadata;
pub mod totals;
mod trace_info;
pub mod trace_row;

pub use change::{Change, TermDiff};
pub use trace_info::trace_info;
