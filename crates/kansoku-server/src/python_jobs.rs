//! The interface of the queue of Python scorers, which the binary gives to the server.
use async_trait::async_trait;
use kansoku_model::{Assessment, DurationMs, ScorerVersion, TimestampMs, TraceId};
use kansoku_store::{JobId, StoreError};

/// Jobs that workers lease: each runs a Python scorer on a trace.
#[async_trait]
pub trait PythonJobs: Send + Sync {
    /// The name of the queue, whose subjects are the ids of scorers.
    fn queue(&self) -> &'static str;

    /// Whether a worker is connected.
    fn has_worker(&self) -> bool;

    /// Leases a job, but none of the scorers `except`; `None` if none is due.
    async fn lease(
        &self,
        lease: DurationMs,
        except: Vec<String>,
    ) -> Result<Option<PythonJob>, StoreError>;

    /// The trace of a leased job; `None` if its lease has ended.
    fn trace_of(&self, job: &JobId) -> Option<TraceId>;

    /// Stores the feedback of a leased job. Returns whether it was still leased.
    async fn answer(&self, job: &JobId, feedback: Vec<Assessment>) -> Result<bool, StoreError>;

    /// Makes a leased job due again. Returns whether it was still leased.
    async fn give_back(&self, job: &JobId) -> Result<bool, StoreError>;
}

/// A leased job.
#[derive(Clone, Debug)]
pub struct PythonJob {
    pub id: JobId,
    pub scorer: ScorerVersion,
    pub trace: TraceId,
    /// When the lease ends.
    pub until: TimestampMs,
}
