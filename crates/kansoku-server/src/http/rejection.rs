//! The response to a request that is rejected before it reaches a route, in the client's format.
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::security_headers::add_security_headers;
use crate::{
    ApiError,
    ingest::otlp_grpc::{is_grpc, rejection},
};

/// Creates a JSON response, or a gRPC status if the request is gRPC.
pub(crate) fn reject(request_headers: &HeaderMap, error: ApiError) -> Response {
    if is_grpc(request_headers) {
        return rejection(error);
    }
    let mut response = error.into_response();
    add_security_headers(&mut response);
    response
}

/// Tells an HTTP/1 client that its connection is closed, because the rest of the body is not read.
pub(crate) fn announce_close(response: &mut Response) {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
}
