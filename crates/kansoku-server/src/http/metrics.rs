//! Request metrics, and the page that exposes them.
//!
//! Names are constants, so that dashboards and code agree. The recorder belongs to the binary,
//! which passes a function that renders it.
use std::{fmt, sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};
use metrics::{counter, histogram};

/// Requests by `method`, `route` and `status`.
pub const HTTP_REQUESTS: &str = "kansoku_http_requests_total";
/// Seconds until the response, by `method` and `route`.
pub const HTTP_SECONDS: &str = "kansoku_http_request_seconds";
/// Open connections of all ports.
pub const CONNECTIONS: &str = "kansoku_connections";
/// Bytes of inflated request bodies in memory.
pub const REQUEST_BODY_BYTES: &str = "kansoku_request_body_bytes";
/// Accepted spans, which are on disk.
pub const INGEST_SPANS: &str = "kansoku_ingest_spans_total";
/// Inflated bytes of accepted span requests.
pub const INGEST_BYTES: &str = "kansoku_ingest_bytes_total";
/// Spans that were rejected individually, while others of the request were accepted.
pub const INGEST_REJECTED_SPANS: &str = "kansoku_ingest_rejected_spans_total";

/// Traces that retention deleted.
pub const RETENTION_TRACES: &str = "kansoku_retention_traces_total";
/// Bytes that deletions left unused, and that were returned to the file system.
pub const RECLAIMED_BYTES: &str = "kansoku_reclaimed_bytes_total";

/// Renders all metrics as Prometheus text; empty unless the binary installs a recorder.
#[derive(Clone)]
pub struct MetricsHandle(Arc<dyn Fn() -> String + Send + Sync>);

impl MetricsHandle {
    pub fn new(render: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(render))
    }

    pub(crate) fn render(&self) -> String {
        (self.0)()
    }
}

impl Default for MetricsHandle {
    fn default() -> Self {
        Self::new(String::new)
    }
}

impl fmt::Debug for MetricsHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsHandle")
    }
}

/// Counts a request by its route's pattern: a label per trace id would create too many time series.
pub(crate) async fn count_request(request: Request, next: Next) -> Response {
    let method = known_method(request.method());
    let route = match request.extensions().get::<MatchedPath>() {
        Some(path) => path.as_str().to_owned(),
        None => "unknown".to_owned(),
    };
    let started = Instant::now();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), started.elapsed());
    tracing::debug!(
        http.method = method,
        http.route = route,
        http.status = status,
        ms = took.as_millis() as u64,
        "answered {method} {route} with {status}"
    );
    let status = status.to_string();
    histogram!(HTTP_SECONDS, "method" => method, "route" => route.clone())
        .record(took.as_secs_f64());
    counter!(HTTP_REQUESTS, "method" => method, "route" => route, "status" => status).increment(1);
    response
}

/// Clients may send arbitrary methods, which must not create new labels.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
