//! Facts about the server, asked through the real router over a real database.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod artifacts;
mod assessments;
mod auth;
mod bodies;
mod clock;
mod databricks;
mod experiment_list;
mod experiments;
mod filter_correlation;
mod given;
mod http;
mod ledger;
mod lists;
mod lists_sums;
mod live;
mod operations;
mod otlp;
mod otlp_read;
mod overview;
mod pricing;
mod routes;
mod runs;
mod search;
mod server;
mod service;
mod sessions;
mod skeleton;
mod span_meaning;
mod span_parts;
mod spans;
mod trace_edits;
mod trace_metrics;
mod traces;
mod traces_v2;
mod ui;
