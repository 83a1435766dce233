//! Errors in the form of MLflow's clients: the HTTP status and body for an error code, and errors
//! of reading a request.
use std::fmt::Display;

use kansoku_model::{Coded, ErrorCode};
use serde::Serialize;
use serde_json::Value;

use crate::{fields::FieldError, page::PageError};

/// The body of an error response.
#[derive(Debug, Serialize)]
pub struct ErrorBody {
    pub error_code: &'static str,
    pub message: String,
    /// Details for programs, in addition to the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

impl ErrorBody {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { error_code: error_name(code), message: message.into(), details: None }
    }
}

/// The `error_code` of a response.
pub const fn error_name(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::InvalidParameterValue => "INVALID_PARAMETER_VALUE",
        // MLflow has no codes for the last three; clients go by the HTTP status.
        ErrorCode::BadRequest
        | ErrorCode::MethodNotAllowed
        | ErrorCode::RequestTooLarge
        | ErrorCode::RequestTimeout => "BAD_REQUEST",
        ErrorCode::Unauthenticated => "UNAUTHENTICATED",
        ErrorCode::PermissionDenied => "PERMISSION_DENIED",
        ErrorCode::ResourceDoesNotExist => "RESOURCE_DOES_NOT_EXIST",
        ErrorCode::NotFound => "NOT_FOUND",
        ErrorCode::EndpointNotFound => "ENDPOINT_NOT_FOUND",
        ErrorCode::ResourceAlreadyExists => "RESOURCE_ALREADY_EXISTS",
        ErrorCode::ResourceConflict => "RESOURCE_CONFLICT",
        ErrorCode::ResourceExhausted => "RESOURCE_EXHAUSTED",
        ErrorCode::DeadlineExceeded => "DEADLINE_EXCEEDED",
        ErrorCode::InvalidState => "INVALID_STATE",
        ErrorCode::NotImplemented => "NOT_IMPLEMENTED",
        ErrorCode::TemporarilyUnavailable => "TEMPORARILY_UNAVAILABLE",
        // MLflow has no code for lost data.
        ErrorCode::DataLoss | ErrorCode::InternalError => "INTERNAL_ERROR",
    }
}

/// The HTTP status of a response with this code.
pub const fn http_status(code: ErrorCode) -> u16 {
    match code {
        ErrorCode::InvalidParameterValue
        | ErrorCode::BadRequest
        | ErrorCode::ResourceAlreadyExists
        | ErrorCode::InvalidState => 400,
        ErrorCode::Unauthenticated => 401,
        ErrorCode::PermissionDenied => 403,
        ErrorCode::ResourceDoesNotExist | ErrorCode::NotFound | ErrorCode::EndpointNotFound => 404,
        ErrorCode::MethodNotAllowed => 405,
        ErrorCode::RequestTimeout => 408,
        ErrorCode::ResourceConflict => 409,
        ErrorCode::RequestTooLarge => 413,
        ErrorCode::ResourceExhausted => 429,
        ErrorCode::DataLoss | ErrorCode::InternalError => 500,
        ErrorCode::NotImplemented => 501,
        ErrorCode::TemporarilyUnavailable => 503,
        ErrorCode::DeadlineExceeded => 504,
    }
}

/// The reason why a request cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error(transparent)]
    Field(#[from] FieldError),
    #[error(transparent)]
    Page(#[from] PageError),
    #[error("{0}")]
    Invalid(String),
}

impl RequestError {
    pub fn invalid(message: impl Display) -> Self {
        Self::Invalid(message.to_string())
    }
}

impl Coded for RequestError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Field(error) => error.code(),
            Self::Page(error) => error.code(),
            Self::Invalid(_) => ErrorCode::InvalidParameterValue,
        }
    }
}
