//! Errors of reading spans, worded for the sender.
use kansoku_model::{Coded, ErrorCode};

use crate::json::{ReadError, UnexpectedType};

/// The reason why a body is not a valid OTLP export, or why stored OTLP cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("the body is not an OTLP export in protobuf: {0}")]
    Protobuf(#[from] prost::DecodeError),

    #[error("the body is not JSON: {0}")]
    Json(#[source] serde_json::Error),

    #[error("the body is not an OTLP export in JSON: {0}")]
    Shape(#[from] UnexpectedType),

    #[error(
        "the body takes more than {0} bytes once decoded, many times its size; \
         send fewer empty values"
    )]
    TooDense(usize),

    #[error("the body has more than {0} spans or log records; send less at once")]
    TooManyItems(usize),

    #[error("a resource or a scope takes more than {0} bytes once decoded")]
    HeadTooLarge(usize),

    #[error("the spans of a trace are not where its index says")]
    Misplaced,
}

impl From<ReadError> for DecodeError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Json(error) => Self::Json(error),
            ReadError::Shape(unexpected) => Self::Shape(unexpected),
            ReadError::TooLarge(bytes_max) => Self::TooDense(bytes_max),
        }
    }
}

/// The reason why a body is not a valid `traces.json`.
#[derive(Debug, thiserror::Error)]
pub enum TracesJsonError {
    #[error("traces.json is not JSON: {0}")]
    Json(#[source] serde_json::Error),

    #[error("traces.json has no list `spans`")]
    NoSpans,

    #[error("traces.json is not as MLflow writes it: {0}")]
    Shape(#[from] UnexpectedType),

    #[error(
        "traces.json takes more than {0} bytes once decoded, many times its size; \
         send fewer empty values"
    )]
    TooDense(usize),

    #[error("traces.json cannot be stored: {0}")]
    Export(#[from] DecodeError),
}

impl From<ReadError> for TracesJsonError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Json(error) => Self::Json(error),
            ReadError::Shape(unexpected) => Self::Shape(unexpected),
            ReadError::TooLarge(bytes_max) => Self::TooDense(bytes_max),
        }
    }
}

impl Coded for DecodeError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Protobuf(_)
            | Self::Json(_)
            | Self::Shape(_)
            | Self::TooDense(_)
            | Self::TooManyItems(_)
            | Self::HeadTooLarge(_)
            | Self::Misplaced => ErrorCode::InvalidParameterValue,
        }
    }
}

impl Coded for TracesJsonError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Export(error) => error.code(),
            Self::Json(_) | Self::NoSpans | Self::Shape(_) | Self::TooDense(_) => {
                ErrorCode::InvalidParameterValue
            }
        }
    }
}
