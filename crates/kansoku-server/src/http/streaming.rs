//! Long responses, created chunk by chunk while the client receives them.
//!
//! The next chunk is created while one is being sent. A client that reads slowly does not occupy a
//! thread.
use std::{future::Future, pin::Pin};

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use kansoku_store::ReadCaller;
use tokio::task::JoinHandle;

use crate::ApiError;

/// The approximate size of a chunk, in bytes.
pub(crate) const CHUNK_BYTES: usize = 256 << 10;

/// A response that is created chunk by chunk.
pub(crate) trait ChunkedBody: Send + 'static {
    /// The next chunk; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, ApiError>> + Send;
}

/// Creates a body of known length if there is only one chunk, else a stream. An error of the first
/// chunk is returned; later errors abort the response.
pub(crate) async fn body(mut chunks: impl ChunkedBody) -> Result<Body, ApiError> {
    let Some(first) = chunks.next().await? else { return Ok(Body::empty()) };
    let (second, rest) = joined(make(chunks)).await;
    match second? {
        None => Ok(Body::from(first)),
        // The compression layer polls once more after the end, which `unfold` does not allow.
        Some(second) => Ok(Body::from_stream(after([first, second], rest).fuse())),
    }
}

/// A response that browsers save as a file with this name.
pub(crate) async fn file(
    name: &str,
    content_type: &'static str,
    chunks: impl ChunkedBody,
) -> Result<Response, ApiError> {
    let mut response = body(chunks).await?.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(file) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, file);
    }
    Ok(response)
}

type Made<P> = (Result<Option<Bytes>, ApiError>, P);

fn after<P: ChunkedBody>(
    first: [Bytes; 2],
    rest: P,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send {
    enum State<P> {
        /// The next chunk is not created before the client has received the present ones.
        Resting(P),
        Making(JoinHandle<Made<P>>),
    }
    let rest = stream::try_unfold(State::Resting(rest), |state| async {
        let making = match state {
            State::Resting(chunks) => make(chunks),
            State::Making(making) => making,
        };
        let (chunk, chunks) = joined(making).await;
        let chunk = chunk.map_err(|error| {
            let message = error.public_message();
            tracing::warn!("a response was aborted: {message}");
            std::io::Error::other(message)
        })?;
        Ok(chunk.map(|chunk| (chunk, State::Making(make(chunks)))))
    });
    stream::iter(first.map(Ok)).chain(rest)
}

/// Starts to create the next chunk, for the caller that the current task reads for.
fn make<P: ChunkedBody>(mut chunks: P) -> JoinHandle<Made<P>> {
    let make = async move { (chunks.next().await, chunks) };
    let make: Pin<Box<dyn Future<Output = Made<P>> + Send>> = Box::pin(make);
    tokio::spawn(ReadCaller::current().scope(make))
}

/// Runs CPU-bound work on a separate thread. On a thread that serves requests, work on whole traces
/// would block other requests.
pub(crate) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    joined(tokio::task::spawn_blocking(work)).await
}

/// Whether work on so many bytes is done on the thread that serves the request, because a change of
/// threads takes longer.
pub(crate) fn is_small(bytes: usize) -> bool {
    const SMALL_BYTES_MAX: usize = 64 << 10;
    bytes <= SMALL_BYTES_MAX
}

/// Runs CPU-bound work on `bytes` of data: on this thread if there is little, else on a separate one.
pub(crate) async fn off_thread_if_large<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    if is_small(bytes) { work() } else { off_thread(work).await }
}

pub(crate) async fn joined<T>(work: JoinHandle<T>) -> T {
    match work.await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => unreachable!("work is never cancelled once awaited"),
        },
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use http_body::Body as _;
    use http_body_util::BodyExt;

    use super::*;

    /// Sends `left` bytes chunk by chunk, and then fails if `fails` is set.
    struct Count {
        left: usize,
        fails: bool,
    }

    impl ChunkedBody for Count {
        async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
            let some = self.left.min(CHUNK_BYTES);
            self.left -= some;
            match some {
                0 if self.fails => Err(ApiError::missing("the rest")),
                0 => Ok(None),
                _ => Ok(Some((0..some).map(|n| n as u8).collect::<Vec<_>>().into())),
            }
        }
    }

    #[tokio::test]
    async fn every_byte_comes_once_whatever_the_length() {
        for bytes in [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 524_000, 1_234_567] {
            let body = body(Count { left: bytes, fails: false }).await.unwrap();
            assert_eq!(body.size_hint().exact().is_some(), bytes <= CHUNK_BYTES, "{bytes}");
            let received = body.collect().await.unwrap().to_bytes();
            assert_eq!(received.len(), bytes);
            let at = |n: usize| (n % CHUNK_BYTES) as u8;
            assert!(received.iter().enumerate().all(|(n, byte)| *byte == at(n)));
        }
    }

    #[tokio::test]
    async fn a_long_answer_may_be_asked_for_more_after_its_end() {
        let mut body = body(Count { left: 1_234_567, fails: false }).await.unwrap();
        while body.frame().await.is_some() {}
        assert!(body.frame().now_or_never().is_some_and(|end| end.is_none()));
    }

    #[tokio::test]
    async fn an_error_is_told_before_the_answer_begins_and_breaks_it_off_later() {
        for chunks in [0, 1] {
            let left = chunks * CHUNK_BYTES;
            assert!(body(Count { left, fails: true }).await.is_err(), "{chunks} chunks");
        }
        let long = body(Count { left: 3 * CHUNK_BYTES, fails: true }).await.unwrap();
        assert!(long.collect().await.is_err());
    }
}
