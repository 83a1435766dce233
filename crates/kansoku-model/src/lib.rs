//! The types that all crates of Kansoku share: experiments, traces, spans, assessments, runs and
//! errors.
//!
//! Nothing here does I/O or depends on a wire format, HTTP or SQL.
mod access;
mod alert;
mod assessment;
mod backfill;
mod dataset;
mod deployment;
mod error;
mod experiment;
mod feedback;
mod fold;
mod id;
mod issue;
mod judge_trace;
mod label_schema;
mod logged_model;
mod money;
mod name;
mod registered_model;
mod retention;
mod review_queue;
mod root_field;
mod run;
mod scorer;
mod scoring_budget;
mod scoring_failure;
mod source;
mod span;
mod time;
mod trace;
mod tree;
mod usage;
mod webhook;

pub use access::{
    ExperimentBinding, ExperimentRights, InvalidBinding, InvalidScope, Scope, Scopes,
};
pub use alert::{
    AlertEnd, AlertEvent, AlertRule, AlertSettings, AlertSignal, AlertState, AlertStatus,
    Comparison,
};
pub use assessment::{Assessment, AssessmentSource, AssessmentValue, FeedbackError};
pub use backfill::{Backfill, BackfillProgress, BackfillScorer, BackfillState};
pub use dataset::{
    Dataset, DatasetRecord, DatasetSchema, DatasetVersion, RecordContent, RecordSource,
    RecordSourceType, RecordUpsert,
};
pub use deployment::{ENVIRONMENT_PLACES, VERSION_PLACES, first_of};
pub use error::{Coded, ErrorCode};
pub use experiment::{Experiment, LifecycleStage, ViewType};
pub use feedback::{FeedbackRule, FeedbackSettings, FeedbackWord, Polarity, Verdict};
pub use fold::{
    CallKey, CallText, Layer, Rank, RootSpan, TagOrMetadata, TagOrMetadataKind, TraceFold,
};
pub use id::{
    AlertRuleId, AssessmentId, DatasetId, DatasetRecordId, ExperimentId, InvalidExperimentId,
    InvalidSpanId, InvalidTraceId, IssueId, LabelSchemaId, ModelId, ReviewQueueId, RunId, SpanId,
    TraceId, WebhookId, uuid_text,
};
pub use issue::{Issue, IssueSeverity, IssueStatus};
pub use judge_trace::{JUDGE_EXPERIMENT, judge_key};
pub use label_schema::{LabelInput, LabelSchema, LabelType};
pub use logged_model::{LoggedModel, LoggedModelInfo, LoggedModelStatus, ModelMetric};
pub use money::{Cost, Money};
pub use name::words_of_name;
pub use registered_model::{IS_PROMPT_TAG, ModelVersion, RegisteredModel, is_prompt};
pub use retention::{InvalidRetention, Retention};
pub use review_queue::{QueueType, ReviewItem, ReviewQueue, ReviewStatus};
pub use root_field::{InvalidJsonPath, JsonPath, RootField, RootPart};
pub use run::{
    DatasetInput, DatasetSummary, Metric, MetricSubject, ModelOutput, Param, Run, RunDataset,
    RunInfo, RunStatus,
};
pub use scorer::{OnlineScoringConfig, ScorerVersion};
pub use scoring_budget::{ScorerUsage, ScoringBudget, UtcDay};
pub use scoring_failure::ScoringFailure;
pub use source::{IngestProtocol, Source};
pub use span::{ExperimentHint, SpanPreviews, SpanRow, SpanStatus, TraceLogs, TraceSpans};
pub use time::{Clock, DurationMs, InvalidTime, SystemClock, TimestampMs};
pub use trace::{TraceInfo, TraceState, metadata_key, tag_key};
pub use tree::{TreeNode, TreePlace, reading_order};
pub use usage::{Additive, TokenUsage, trace_total};
pub use webhook::{StoredSecret, Webhook, WebhookEvent, WebhookSecret, WebhookStatus};

/// A key with a string value, as in MLflow's lists of tags and params.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KeyValue {
    pub key: String,
    pub value: String,
}
