//! Judges and model clients against an HTTP server that answers as a model would, or worse.
#![allow(clippy::unwrap_used, reason = "tests")]
mod built_in_judges;
mod fixtures;
mod injection;
mod judge_traces;
mod live;
mod live_answers;
mod live_backfills;
mod live_budgets;
mod live_failures;
mod live_python;
mod live_sessions;
mod live_world;
mod model_errors;
mod model_server;
mod template_judges;
mod traces;
mod wire_formats;
