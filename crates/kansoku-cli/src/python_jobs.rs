//! Gives the server the jobs of Python scorers.
use std::sync::Arc;

use async_trait::async_trait;
use kansoku_model::{Assessment, DurationMs};
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
        Ok(self.0.lease_python_job(lease, except).await?.map(leased_job))
    }

    fn leased(&self, job: &JobId) -> Option<PythonJob> {
        self.0.leased_python_job(job).map(leased_job)
    }

    async fn answer(&self, job: &JobId, feedback: Vec<Assessment>) -> Result<bool, StoreError> {
        self.0.answer_python_job(job, feedback).await
    }

    async fn give_back(&self, job: &JobId) -> Result<bool, StoreError> {
        self.0.give_back_python_job(job).await
    }
}

fn leased_job(job: kansoku_scoring::PythonJob) -> PythonJob {
    PythonJob {
        trace: job.trace_id().clone(),
        session_id: job.session_id().map(str::to_owned),
        id: job.id,
        scorer: job.version,
        traces: job.traces,
        until: job.until,
    }
}
