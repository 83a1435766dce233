//! The end of a job: feedback, or giving it back.
use axum::Json;
use kansoku_mlflow::{Fields, assessment::read_assessment};
use kansoku_model::{Assessment, AssessmentValue, TimestampMs, TraceId};
use kansoku_store::JobId;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{JobPath, jobs, lease_ended};
use crate::{
    ApiError, App,
    http::extract::{JsonBody, Path},
};

/// The most feedback of one job.
const FEEDBACK_MAX: usize = 50;
/// The longest feedback, in bytes of its JSON.
const FEEDBACK_BYTES_MAX: usize = 64 << 10;

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Answer {
    /// MLflow's `Feedback` as JSON, at most 50, each at most 64 KiB long. Empty if the scorer has
    /// nothing to say; one with an `error` if it failed.
    #[schema(value_type = Vec<Object>)]
    feedback: Vec<Value>,
}

/// `POST /api/3.0/kansoku/worker/jobs/{job_id}/feedback`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/worker/jobs/{job_id}/feedback",
    summary = "Answer a leased job with feedback",
    params(JobPath),
    request_body = Answer,
    responses((status = 200, description = "The feedback is stored", body = Value)),
)]
pub(super) async fn answer_job(
    app: App,
    Path(JobPath { job_id }): Path<JobPath>,
    JsonBody(answer): JsonBody<Answer>,
) -> Result<Json<Value>, ApiError> {
    let (jobs, job) = (jobs(&app)?, JobId(job_id));
    let trace = jobs.leased(&job).ok_or_else(|| lease_ended(&job))?.trace;
    if FEEDBACK_MAX < answer.feedback.len() {
        let message = format!("`feedback` has more than {FEEDBACK_MAX} entries");
        return Err(ApiError::invalid(message));
    }
    let now = app.clock.now();
    let feedback = answer.feedback.into_iter().map(|given| read_feedback(given, &trace, now));
    match jobs.answer(&job, feedback.collect::<Result<_, _>>()?).await? {
        true => Ok(Json(json!({}))),
        false => Err(lease_ended(&job)),
    }
}

fn read_feedback(given: Value, trace: &TraceId, now: TimestampMs) -> Result<Assessment, ApiError> {
    if FEEDBACK_BYTES_MAX < given.to_string().len() {
        let kib = FEEDBACK_BYTES_MAX >> 10;
        return Err(ApiError::invalid(format!("feedback is at most {kib} KiB long")));
    }
    let Value::Object(given) = given else {
        return Err(ApiError::invalid("`feedback` must be a list of objects"));
    };
    let assessment = read_assessment(&Fields::new(given), trace.clone(), now)?;
    match assessment.value {
        AssessmentValue::Feedback { .. } => Ok(assessment),
        AssessmentValue::Expectation(_) | AssessmentValue::Issue { .. } => {
            Err(ApiError::invalid("a scorer gives feedback, and no expectations or issues"))
        }
    }
}

/// `POST /api/3.0/kansoku/worker/jobs/{job_id}/give-back`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/worker/jobs/{job_id}/give-back",
    summary = "Give a leased job back, so that another worker can lease it at once",
    params(JobPath),
    responses((status = 200, description = "It can be leased again", body = Value)),
)]
pub(super) async fn give_back_job(
    app: App,
    Path(JobPath { job_id }): Path<JobPath>,
) -> Result<Json<Value>, ApiError> {
    let job = JobId(job_id);
    match jobs(&app)?.give_back(&job).await? {
        true => Ok(Json(json!({}))),
        false => Err(lease_ended(&job)),
    }
}
