//! The jobs of Python scorers, for workers: each leases a job, reads its traces, and answers with
//! feedback.
mod answer;
mod lease;

use axum::{http::Method, response::Response};
use kansoku_mlflow::{ClientFlavor, trace_info::TraceInfoV3};
use kansoku_model::{ErrorCode, Scope};
use kansoku_otlp::SpanForm;
use kansoku_store::JobId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    ApiError, App, PythonJobs,
    http::extract::Path,
    rendering::stored_trace::{self, SpanText},
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    let path = |rest: &str| format!("3.0/kansoku/worker/jobs/{rest}");
    routes.api(Scope::Worker, Method::POST, &path("lease"), lease::lease_job);
    routes.api(Scope::Worker, Method::GET, &path("{job_id}/traces/{trace_id}"), get_trace);
    routes.api(Scope::Worker, Method::POST, &path("{job_id}/feedback"), answer::answer_job);
    routes.api(Scope::Worker, Method::POST, &path("{job_id}/give-back"), answer::give_back_job);
}

/// The path of a route about one job.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct JobPath {
    job_id: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct TracePath {
    job_id: String,
    trace_id: String,
}

/// `GET /api/3.0/kansoku/worker/jobs/{job_id}/traces/{trace_id}`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/worker/jobs/{job_id}/traces/{trace_id}",
    summary = "A trace of a leased job, in the JSON of MLflow's files",
    params(TracePath),
    responses((status = 200, description = "`info` and `data`", content_type = "application/json")),
)]
async fn get_trace(
    app: App,
    Path(TracePath { job_id, trace_id }): Path<TracePath>,
) -> Result<Response, ApiError> {
    let job = JobId(job_id);
    let leased = jobs(&app)?.leased(&job).ok_or_else(|| lease_ended(&job))?;
    let mut traces = leased.traces.into_iter();
    let trace = traces.find(|trace| trace.as_str() == trace_id).ok_or_else(|| not_in_job(&job))?;
    let trace = stored_trace::open(&app, &trace).await?;
    let mut before = b"{\"info\":".to_vec();
    let info = TraceInfoV3::new(&trace.info, ClientFlavor::Plain);
    serde_json::to_writer(&mut before, &info).expect("its keys are texts");
    before.extend_from_slice(b",\"data\":{\"spans\":[");
    let text = SpanText { before, form: SpanForm::Stored, between: b",", after: b"]}}" };
    trace.render(text).answer().await
}

fn jobs(app: &App) -> Result<&dyn PythonJobs, ApiError> {
    let none = || ApiError::invalid("this server does not run scorers");
    app.python_jobs.as_deref().ok_or_else(none)
}

fn not_in_job(job: &JobId) -> ApiError {
    let message = format!("the job `{job}` does not read this trace; see its `trace_ids`");
    ApiError::new(ErrorCode::ResourceDoesNotExist, message)
}

fn lease_ended(job: &JobId) -> ApiError {
    let shown: String = job.as_str().chars().take(100).collect();
    let message = format!("the job `{shown}` is not leased, or its lease has ended");
    ApiError::new(ErrorCode::ResourceDoesNotExist, message)
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(lease::lease_job, get_trace, answer::answer_job, answer::give_back_job))]
pub(crate) struct Document;
