//! Tests of the server, with the real router and a real database.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod api;
mod auth;
mod databricks;
mod databricks_scorers;
mod fake_s3;
mod fixtures;
mod http;
mod ingest;
mod layering;
mod maintenance;
mod mlflow;
mod routes;
mod test_server;
mod ui;
