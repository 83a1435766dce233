/// The kinds of errors that clients tell apart: MLflow's error codes.
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

/// An error that knows its own code, so that no caller has to guess it.
pub trait Coded: std::error::Error + Send + Sync + 'static {
    fn code(&self) -> ErrorCode;

    /// What a program may read beside the message.
    fn details(&self) -> Option<serde_json::Value> {
        None
    }
}
