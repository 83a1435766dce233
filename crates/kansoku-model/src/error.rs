/// The kinds of errors that clients distinguish: MLflow's error codes.
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
    /// Stored data can no longer be read.
    DataLoss,
    InternalError,
}

/// An error with a code of its own, so that no caller has to guess one.
pub trait Coded: std::error::Error + Send + Sync + 'static {
    fn code(&self) -> ErrorCode;

    /// Details for programs, in addition to the message.
    fn details(&self) -> Option<serde_json::Value> {
        None
    }
}
