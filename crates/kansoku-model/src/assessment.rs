//! Assessments: a judgement of a trace (feedback), a ground truth for it (expectation), or an issue
//! that it shows.
use std::collections::BTreeMap;

use serde_json::Value;

use crate::{AssessmentId, TimestampMs, TraceId, metadata_key};

#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    pub assessment_id: AssessmentId,
    pub assessment_name: String,
    pub trace_id: TraceId,
    /// The assessed span as 16 hex digits; `None` if the whole trace was assessed.
    pub span_id: Option<String>,
    pub source: AssessmentSource,
    pub create_time: TimestampMs,
    pub last_update_time: TimestampMs,
    pub value: AssessmentValue,
    pub rationale: Option<String>,
    pub metadata: BTreeMap<String, String>,
    /// The assessment that this one replaces, which is then no longer `valid`.
    pub overrides: Option<AssessmentId>,
    pub valid: bool,
}

impl Assessment {
    pub const NAME_LENGTH_MAX: usize = 250;

    /// The metadata key of the run in which an assessment was given.
    pub const SOURCE_RUN_KEY: &str = "mlflow.assessment.sourceRunId";

    /// The metadata key of the registered scorer that gave it.
    pub const SCORER_NAME_KEY: &str = "mlflow.assessment.scorerName";

    /// The metadata key of the trace of the scorer's own calls.
    pub const SCORER_TRACE_KEY: &str = "mlflow.assessment.scorerTraceId";

    /// The metadata key of the version of the scorer.
    pub const SCORER_VERSION_KEY: &str = "mlflow.assessment.scorerVersion";

    /// Whether it applies to every trace of its trace's session.
    pub fn is_of_session(&self) -> bool {
        self.metadata.contains_key(metadata_key::SESSION)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssessmentSource {
    /// `HUMAN`, `LLM_JUDGE`, `CODE` or `SOURCE_TYPE_UNSPECIFIED`.
    pub source_type: String,
    pub source_id: Option<String>,
}

impl AssessmentSource {
    pub const PERSON: &str = "HUMAN";

    pub fn is_person(&self) -> bool {
        self.source_type == Self::PERSON
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum AssessmentValue {
    Feedback { value: Value, error: Option<FeedbackError> },
    Expectation(Value),
    Issue { issue_name: String },
}

impl AssessmentValue {
    /// The name of the variant as it is stored: `feedback`, `expectation` or `issue`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Feedback { .. } => "feedback",
            Self::Expectation(_) => "expectation",
            Self::Issue { .. } => "issue",
        }
    }

    /// The value as JSON text, which filters compare; `None` if there is an error and no value.
    pub fn json(&self) -> Option<String> {
        match self {
            // An error without a value must not match a filter on the value `null`.
            Self::Feedback { value, error: Some(_) } if value.is_null() => None,
            Self::Feedback { value, .. } | Self::Expectation(value) => Some(value.to_string()),
            Self::Issue { issue_name } => Some(Value::from(issue_name.as_str()).to_string()),
        }
    }

    /// The value, if it is a number.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Feedback { value, .. } | Self::Expectation(value) => value.as_f64(),
            Self::Issue { .. } => None,
        }
    }
}

/// The error of a scorer that could not give a value.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FeedbackError {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_trace: Option<String>,
}
