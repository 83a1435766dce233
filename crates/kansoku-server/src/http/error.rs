//! The conversion of errors to HTTP responses.
//!
//! Bodies are MLflow's: `{"error_code", "message"}`. An internal error is logged here, once, and
//! its text is not sent to the client.
use std::{any::Any, fmt::Display};

use axum::{
    Json,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use kansoku_mlflow::error::{ErrorBody, http_status};
use kansoku_model::{Coded, ErrorCode};

/// Any error that has an error code.
#[derive(Debug)]
pub struct ApiError(Box<dyn Coded>);

impl<E: Coded> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

/// The message of internal errors for clients.
const INTERNAL: &str = "internal error; the server's log says more";

impl ApiError {
    /// An error that no error type of the stores or the model covers.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        MessageError { code, message: message.into() }.into()
    }

    /// An error with code `INVALID_PARAMETER_VALUE`, the most frequent one.
    pub fn invalid(message: impl Display) -> Self {
        Self::new(ErrorCode::InvalidParameterValue, message.to_string())
    }

    /// An error with code `RESOURCE_DOES_NOT_EXIST`.
    pub fn missing(message: impl Display) -> Self {
        Self::new(ErrorCode::ResourceDoesNotExist, message.to_string())
    }

    pub fn code(&self) -> ErrorCode {
        self.0.code()
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(http_status(self.code())).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The public message, for the ledger; logs nothing.
    pub(crate) fn reason(&self) -> String {
        match self.code() {
            ErrorCode::InternalError => INTERNAL.to_owned(),
            _ => self.0.to_string(),
        }
    }

    /// The public message; logs internal errors and damaged data.
    pub(crate) fn public_message(&self) -> String {
        if self.code() == ErrorCode::DataLoss {
            tracing::error!(error = &*self.0 as &dyn std::error::Error, "stored data is damaged");
        }
        if self.code() != ErrorCode::InternalError {
            return self.0.to_string();
        }
        tracing::error!(error = &*self.0 as &dyn std::error::Error, "request failed");
        INTERNAL.to_owned()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let details = self.0.details();
        let body = ErrorBody { details, ..ErrorBody::new(self.code(), self.public_message()) };
        let mut response = (self.status(), Json(body)).into_response();
        advise(self.code(), &mut response);
        response
    }
}

/// Adds the headers that tell a client what to do next.
pub(crate) fn advise(code: ErrorCode, response: &mut Response) {
    let (name, value) = match code {
        ErrorCode::Unauthenticated => (header::WWW_AUTHENTICATE, "Bearer realm=\"kansoku\""),
        ErrorCode::ResourceExhausted | ErrorCode::TemporarilyUnavailable => {
            (header::RETRY_AFTER, "1")
        }
        _ => return,
    };
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

/// An error with its own code and message, for cases that no error type covers.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct MessageError {
    pub code: ErrorCode,
    pub message: String,
}

impl Coded for MessageError {
    fn code(&self) -> ErrorCode {
        self.code
    }
}

/// The error for unknown routes. Clients fall back to an older API on exactly this code.
pub(crate) async fn endpoint_not_found(method: Method, uri: Uri) -> ApiError {
    let path = shortened(uri.path());
    ApiError::new(ErrorCode::EndpointNotFound, format!("there is no `{method} {path}` here"))
}

pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> ApiError {
    let path = shortened(uri.path());
    let message = format!("`{path}` does not take {method}; see the Allow header");
    ApiError::new(ErrorCode::MethodNotAllowed, message)
}

fn shortened(path: &str) -> String {
    path.chars().take(200).collect()
}

/// The response after a panic in a handler: the connection stays open, and the client gets JSON.
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    ApiError::new(ErrorCode::InternalError, format!("a handler panicked: {text}")).into_response()
}

#[cfg(test)]
mod tests;
