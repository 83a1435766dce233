use std::time::Duration;

use kansoku_model::{
    AlertRuleId, AssessmentId, Coded, DatasetId, ErrorCode, ExperimentId, IssueId, LabelSchemaId,
    ModelId, ReviewQueueId, RunId, SpanId, TraceId, WebhookId,
};

use crate::TokenId;

/// The reason why a store rejected or failed a request; one variant per situation, not per
/// dependency.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("Trace with ID '{0}' not found.")]
    TraceNotFound(TraceId),

    #[error("trace `{trace}` has no span `{span}`")]
    SpanNotFound { trace: TraceId, span: SpanId },

    #[error("Assessment with ID '{assessment}' not found for trace '{trace}'")]
    AssessmentNotFound { trace: TraceId, assessment: AssessmentId },

    #[error(
        "assessment `{assessment}` exists already on trace `{trace}`; leave out `assessment_id` to get a new one"
    )]
    AssessmentExists { trace: TraceId, assessment: AssessmentId },

    #[error("{0}")]
    AssessmentKindChanged(&'static str),

    #[error("No trace tag with key '{key}' for trace with ID '{trace}'")]
    TraceTagNotFound { trace: TraceId, key: String },

    #[error("No Experiment with id={0} exists")]
    ExperimentNotFound(ExperimentId),

    #[error("Could not find experiment with name '{0}'")]
    ExperimentNameNotFound(String),

    #[error("Experiment '{0}' already exists.")]
    ExperimentExists(String),

    #[error("The experiment {0} must be in the 'active' state. Current state is deleted.")]
    ExperimentDeleted(ExperimentId),

    #[error("Cannot rename a non-active experiment.")]
    RenameDeletedExperiment,

    #[error("No tag with name: {key} in experiment with id {experiment}")]
    ExperimentTagNotFound { experiment: ExperimentId, key: String },

    #[error("Run with id={0} not found")]
    RunNotFound(RunId),

    #[error("The run {0} must be in the 'active' state. Current state is deleted.")]
    RunDeleted(RunId),

    #[error("No tag with name: {key} in run with id {run}")]
    RunTagNotFound { run: RunId, key: String },

    #[error(
        "Changing param values is not allowed. Param with key='{key}' was already logged with value='{old}' for run ID='{run}'. Attempted logging new value '{new}'."
    )]
    ParamChanged { run: RunId, key: String, old: String, new: String },

    #[error("Logged model with ID '{0}' not found.")]
    LoggedModelNotFound(ModelId),

    #[error("a metric names the model `{0}`, which does not exist")]
    MetricModelNotFound(ModelId),

    #[error("No tag with key '{key}' found for model with ID '{model}'.")]
    LoggedModelTagNotFound { model: ModelId, key: String },

    #[error(
        "Changing param values is not allowed. Param '{key}' of model '{model}' is '{old}' and cannot become '{new}'."
    )]
    LoggedModelParamChanged { model: ModelId, key: String, old: String, new: String },

    #[error("Issue with ID '{0}' not found")]
    IssueNotFound(IssueId),

    #[error("Registered Model with name={0} not found")]
    RegisteredModelNotFound(String),

    #[error("the name `{0}` already exists in the registry, as a prompt or as a model")]
    RegisteredModelExists(String),

    #[error("Model Version (name={name}, version={version}) not found")]
    ModelVersionNotFound { name: String, version: i64 },

    #[error("there is no version of `{0}` yet")]
    NoModelVersion(String),

    #[error("Registered model alias {0} not found.")]
    ModelAliasNotFound(String),

    #[error(
        "Scorer with name '{name}'{} not found for experiment {experiment}.",
        .version.map(|number| format!(" and version {number}")).unwrap_or_default()
    )]
    ScorerNotFound { experiment: ExperimentId, name: String, version: Option<i64> },

    #[error("there is no saved view `{0}`")]
    ViewNotFound(String),

    #[error("Evaluation dataset with id '{0}' not found")]
    DatasetNotFound(DatasetId),

    #[error("dataset `{dataset}` has no version {version} that can be read")]
    DatasetVersionNotFound { dataset: DatasetId, version: u64 },

    #[error("Label schema with id '{0}' not found.")]
    LabelSchemaNotFound(LabelSchemaId),

    #[error("Label schema with name '{name}' not found for experiment '{experiment}'.")]
    LabelSchemaNameNotFound { experiment: ExperimentId, name: String },

    #[error("experiment '{experiment}' has a label schema with name '{name}' already")]
    LabelSchemaExists { experiment: ExperimentId, name: String },

    #[error("the default label schema of an experiment can be neither edited nor deleted")]
    DefaultLabelSchema,

    #[error("experiment '{experiment}' has no label schema with id '{schema}'")]
    ForeignLabelSchema { experiment: ExperimentId, schema: LabelSchemaId },

    #[error("Review queue with id '{0}' not found.")]
    ReviewQueueNotFound(ReviewQueueId),

    #[error("Review queue with name '{name}' not found for experiment '{experiment}'.")]
    ReviewQueueNameNotFound { experiment: ExperimentId, name: String },

    #[error("a review queue with name '{0}' exists already, perhaps in another case of letters")]
    ReviewQueueExists(String),

    #[error("trace '{trace}' is not in review queue '{queue}'")]
    ReviewItemNotFound { queue: ReviewQueueId, trace: TraceId },

    #[error("backfill `{0}` does not exist")]
    BackfillNotFound(String),

    #[error("there is no alert rule `{0}` in this experiment")]
    AlertRuleNotFound(AlertRuleId),

    #[error("Webhook with ID {0} not found.")]
    WebhookNotFound(WebhookId),

    #[error("there is no token with id `{}`", .0.0)]
    TokenNotFound(TokenId),

    #[error("this server needs tokens by now; sign in with one to make another")]
    TokensRequired,

    #[error(
        "token `{0}` is the last one that can manage tokens; make another with scope `admin` for all experiments first (`kansoku token disable` lets everyone in without tokens)"
    )]
    LastAdminToken(String),

    #[error("token `{token}` may not use {what}")]
    NotPermitted { token: String, what: String },

    #[error("{0}")]
    InvalidPageToken(String),

    #[error("{0}")]
    Invalid(String),

    #[error("too many writes are waiting, try again shortly")]
    Overloaded,

    #[error(
        "this is {bytes} bytes to be written at once, and the queue of writes has room for \
         {bytes_max}; send less at once, or give the server a larger queue_mib_max"
    )]
    TooLarge { bytes: usize, bytes_max: usize },

    #[error(
        "the search took longer than {} s{}; narrow the time range or add a filter on a tag, name or type",
        deadline.as_secs(), waited.map(of_which_waited).unwrap_or_default()
    )]
    DeadlineExceeded {
        deadline: Duration,
        /// The part of it that the search waited for its turn; `None` if that is not worth
        /// mentioning.
        waited: Option<Duration>,
    },

    #[error(
        "the search waited {} s for its turn behind others and was not begun; try again shortly",
        .0.as_secs()
    )]
    WaitedTooLong(Duration),

    #[error("too many reads are waiting, try again shortly")]
    TooManyReads,

    #[error("the server is stopping, try again shortly")]
    Stopping,

    #[error(
        "the store cannot write any more ({0}); free disk space or check the data folder, then restart"
    )]
    Unwritable(String),

    #[error(
        "the disk is full; traces can be read and deleted, and new ones are taken when there is space again"
    )]
    DiskFull,

    #[error(
        "the database is damaged ({0}); stop the server, and restore a backup with `kansoku restore`"
    )]
    DatabaseDamaged(String),

    #[error("`blob_store` does not take large payload; the server's log says why, try again later")]
    BlobsUnwritable,

    #[error(
        "the archive cannot be read now ({0}); traces that are still stored are not affected; try again later"
    )]
    ArchiveUnavailable(String),

    #[error("the archive is damaged ({0}); run `kansoku archive verify`")]
    ArchiveDamaged(String),

    #[error("{what} is damaged ({why}); run `kansoku audit`, and restore a backup to get it back")]
    Damaged { what: String, why: String },

    #[error("could not {doing}")]
    Backend {
        doing: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

fn of_which_waited(waited: Duration) -> String {
    format!(", of which it waited {} s for its turn behind others", waited.as_secs())
}

impl StoreError {
    pub fn scorer_not_found(experiment: ExperimentId, name: &str, version: Option<i64>) -> Self {
        Self::ScorerNotFound { experiment, name: name.to_owned(), version }
    }

    pub fn backend(
        doing: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Backend { doing, source: source.into() }
    }

    /// Whether the disk or the database failed, rather than the request being invalid.
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::Backend { .. }
                | Self::Unwritable(_)
                | Self::DiskFull
                | Self::DatabaseDamaged(_)
                | Self::Damaged { .. }
        )
    }

    /// Parses the message of a [`Self::Damaged`] that SQLite passed on as text.
    pub fn of_function(message: &str) -> Option<Self> {
        let (what, rest) = message.split_once(" is damaged (")?;
        let (why, _) = rest.split_once("); run `kansoku audit`")?;
        Some(Self::Damaged { what: what.to_owned(), why: why.to_owned() })
    }

    /// Stored bytes differ from what was written; the caller that reads them adds which trace they
    /// belong to.
    pub fn damaged(why: impl std::fmt::Display) -> Self {
        Self::Damaged { what: "a stored chunk".to_owned(), why: why.to_string() }
    }
}

impl Coded for StoreError {
    fn code(&self) -> ErrorCode {
        // No `_` arm, so that each new variant needs a decision on what clients see.
        match self {
            Self::TraceNotFound(_)
            | Self::TokenNotFound(_)
            | Self::ViewNotFound(_)
            | Self::DatasetNotFound(_)
            | Self::LabelSchemaNotFound(_)
            | Self::LabelSchemaNameNotFound { .. }
            | Self::ReviewQueueNotFound(_)
            | Self::ReviewQueueNameNotFound { .. }
            | Self::ReviewItemNotFound { .. }
            | Self::BackfillNotFound(_)
            | Self::WebhookNotFound(_)
            | Self::AlertRuleNotFound(_)
            | Self::DatasetVersionNotFound { .. }
            | Self::SpanNotFound { .. }
            | Self::AssessmentNotFound { .. }
            | Self::TraceTagNotFound { .. }
            | Self::ExperimentNotFound(_)
            | Self::ExperimentNameNotFound(_)
            | Self::ExperimentTagNotFound { .. }
            | Self::RunNotFound(_)
            | Self::IssueNotFound(_)
            | Self::LoggedModelNotFound(_)
            | Self::LoggedModelTagNotFound { .. }
            | Self::RunTagNotFound { .. }
            | Self::RegisteredModelNotFound(_)
            | Self::ModelVersionNotFound { .. }
            | Self::NoModelVersion(_)
            | Self::ScorerNotFound { .. } => ErrorCode::ResourceDoesNotExist,
            Self::ExperimentExists(_)
            | Self::AssessmentExists { .. }
            | Self::RegisteredModelExists(_)
            | Self::LabelSchemaExists { .. }
            | Self::ReviewQueueExists(_) => ErrorCode::ResourceAlreadyExists,
            Self::RenameDeletedExperiment => ErrorCode::InvalidState,
            Self::ExperimentDeleted(_)
            | Self::AssessmentKindChanged(_)
            | Self::RunDeleted(_)
            | Self::ParamChanged { .. }
            | Self::LoggedModelParamChanged { .. }
            | Self::ModelAliasNotFound(_)
            | Self::DefaultLabelSchema
            | Self::ForeignLabelSchema { .. }
            | Self::InvalidPageToken(_)
            | Self::Invalid(_) => ErrorCode::InvalidParameterValue,
            Self::MetricModelNotFound(_) => ErrorCode::BadRequest,
            Self::TokensRequired => ErrorCode::Unauthenticated,
            Self::LastAdminToken(_) => ErrorCode::ResourceConflict,
            Self::NotPermitted { .. } => ErrorCode::PermissionDenied,
            Self::Overloaded => ErrorCode::ResourceExhausted,
            Self::TooLarge { .. } => ErrorCode::RequestTooLarge,
            Self::WaitedTooLong(_) | Self::TooManyReads => ErrorCode::ResourceExhausted,
            Self::DeadlineExceeded { .. } => ErrorCode::DeadlineExceeded,
            Self::Stopping
            | Self::Unwritable(_)
            | Self::DiskFull
            | Self::BlobsUnwritable
            | Self::ArchiveUnavailable(_) => ErrorCode::TemporarilyUnavailable,
            Self::DatabaseDamaged(_) | Self::ArchiveDamaged(_) | Self::Damaged { .. } => {
                ErrorCode::DataLoss
            }
            Self::Backend { .. } => ErrorCode::InternalError,
        }
    }
}
