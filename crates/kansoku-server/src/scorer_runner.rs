//! The interface of the engine that runs scorers, which the binary gives to the server.
use async_trait::async_trait;
use kansoku_model::{Backfill, ExperimentId, FeedbackError, TraceId};
use kansoku_store::StoreError;
use serde_json::Value;

/// Knows and runs the scorers that this server can run.
#[async_trait]
pub trait ScorerRunner: Send + Sync {
    /// The kind of a registered scorer. Fails with the reason if it cannot be run.
    fn kind(&self, serialized: &str) -> Result<ScorerKind, String>;

    /// Fails with the reason if the definition of a check is invalid.
    fn validate_check(&self, definition: &Value) -> Result<(), String>;

    /// The types of checks, with their fields.
    fn check_types(&self) -> Value;

    /// The models that the settings name.
    fn models(&self) -> Vec<ScorerModel>;

    /// Runs a scorer on a trace, and stores nothing.
    async fn try_scorer(
        &self,
        serialized: &str,
        trace: &TraceId,
    ) -> Result<Vec<ScorerTrial>, StoreError>;

    /// Runs the latest version of a scorer for its failures, or for those with these ids. Returns the
    /// number of jobs.
    async fn retry_failures(
        &self,
        experiment: ExperimentId,
        scorer: &str,
        ids: Option<&[String]>,
    ) -> Result<usize, StoreError>;

    /// Runs the latest version of a scorer on traces again. Returns the number of traces and sessions
    /// that it assesses.
    async fn rescore(
        &self,
        experiment: ExperimentId,
        scorer: &str,
        traces: &[TraceId],
    ) -> Result<usize, StoreError>;

    /// Goes on with a backfill that was created or changed.
    fn wake_backfills(&self);

    /// The number of traces and sessions that wait for a scorer of a backfill.
    async fn count_waiting(&self, backfill: &Backfill) -> Result<u64, StoreError>;

    /// Sets the gauges of what waits for scorers, before metrics are read.
    async fn record_gauges(&self) -> Result<(), StoreError>;

    /// The queue of judges, whose subjects are the ids of scorers.
    fn queue(&self) -> &'static str;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScorerKind {
    Check,
    Judge {
        model: Option<String>,
        /// Whether it judges whole sessions.
        is_session_level: bool,
        /// Whether the cost of the model's tokens is known.
        is_price_known: bool,
    },
    /// A function made with `@scorer`, which a worker runs.
    Python,
}

/// A model that judges can ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScorerModel {
    pub uri: String,
    pub provider: String,
    pub model: String,
    pub is_default: bool,
}

/// The feedback of a scorer that was only tried.
#[derive(Clone, Debug, PartialEq)]
pub struct ScorerTrial {
    pub name: String,
    pub value: Value,
    pub rationale: Option<String>,
    pub error: Option<FeedbackError>,
}
