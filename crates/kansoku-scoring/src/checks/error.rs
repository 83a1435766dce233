use kansoku_model::{Coded, ErrorCode};

/// The longest reason of an error, in characters. Reasons of libraries contain what was written.
const REASON_CHARS_MAX: usize = 500;

/// Why a check cannot be read. Found when it is created, never while it runs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    #[error(
        "a check is an object with a `type`, such as {{\"type\": \"latency\", \"max_ms\": 5000}}"
    )]
    NoType,

    #[error("`{unknown}` is not a type of check; the types are {known}")]
    UnknownType { unknown: String, known: String },

    #[error("the check `{check}` has an invalid field `{field}`: {reason}")]
    InvalidField { check: &'static str, field: String, reason: String },

    /// The reason names the field.
    #[error("the check `{check}` is invalid: {reason}")]
    Invalid { check: &'static str, reason: String },
}

impl CheckError {
    pub(super) fn new(
        check: &'static str,
        error: serde_path_to_error::Error<serde_json::Error>,
    ) -> Self {
        let field = error.path().to_string();
        let reason: String = error.inner().to_string().chars().take(REASON_CHARS_MAX).collect();
        // The path of the whole check, for a missing field and for fields that contradict.
        if field == "." || reason.starts_with("unknown field") {
            return Self::Invalid { check, reason };
        }
        Self::InvalidField { check, field, reason }
    }
}

impl Coded for CheckError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoType
            | Self::UnknownType { .. }
            | Self::InvalidField { .. }
            | Self::Invalid { .. } => ErrorCode::InvalidParameterValue,
        }
    }
}
