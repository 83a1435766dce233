//! Reasons for which a request body is rejected.
use kansoku_model::{Coded, ErrorCode};

use super::body_budget::BudgetExceeded;

#[derive(Debug, thiserror::Error)]
pub(crate) enum AdmissionError {
    #[error("the body is larger than {0} bytes; send less at once")]
    TooLarge(usize),
    #[error("the body is larger than {0} bytes once inflated; send less at once")]
    TooLargeInflated(usize),
    #[error("Unsupported Content-Encoding: {0}")]
    UnknownEncoding(String),
    #[error("Failed to decompress {0} payload")]
    Corrupt(&'static str),
    #[error("the body ended early: {0}")]
    Broken(String),
    #[error("the body is larger than {0} bytes, the most JSON that is read here (`json_mib_max`)")]
    TooLargeJson(usize),
    #[error(transparent)]
    BudgetExceeded(#[from] BudgetExceeded),
}

impl Coded for AdmissionError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::TooLarge(_) | Self::TooLargeInflated(_) | Self::TooLargeJson(_) => {
                ErrorCode::RequestTooLarge
            }
            Self::UnknownEncoding(_) | Self::Corrupt(_) | Self::Broken(_) => ErrorCode::BadRequest,
            Self::BudgetExceeded(_) => ErrorCode::ResourceExhausted,
        }
    }
}
