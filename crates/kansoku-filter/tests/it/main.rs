//! The search language in a real SQLite database.
#![allow(clippy::unwrap_used, reason = "test helpers are tests too")]

mod bad;
mod datasets;
mod docs;
mod experiments;
mod fixture;
mod good;
mod limits;
mod metrics;
mod paging;
mod patterns;
mod properties;
mod quotes;
mod registry;
mod required;
mod runs;
mod terms;
