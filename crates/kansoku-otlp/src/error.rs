//! Why spans could not be read, in words for whoever sent them.
use kansoku_model::{Coded, ErrorCode};

use crate::json::Misfit;

/// An OTLP body that is none.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("the body is not an OTLP export in protobuf: {0}")]
    Protobuf(#[from] prost::DecodeError),

    #[error("the body is not JSON: {0}")]
    Json(#[source] serde_json::Error),

    #[error("the body is not an OTLP export in JSON: {0}")]
    Shape(#[from] Misfit),
}

/// A `traces.json` that is none.
#[derive(Debug, thiserror::Error)]
pub enum TracesJsonError {
    #[error("traces.json is not JSON: {0}")]
    Json(#[source] serde_json::Error),

    #[error("traces.json has no list `spans`")]
    NoSpans,

    #[error("traces.json is not as MLflow writes it: {0}")]
    Shape(#[from] Misfit),
}

impl Coded for DecodeError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Protobuf(_) | Self::Json(_) | Self::Shape(_) => ErrorCode::InvalidParameterValue,
        }
    }
}

impl Coded for TracesJsonError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Json(_) | Self::NoSpans | Self::Shape(_) => ErrorCode::InvalidParameterValue,
        }
    }
}
