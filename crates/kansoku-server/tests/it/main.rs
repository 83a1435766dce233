//! Facts about the server, asked through the real router over a real database.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod api;
mod auth;
mod databricks;
mod fixtures;
mod http;
mod ingest;
mod layering;
mod maintenance;
mod mlflow;
mod routes;
mod test_server;
mod ui;
