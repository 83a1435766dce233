//! The response to a request that is rejected before any route, in the form that its client reads.
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::security_headers::add_security_headers;
use crate::{
    ApiError,
    ingest::otlp_grpc::{is_grpc, rejection},
};

/// JSON, or a status of gRPC where the request speaks it.
pub(crate) fn reject(request_headers: &HeaderMap, error: ApiError) -> Response {
    if is_grpc(request_headers) {
        return rejection(error);
    }
    let mut response = error.into_response();
    add_security_headers(&mut response);
    response
}

/// Tells an HTTP/1 client that its connection ends, because the rest of its body is not read.
pub(crate) fn announce_close(response: &mut Response) {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
}
