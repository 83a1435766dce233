//! The jobs of judges.
use kansoku_model::{ExperimentId, ScorerVersion, TimestampMs, TraceId};
use kansoku_store::{JobId, NewJob};
use serde::{Deserialize, Serialize};
use serde_json::json;
use xxhash_rust::xxh3::xxh3_128;

/// The queue of judges that are to run; their subjects are the ids of scorers.
pub const JUDGEMENTS: &str = "scoring.judges";

/// One judge is to assess one trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct JudgeJob {
    experiment: i64,
    pub(super) scorer: String,
    pub(super) version: i64,
    pub(super) trace: TraceId,
}

impl JudgeJob {
    pub(super) fn new(trace: &TraceId, version: &ScorerVersion) -> Self {
        Self {
            experiment: version.experiment_id.0,
            scorer: version.name.clone(),
            version: version.version,
            trace: trace.clone(),
        }
    }

    pub(super) fn experiment(&self) -> ExperimentId {
        ExperimentId(self.experiment)
    }

    /// The same job for the same trace, scorer and version has the same id.
    pub(super) fn to_job(&self, scorer_id: &str, now: TimestampMs) -> NewJob {
        let key = format!("{JUDGEMENTS} {} {scorer_id} {}", self.trace, self.version);
        NewJob {
            id: JobId::from_bits(xxh3_128(key.as_bytes())),
            queue: JUDGEMENTS.to_owned(),
            subject: scorer_id.to_owned(),
            kind: "trace".to_owned(),
            payload: json!(self).to_string(),
            due: now,
            waiting_max: None,
        }
    }
}
