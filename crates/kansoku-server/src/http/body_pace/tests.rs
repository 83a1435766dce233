use std::convert::Infallible;

use axum::{Router, http::StatusCode, middleware, routing::any};
use futures::stream;
use http_body_util::BodyExt as _;
use tokio::time::sleep;
use tower::ServiceExt as _;

use super::*;

/// The status of a request whose body arrives as `chunks`, each a pause in seconds and a number of
/// bytes.
async fn status(method: &str, path: &str, chunks: Vec<(u64, usize)>) -> StatusCode {
    let pace = BodyPace::default();
    let read = |body: Body| async move { body.collect().await.map_or("broken", |_| "complete") };
    let router = Router::new()
        .fallback(any(read))
        .layer(middleware::from_fn_with_state(pace, limit_body_time));
    let body = stream::unfold(chunks.into_iter(), |mut chunks| async move {
        let (seconds, bytes) = chunks.next()?;
        sleep(Duration::from_secs(seconds)).await;
        Some((Ok::<_, Infallible>(vec![b'x'; bytes]), chunks))
    });
    let request = Request::builder().method(method).uri(path).body(Body::from_stream(body));
    router.oneshot(request.unwrap()).await.unwrap().status()
}

#[tokio::test(start_paused = true)]
async fn a_body_that_trickles_is_ended() {
    assert_eq!(status("POST", "/v1/traces", vec![(11, 1)]).await, 408);
    assert_eq!(status("POST", "/v1/traces", vec![(9, 1); 100]).await, 408);
    assert_eq!(status("POST", "/v1/traces", vec![(1, 1000); 100]).await, 200);
    // At 24 bytes per second below the minimum, a grace of 10 s is used up after some minutes.
    assert_eq!(status("POST", "/v1/traces", vec![(1, 1000); 500]).await, 408);
}

#[tokio::test(start_paused = true)]
async fn a_fast_client_may_pause_and_no_longer_than_that() {
    let burst_then = |pause| vec![(0, 1 << 20), (pause, 1)];
    assert_eq!(status("POST", "/v1/traces", burst_then(29)).await, 200);
    assert_eq!(status("POST", "/v1/traces", burst_then(31)).await, 408);
}

#[tokio::test(start_paused = true)]
async fn only_a_file_may_take_longer_than_the_total_time() {
    let long = || vec![(1, 2000); 700];
    assert_eq!(status("POST", "/v1/traces", long()).await, 408);
    let artifact = "/api/2.0/mlflow-artifacts/artifacts/0/x.bin";
    assert_eq!(status("PUT", artifact, long()).await, 200);
    assert_eq!(status("PUT", "/_signed/x", long()).await, 200);
    assert_eq!(status("PUT", artifact, vec![(9, 1); 100]).await, 408);
}

/// A handler that reads slowly must not make its client look slow.
#[tokio::test(start_paused = true)]
async fn time_that_nobody_waits_for_the_client_does_not_count() {
    let chunks = stream::iter([Ok::<_, Infallible>("a"), Ok("b")]);
    let verdict = Arc::new(Verdict::default());
    let pace = BodyPace::default();
    let body = Body::from_stream(chunks);
    let pacer = Pacer::new(pace, Some(pace.total_max), verdict.clone());
    let mut body = WrappedBody::new(body, pacer);
    assert!(body.frame().await.unwrap().is_ok());
    sleep(Duration::from_secs(3600)).await;
    assert!(body.frame().await.unwrap().is_ok());
    assert!(body.frame().await.is_none());
    assert!(verdict.error(pace).is_none());
}
