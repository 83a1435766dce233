//! Events about changes of traces.
use std::time::{Duration, Instant};

use axum::{
    Router,
    body::Body,
    http::{Request, header},
};
use http_body_util::BodyExt;
use kansoku_server::{EventStreams, router};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{
    fixtures::{TRACE, TRACES, span},
    test_server::TestServer,
};

/// An open stream, and the text that was read from it.
struct Stream {
    body: Body,
    text: String,
}

impl Stream {
    async fn open(server: &TestServer, experiment: &str) -> Self {
        Self::open_on(router(server.app.clone()), experiment).await
    }

    async fn open_on(router: Router, experiment: &str) -> Self {
        let request =
            Request::get(format!("/api/3.0/kansoku/experiments/{experiment}/traces/events"))
                .header(header::ACCEPT_ENCODING, "gzip")
                .body(Body::empty());
        let response = router.oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        // With compression, an event would wait until a block is full.
        assert!(!response.headers().contains_key(header::CONTENT_ENCODING));
        Self { body: response.into_body(), text: String::new() }
    }

    /// The next event; `None` at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        let read = async {
            loop {
                if let Some((event, rest)) = self.text.split_once("\n\n") {
                    let (event, rest) = (event.to_owned(), rest.to_owned());
                    self.text = rest;
                    let (name, data) = event.split_once('\n').expect("a name and data");
                    let name = name.strip_prefix("event: ").unwrap().to_owned();
                    let data = data.strip_prefix("data: ").unwrap();
                    return Some((name, serde_json::from_str(data).unwrap()));
                }
                let frame = self.body.frame().await?.unwrap();
                self.text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
            }
        };
        timeout(Duration::from_secs(20), read).await.expect("an event in time")
    }

    async fn is_silent(&mut self) -> bool {
        timeout(Duration::from_millis(400), self.body.frame()).await.is_err()
    }
}

#[tokio::test]
async fn a_trace_is_told_of_from_its_first_span_to_its_end() {
    let server = TestServer::start();
    let mut news = Stream::open(&server, "0").await;
    let mut open = span(1, "root");
    open["end_time_unix_nano"] = Value::Null;
    server.start_trace(TRACE, json!({ "state": "IN_PROGRESS", "execution_duration": null })).await;
    server.upload_spans(TRACE, json!([open])).await;
    let (name, info) = news.next().await.unwrap();
    assert_eq!((name.as_str(), &info["state"]), ("trace", &json!("IN_PROGRESS")));

    server.upload_spans(TRACE, json!([span(1, "root")])).await;
    server.start_trace(TRACE, json!({ "request_preview": "hi" })).await;
    let mut last = info;
    while last["request_preview"] != "hi" {
        last = news.next().await.unwrap().1;
    }
    let shown = server.get(&format!("{TRACES}/{TRACE}")).await.json();
    assert_eq!(last, shown["trace"]["trace_info"]);
    assert_eq!(last["state"], "OK");

    let deleted = json!({ "experiment_id": "0", "request_ids": [TRACE] });
    assert_eq!(server.post(&format!("{TRACES}/delete-traces"), deleted).await.status, 200);
    assert_eq!(news.next().await, Some(("deleted".to_owned(), json!({ "trace_id": TRACE }))));
}

#[tokio::test]
async fn a_trace_that_leaves_an_experiment_is_gone_from_it() {
    let server = TestServer::start();
    let other = server.experiment("other").await;
    server.start_trace(TRACE, json!({})).await;
    let (mut here, mut there) =
        (Stream::open(&server, "0").await, Stream::open(&server, &other).await);
    let location = json!({
        "type": "MLFLOW_EXPERIMENT",
        "mlflow_experiment": { "experiment_id": other },
    });
    server.start_trace(TRACE, json!({ "trace_location": location })).await;
    assert_eq!(here.next().await.unwrap().0, "deleted");
    assert_eq!(there.next().await.unwrap().0, "trace");
    server.start_trace(TRACE, json!({ "trace_location": location, "request_preview": "a" })).await;
    assert_eq!(there.next().await.unwrap().1["request_preview"], "a");
    assert!(here.is_silent().await);
}

#[tokio::test]
async fn a_trace_that_changes_all_the_time_is_told_of_four_times_a_second() {
    let server = TestServer::start();
    server.start_trace(TRACE, json!({})).await;
    let mut news = Stream::open(&server, "0").await;
    let since = Instant::now();
    let change = async {
        for n in 0..60 {
            let tag = json!({ "key": "n", "value": n.to_string() });
            server.patch(&format!("{TRACES}/{TRACE}/tags"), tag).await;
            sleep(Duration::from_millis(5)).await;
        }
    };
    let listen = async {
        let mut events = 0;
        loop {
            let (_, info) = news.next().await.unwrap();
            events += 1;
            if info["tags"]["n"] == "59" {
                return events;
            }
        }
    };
    let ((), events) = tokio::join!(change, listen);
    let most = since.elapsed().as_millis() / 250 + 1;
    assert!(events <= most, "{events} events, {most} at most");
}

#[tokio::test]
async fn who_falls_behind_is_told_so() {
    let server = TestServer::start();
    let mut news = Stream::open(&server, "0").await;
    let span = |n: u64| {
        json!({
            "traceId": format!("{n:032x}"), "spanId": "0000000000000001", "name": "s",
            "startTimeUnixNano": "1795237452000000000", "endTimeUnixNano": "1795237452000000001",
        })
    };
    let spans: Vec<Value> = (1..=5000).map(span).collect();
    let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] });
    assert_eq!(server.post("/v1/traces", body).await.status, 200);
    let mut events = Vec::new();
    for _ in 0..100 {
        events.push(news.next().await.unwrap());
    }
    let lagged = events.iter().find(|(name, _)| name == "lagged").expect("some were missed");
    assert_eq!(lagged.1, json!({ "missed": 5000 - 4096 }));
    assert!(events.iter().any(|(name, _)| name == "trace"));
}

#[tokio::test]
async fn a_stream_ends_with_the_server() {
    let mut server = TestServer::start();
    let stop = CancellationToken::new();
    server.app.event_streams = EventStreams::until(&stop);
    let mut news = Stream::open(&server, "0").await;
    assert!(news.is_silent().await);
    stop.cancel();
    assert_eq!(news.next().await, None);
    // A stream that is opened while the server stops ends, too.
    assert_eq!(Stream::open(&server, "0").await.next().await, None);
}

#[tokio::test]
async fn streams_are_few_and_of_experiments_that_exist() {
    let server = TestServer::start();
    let unknown = server.get("/api/3.0/kansoku/experiments/77/traces/events").await;
    assert_eq!(unknown.json()["error_code"], "RESOURCE_DOES_NOT_EXIST");
    let mut open = Vec::new();
    let router = router(server.app.clone());
    for _ in 0..512 {
        open.push(Stream::open_on(router.clone(), "0").await);
    }
    let refused = server.get("/api/3.0/kansoku/experiments/0/traces/events").await;
    assert_eq!((refused.status.as_u16(), refused.header(header::RETRY_AFTER)), (429, "1"));
    open.pop();
    Stream::open_on(router, "0").await;
}
