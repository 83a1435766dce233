//! A body that forwards the frames of another one, and runs a hook.
use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// The next frame of a body; `None` at the end.
pub(crate) type PolledFrame = Poll<Option<Result<Frame<Bytes>, axum::Error>>>;

/// A hook of a body. A guard that only has to live as long as the body needs no method.
pub(crate) trait FrameHook: Send + Unpin + 'static {
    /// Polls `body` for its next frame.
    fn poll_frame(&mut self, body: &mut Body, cx: &mut Context<'_>) -> PolledFrame {
        Pin::new(body).poll_frame(cx)
    }
}

/// A body with a hook; it has the length and the end of the wrapped body.
pub(crate) struct WrappedBody<H> {
    body: Body,
    hook: H,
}

impl<H: FrameHook> WrappedBody<H> {
    pub(crate) fn new(body: Body, hook: H) -> Self {
        Self { body, hook }
    }
}

impl<H: FrameHook> HttpBody for WrappedBody<H> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> PolledFrame {
        let Self { body, hook } = self.get_mut();
        hook.poll_frame(body, cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
