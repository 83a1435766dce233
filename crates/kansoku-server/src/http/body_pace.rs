//! The minimum pace of request bodies.
//!
//! A body takes memory and a slot among the current requests until it is complete. So it must
//! arrive at a minimum rate and, unless it is a file, within a total time. Only the time spent
//! waiting for the client counts.
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use kansoku_model::{Coded, ErrorCode};
use tokio::time::{Instant, Sleep, sleep_until};

use super::SIGNED_URL_PREFIX;
use super::rejection::{announce_close, reject};
use super::wrapped_body::{FrameHook, PolledFrame, WrappedBody};

/// The minimum pace of request bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyPace {
    /// Bytes per second that must arrive on average.
    pub bytes_per_s_min: u32,
    /// The time that a client may take before its first byte, and may fall behind.
    pub grace: Duration,
    /// The longest pause of a client that was faster before.
    pub pause_max: Duration,
    /// The longest total wait for a body that is not an uploaded file.
    pub total_max: Duration,
}

impl Default for BodyPace {
    fn default() -> Self {
        Self {
            bytes_per_s_min: 1024,
            grace: Duration::from_secs(10),
            pause_max: Duration::from_secs(30),
            total_max: Duration::from_secs(600),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum SlowBody {
    #[error("the body arrived at less than {0} bytes per second")]
    BelowPace(u32),
    #[error("the body did not arrive within {} s", .0.as_secs())]
    OverTime(Duration),
}

impl Coded for SlowBody {
    fn code(&self) -> ErrorCode {
        ErrorCode::RequestTimeout
    }
}

/// Responds with 408 to a request whose body arrives too slowly, whatever its handler returned.
pub(crate) async fn limit_body_time(
    State(pace): State<BodyPace>,
    request: Request,
    next: Next,
) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let total_max = (!is_upload(&request)).then_some(pace.total_max);
    let headers = request.headers().clone();
    let too_slow = Arc::new(Verdict::default());
    let (parts, body) = request.into_parts();
    let body = WrappedBody::new(body, Pacer::new(pace, total_max, too_slow.clone()));
    let response = next.run(Request::from_parts(parts, Body::new(body))).await;
    match too_slow.error(pace) {
        Some(error) => {
            let mut response = reject(&headers, error.into());
            announce_close(&mut response);
            response
        }
        None => response,
    }
}

/// Whether a request uploads a file, which may be large and has no total time limit.
fn is_upload(request: &Request) -> bool {
    let path = request.uri().path();
    let rest = path.strip_prefix("/api").or_else(|| path.strip_prefix("/ajax-api"));
    request.method() == Method::PUT
        && (path.starts_with(SIGNED_URL_PREFIX)
            || path.starts_with("/dbfs/")
            || rest.is_some_and(|rest| rest.starts_with("/2.0/mlflow-artifacts/artifacts/")))
}

/// Tells the middleware whether the body was too slow.
#[derive(Debug, Default)]
struct Verdict {
    below_pace: AtomicBool,
    over_time: AtomicBool,
}

impl Verdict {
    fn error(&self, pace: BodyPace) -> Option<SlowBody> {
        if self.over_time.load(Ordering::Relaxed) {
            return Some(SlowBody::OverTime(pace.total_max));
        }
        let below = self.below_pace.load(Ordering::Relaxed);
        below.then_some(SlowBody::BelowPace(pace.bytes_per_s_min))
    }
}

/// Fails a body that falls below the pace.
struct Pacer {
    pace: BodyPace,
    verdict: Arc<Verdict>,
    /// The time that the client may still pause before it falls below the pace.
    allowance: Duration,
    /// The remaining total waiting time for the body.
    total_left: Option<Duration>,
    waiting: Option<Waiting>,
}

struct Waiting {
    since: Instant,
    deadline: Pin<Box<Sleep>>,
}

impl Pacer {
    fn new(pace: BodyPace, total_left: Option<Duration>, verdict: Arc<Verdict>) -> Self {
        Self { pace, verdict, allowance: pace.grace, total_left, waiting: None }
    }

    /// Subtracts the time of a wait from the remaining times.
    fn end_wait(&mut self) {
        let Some(Waiting { since, .. }) = self.waiting.take() else { return };
        let waited = since.elapsed();
        self.allowance = self.allowance.saturating_sub(waited);
        self.total_left = self.total_left.map(|left| left.saturating_sub(waited));
    }

    fn credit(&mut self, bytes: usize) {
        let earned = bytes as f64 / f64::from(self.pace.bytes_per_s_min.max(1));
        let earned = Duration::try_from_secs_f64(earned).unwrap_or(self.pace.pause_max);
        let most = self.pace.pause_max.max(self.pace.grace);
        self.allowance = self.allowance.saturating_add(earned).min(most);
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<SlowBody> {
        let left = self.total_left.map_or(self.allowance, |total| total.min(self.allowance));
        let waiting = self.waiting.get_or_insert_with(|| {
            let since = Instant::now();
            Waiting { since, deadline: Box::pin(sleep_until(since + left)) }
        });
        if waiting.deadline.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        match self.total_left {
            Some(total) if total <= self.allowance => {
                self.verdict.over_time.store(true, Ordering::Relaxed);
                Poll::Ready(SlowBody::OverTime(self.pace.total_max))
            }
            _ => {
                self.verdict.below_pace.store(true, Ordering::Relaxed);
                Poll::Ready(SlowBody::BelowPace(self.pace.bytes_per_s_min))
            }
        }
    }
}

impl FrameHook for Pacer {
    fn poll_frame(&mut self, body: &mut Body, cx: &mut Context<'_>) -> PolledFrame {
        let Poll::Ready(frame) = Pin::new(body).poll_frame(cx) else {
            return self.poll_deadline(cx).map(|slow| Some(Err(axum::Error::new(slow))));
        };
        self.end_wait();
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.credit(data.len());
        }
        Poll::Ready(frame)
    }
}

#[cfg(test)]
mod tests;
