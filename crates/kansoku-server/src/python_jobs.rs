//! The interface of the queue of Python scorers, which the binary gives to the server.
use async_trait::async_trait;
use kansoku_model::{Assessment, DurationMs, ScorerVersion, TimestampMs, TraceId};
use kansoku_store::{JobId, StoreError};

/// Jobs that workers lease: each runs a Python scorer on a trace or a session.
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

    /// A job that is leased; `None` if its lease has ended.
    fn leased(&self, job: &JobId) -> Option<PythonJob>;

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
    /// The trace that gets the feedback, which is the first one of a session.
    pub trace: TraceId,
    /// The session that is assessed as a whole.
    pub session_id: Option<String>,
    /// The traces that the scorer reads, oldest first.
    pub traces: Vec<TraceId>,
    /// When the lease ends.
    pub until: TimestampMs,
}
