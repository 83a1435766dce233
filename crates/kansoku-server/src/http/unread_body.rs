//! Closes the connection after a response that was sent before the request's body was read.
//!
//! The rest of such a body is still being sent, so the connection cannot be reused. `Connection:
//! close` keeps clients from sending their next request on it.
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::wrapped_body::{FrameHook, PolledFrame, WrappedBody};

pub(crate) async fn announce_close(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let read = Arc::new(AtomicBool::new(body.is_end_stream()));
    let body = Body::new(WrappedBody::new(body, ReadToEnd(read.clone())));
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if !read.load(Ordering::Relaxed) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Records whether the body was read to its end.
struct ReadToEnd(Arc<AtomicBool>);

impl FrameHook for ReadToEnd {
    fn poll_frame(&mut self, body: &mut Body, cx: &mut Context<'_>) -> PolledFrame {
        let polled = Pin::new(&mut *body).poll_frame(cx);
        if matches!(polled, Poll::Ready(None)) || body.is_end_stream() {
            self.0.store(true, Ordering::Relaxed);
        }
        polled
    }
}
