//! MLflow's wire formats: conversion between the model and the JSON of its v2, v3 and Databricks
//! APIs.
//!
//! Requests are read field by field through [`Fields`], by MLflow's lenient JSON rules; responses
//! are `serde` structs. Nothing here does I/O or depends on HTTP, except for the status of an
//! error.
pub mod assessment;
pub mod credential;
pub mod dataset;
pub mod error;
pub mod experiment;
pub mod fields;
mod flavor;
pub mod gateway;
pub mod ids;
pub mod issue;
pub mod label_schema;
pub mod logged_model;
pub mod page;
mod python_json;
pub mod registered_model;
pub mod review_queue;
pub mod run;
pub mod run_inputs;
mod run_name;
pub mod scheduled_scorer;
pub mod scorer;
mod serialize;
pub mod text_limits;
pub mod trace_info;
pub mod webhook;

pub use error::{ErrorBody, RequestError};
pub use fields::{FieldError, Fields};
pub use flavor::ClientFlavor;
