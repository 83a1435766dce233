/// How a failure looks to a client; the names are MLflow's and are part of our contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    InvalidParameterValue,
    BadRequest,
    Unauthenticated,
    PermissionDenied,
    ResourceDoesNotExist,
    NotFound,
    EndpointNotFound,
    MethodNotAllowed,
    ResourceAlreadyExists,
    ResourceConflict,
    RequestTooLarge,
    RequestTimeout,
    ResourceExhausted,
    DeadlineExceeded,
    InvalidState,
    NotImplemented,
    TemporarilyUnavailable,
    /// What was stored cannot be read any more.
    DataLoss,
    InternalError,
}

impl ErrorCode {
    /// The `error_code` on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidParameterValue => "INVALID_PARAMETER_VALUE",
            // MLflow has no codes for the last three; clients look at the status.
            Self::BadRequest
            | Self::MethodNotAllowed
            | Self::RequestTooLarge
            | Self::RequestTimeout => "BAD_REQUEST",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::ResourceDoesNotExist => "RESOURCE_DOES_NOT_EXIST",
            Self::NotFound => "NOT_FOUND",
            Self::EndpointNotFound => "ENDPOINT_NOT_FOUND",
            Self::ResourceAlreadyExists => "RESOURCE_ALREADY_EXISTS",
            Self::ResourceConflict => "RESOURCE_CONFLICT",
            Self::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::InvalidState => "INVALID_STATE",
            Self::NotImplemented => "NOT_IMPLEMENTED",
            Self::TemporarilyUnavailable => "TEMPORARILY_UNAVAILABLE",
            // MLflow has no code of its own for it.
            Self::DataLoss | Self::InternalError => "INTERNAL_ERROR",
        }
    }

    /// The HTTP status MLflow answers with this code.
    pub const fn http_status(self) -> u16 {
        match self {
            Self::InvalidParameterValue
            | Self::BadRequest
            | Self::ResourceAlreadyExists
            | Self::InvalidState => 400,
            Self::Unauthenticated => 401,
            Self::PermissionDenied => 403,
            Self::ResourceDoesNotExist | Self::NotFound | Self::EndpointNotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::ResourceConflict => 409,
            Self::RequestTooLarge => 413,
            Self::ResourceExhausted => 429,
            Self::DataLoss | Self::InternalError => 500,
            Self::NotImplemented => 501,
            Self::TemporarilyUnavailable => 503,
            Self::DeadlineExceeded => 504,
        }
    }
}

/// An error that knows its own code, so that no caller has to guess it.
pub trait Coded: std::error::Error + Send + Sync + 'static {
    fn code(&self) -> ErrorCode;

    /// What a program may read beside the message.
    fn details(&self) -> Option<serde_json::Value> {
        None
    }
}
