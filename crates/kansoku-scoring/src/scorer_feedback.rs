use std::collections::BTreeMap;

use kansoku_model::FeedbackError;
use serde_json::Value;

/// The feedback of a scorer on one trace or session.
#[derive(Clone, Debug, PartialEq)]
pub struct ScorerFeedback {
    /// `null` if there is an error.
    pub value: Value,
    pub rationale: Option<String>,
    pub error: Option<FeedbackError>,
    /// Metadata of the assessment beside that of its scorer, such as the tokens of a judge.
    pub metadata: BTreeMap<String, String>,
}

impl ScorerFeedback {
    pub fn new(value: impl Into<Value>, rationale: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            rationale: Some(rationale.into()),
            error: None,
            metadata: BTreeMap::new(),
        }
    }

    /// The scorer could not judge; `code` is in MLflow's form, such as `JUDGE_ERROR`.
    pub fn failed(code: &str, message: impl Into<String>) -> Self {
        let error = FeedbackError {
            error_code: Some(code.to_owned()),
            error_message: Some(message.into()),
            stack_trace: None,
        };
        Self { value: Value::Null, rationale: None, error: Some(error), metadata: BTreeMap::new() }
    }
}
