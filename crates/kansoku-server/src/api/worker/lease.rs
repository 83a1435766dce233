//! Leasing a job, with waiting for one.
use std::time::Duration;

use axum::Json;
use kansoku_model::{DurationMs, TraceId};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;

use super::jobs;
use crate::{ApiError, App, PythonJob, http::extract::JsonBody};

/// How long a request may wait for a job, in seconds.
const WAIT_S_MAX: u64 = 30;
/// How long a job may be leased, in seconds.
const LEASE_S_MIN: i64 = 10;
const LEASE_S_MAX: i64 = 3_600;
const LEASE_S_DEFAULT: i64 = 120;
/// The most scorers that a request leaves out.
const EXCEPT_MAX: usize = 100;
/// When a waiting request looks again: a lease that ends wakes nobody.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct LeaseRequest {
    /// How long to wait for a job, in seconds: at most 30, and 0 without it.
    wait_s: Option<u64>,
    /// When the job goes to another worker, in seconds: from 10 to 3600, and 120 without it.
    lease_s: Option<i64>,
    /// The ids of scorers whose jobs are left out; at most 100.
    except_scorers: Option<Vec<String>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Lease {
    /// `null` if there was none in time.
    job: Option<LeasedJob>,
}

/// A Python scorer is to assess a trace or a session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LeasedJob {
    job_id: String,
    /// When the lease ends.
    lease_end_ms: i64,
    experiment_id: String,
    scorer_id: String,
    scorer_name: String,
    scorer_version: i64,
    /// The scorer as MLflow's client registered it: JSON with its code.
    serialized_scorer: String,
    /// The session that is assessed as a whole; `null` if a single trace is.
    session_id: Option<String>,
    /// The trace, or the latest ones of the session, oldest first.
    trace_ids: Vec<String>,
}

impl From<PythonJob> for LeasedJob {
    fn from(job: PythonJob) -> Self {
        let PythonJob { id, scorer, trace: _, session_id, traces, until } = job;
        Self {
            job_id: id.0,
            lease_end_ms: until.0,
            experiment_id: scorer.experiment_id.to_string(),
            scorer_id: scorer.scorer_id,
            scorer_name: scorer.name,
            scorer_version: scorer.version,
            serialized_scorer: scorer.serialized,
            session_id,
            trace_ids: traces.iter().map(TraceId::to_string).collect(),
        }
    }
}

/// `POST /api/3.0/kansoku/worker/jobs/lease`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/worker/jobs/lease",
    summary = "Lease a job of a Python scorer, or wait for one",
    request_body = LeaseRequest,
    responses((status = 200, body = Lease)),
)]
pub(super) async fn lease_job(
    app: App,
    JsonBody(request): JsonBody<LeaseRequest>,
) -> Result<Json<Lease>, ApiError> {
    let wait_s = request.wait_s.unwrap_or(0);
    if WAIT_S_MAX < wait_s {
        return Err(ApiError::invalid(format!("`wait_s` is at most {WAIT_S_MAX}")));
    }
    let lease_s = request.lease_s.unwrap_or(LEASE_S_DEFAULT);
    if !(LEASE_S_MIN..=LEASE_S_MAX).contains(&lease_s) {
        let message = format!("`lease_s` is from {LEASE_S_MIN} to {LEASE_S_MAX}");
        return Err(ApiError::invalid(message));
    }
    let except = request.except_scorers.unwrap_or_default();
    if EXCEPT_MAX < except.len() {
        let message = format!("`except_scorers` has more than {EXCEPT_MAX} entries");
        return Err(ApiError::invalid(message));
    }
    let (jobs, lease) = (jobs(&app)?, DurationMs(lease_s * 1_000));
    let deadline = Instant::now() + Duration::from_secs(wait_s);
    let (mut added, stop) = (app.jobs.jobs_added(), app.event_streams.stopped());
    loop {
        added.borrow_and_update();
        if let Some(job) = jobs.lease(lease, except.clone()).await? {
            return Ok(Json(Lease { job: Some(job.into()) }));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || stop.is_cancelled() {
            return Ok(Json(Lease { job: None }));
        }
        tokio::select! {
            () = stop.cancelled() => {}
            _ = added.changed() => {}
            () = sleep(left.min(LOOK_AGAIN)) => {}
        }
    }
}
