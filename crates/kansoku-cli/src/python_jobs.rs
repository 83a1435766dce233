//! Gives the server the jobs of Python scorers.
use std::sync::Arc;

use async_trait::async_trait;
use kansoku_model::{Assessment, DurationMs, TraceId};
use kansoku_scoring::{LiveScoring, PYTHON_JOBS};
use kansoku_server::{PythonJob, PythonJobs};
use kansoku_store::{JobId, StoreError};

/// Leases the jobs of live scoring.
pub(crate) struct LeasedJobs(pub(crate) Arc<LiveScoring>);

#[async_trait]
impl PythonJobs for LeasedJobs {
    fn queue(&self) -> &'static str {
        PYTHON_JOBS
    }

    fn has_worker(&self) -> bool {
        self.0.has_python_worker()
    }

    async fn lease(
        &self,
        lease: DurationMs,
        except: Vec<String>,
    ) -> Result<Option<PythonJob>, StoreError> {
        let job = self.0.lease_python_job(lease, except).await?;
        Ok(job.map(|job| PythonJob {
            id: job.id,
            scorer: job.version,
            trace: job.trace,
            until: job.until,
        }))
    }

    fn trace_of(&self, job: &JobId) -> Option<TraceId> {
        Some(self.0.leased_python_job(job)?.trace)
    }

    async fn answer(&self, job: &JobId, feedback: Vec<Assessment>) -> Result<bool, StoreError> {
        self.0.answer_python_job(job, feedback).await
    }

    async fn give_back(&self, job: &JobId) -> Result<bool, StoreError> {
        self.0.give_back_python_job(job).await
    }
}
