//! The accept loop: TCP, TLS and HTTP connections, how many there may be and how long they may
//! stay idle.
//!
//! All connections share one router. A connection without a request under way can be closed at
//! any time: after its timeout, to make room for another one, or because the server stops.
mod connection;
mod registry;
mod tls;
mod watched_io;

use std::{
    io::{self, ErrorKind, Write as _},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioTimer},
    server::conn::auto,
};
use kansoku_mlflow::ErrorBody;
use kansoku_model::ErrorCode;
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Instant, MissedTickBehavior, interval, sleep},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{forwarded::TrustedProxies, write_timeout::WriteLimits};
use connection::serve_connection;
use registry::{NoRoom, Registry};
pub use tls::{TlsCertificate, TlsError};

/// How many connections there may be, and how long each may take over what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// All connections of all ports. At the limit, the one that is idle longest is closed.
    pub connections_max: usize,
    /// Connections of one address; an IPv6 address counts with its /64 network.
    pub per_address_max: usize,
    /// From the first byte of a request to the end of its header; also from the accepted
    /// connection, TLS handshake included, to the first request.
    pub header_timeout: Duration,
    /// From the end of a request to the next one on the same connection.
    pub idle_timeout: Duration,
    /// How slowly a client may take a response.
    pub write: WriteLimits,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections_max: 1024,
            per_address_max: 256,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            write: WriteLimits::default(),
        }
    }
}

/// HTTP/2 streams that one connection may have open.
const HTTP2_STREAMS_MAX: u32 = 32;
/// Bytes of HTTP/2 request bodies that a connection may send ahead of their being read.
const HTTP2_WINDOW_BYTES: u32 = 256 << 10;
const HTTP2_FRAME_BYTES_MAX: u32 = 16 << 10;
const HTTP2_HEADER_BYTES_MAX: u32 = 16 << 10;
/// Bytes of a response that wait in memory for a slow client, per HTTP/2 stream.
const HTTP2_SEND_BYTES_MAX: usize = 64 << 10;
/// An HTTP/2 peer that answers no ping for `HTTP2_PING_TIMEOUT` is gone.
const HTTP2_PING_EVERY: Duration = Duration::from_secs(30);
const HTTP2_PING_TIMEOUT: Duration = Duration::from_secs(20);
/// Read and write buffer of an HTTP/1 connection, and so its largest header.
const HTTP1_BUFFER_BYTES_MAX: usize = 64 << 10;
const HTTP1_HEADERS_MAX: usize = 100;

/// How long the loop waits after an accept that failed, as it does without file descriptors.
const ACCEPT_RETRY_AFTER: Duration = Duration::from_millis(50);
const WARN_EVERY: Duration = Duration::from_secs(60);

/// The connections of all ports of a server; cheap to clone.
#[derive(Clone)]
pub struct Connections {
    registry: Arc<Registry>,
    http: Arc<auto::Builder<TokioExecutor>>,
}

impl Connections {
    /// Peers in `proxies` bring many clients and have no limit per address.
    pub fn new(limits: ConnectionLimits, proxies: TrustedProxies) -> Self {
        let mut http = auto::Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            // The registry's timeouts tell an idle connection from an unfinished header.
            .header_read_timeout(None)
            .max_buf_size(HTTP1_BUFFER_BYTES_MAX)
            .max_headers(HTTP1_HEADERS_MAX);
        http.http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(HTTP2_PING_EVERY)
            .keep_alive_timeout(HTTP2_PING_TIMEOUT)
            .max_concurrent_streams(HTTP2_STREAMS_MAX)
            .initial_stream_window_size(HTTP2_WINDOW_BYTES)
            .initial_connection_window_size(HTTP2_WINDOW_BYTES)
            .max_frame_size(HTTP2_FRAME_BYTES_MAX)
            .max_header_list_size(HTTP2_HEADER_BYTES_MAX)
            .max_send_buf_size(HTTP2_SEND_BYTES_MAX);
        Self { registry: Arc::new(Registry::new(limits, proxies)), http: Arc::new(http) }
    }

    /// Connections that are open now.
    pub fn open(&self) -> usize {
        self.registry.open()
    }

    /// Serves `router` on a port until `stop` is cancelled; then closes idle connections at once
    /// and ends when the requests under way have ended. The port takes HTTP/1, HTTP/2 and gRPC.
    pub async fn serve(
        &self,
        listener: TcpListener,
        router: Router,
        tls: Option<TlsCertificate>,
        stop: CancellationToken,
    ) {
        // Resolves the state of each route once instead of once per connection.
        let router = router.with_state::<()>(());
        let tasks = TaskTracker::new();
        let mut expiry = interval(self.registry.check_every());
        expiry.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failures = AcceptFailures::default();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                _ = expiry.tick() => {
                    self.registry.close_expired();
                    continue;
                }
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let served = self.start(stream, peer, &router, tls.as_ref(), &stop);
                    if let Some(served) = served {
                        tasks.spawn(served);
                    }
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    // Without descriptors, an idle connection gives its own.
                    self.registry.close_oldest_idle();
                    failures.warn(&error);
                    sleep(ACCEPT_RETRY_AFTER).await;
                }
            }
        }
        drop(listener);
        tasks.close();
        tasks.wait().await;
    }

    fn start(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        router: &Router,
        tls: Option<&TlsCertificate>,
        stop: &CancellationToken,
    ) -> Option<impl Future<Output = ()> + Send + 'static> {
        let entry = match self.registry.admit(peer.ip()) {
            Ok(entry) => entry,
            Err(no_room) => {
                tracing::debug!(%peer, "connection refused: {no_room}");
                if tls.is_none() {
                    answer_no_room(stream, no_room);
                }
                return None;
            }
        };
        // Small answers leave at once instead of waiting for more to send.
        let _ = stream.set_nodelay(true);
        let config = tls.map(TlsCertificate::current);
        Some(serve_connection(
            stream,
            peer,
            entry,
            config,
            self.http.clone(),
            router.clone(),
            stop.clone(),
        ))
    }
}

/// A client that gave up while it waited says nothing about the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::Interrupted
    )
}

/// Best effort, without waiting: the client reads a reason instead of a closed connection.
fn answer_no_room(stream: TcpStream, no_room: NoRoom) {
    let (status, code) = match no_room {
        NoRoom::OfAddress(_) => ("429 Too Many Requests", ErrorCode::ResourceExhausted),
        NoRoom::AtAll(_) => ("503 Service Unavailable", ErrorCode::TemporarilyUnavailable),
    };
    let body = json!(ErrorBody::new(code, no_room.to_string())).to_string();
    let response = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         retry-after: 1\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(response.as_bytes());
    }
}

/// Says that accepting fails, but not each of the many times that it does.
#[derive(Default)]
struct AcceptFailures {
    warned: Option<Instant>,
    since_then: u64,
}

impl AcceptFailures {
    fn warn(&mut self, error: &io::Error) {
        self.since_then += 1;
        if self.warned.is_some_and(|warned| warned.elapsed() < WARN_EVERY) {
            return;
        }
        tracing::warn!(
            %error,
            failures = self.since_then,
            "could not accept a connection; an idle one is closed and it is tried again"
        );
        self.warned = Some(Instant::now());
        self.since_then = 0;
    }
}
