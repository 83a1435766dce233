//! The accept loop: TCP, TLS and HTTP connections, with limits on their number and idle time.
//!
//! All connections share one router. A connection without a current request can be closed at any
//! time: after its timeout, to make room for another one, or because the server stops.
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

/// Limits on the number of connections and on the time of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// All connections of all ports. At the limit, an idle connection is closed: the one that has
    /// been idle longest, among those of the address with the most connections.
    pub connections_max: usize,
    /// Connections of one address; IPv6 addresses are counted by their /64 network.
    pub per_address_max: usize,
    /// The time from the first byte of a request to the end of its header; also the time from the
    /// accepted connection, including the TLS handshake, to the first request.
    pub header_timeout: Duration,
    /// The time from the end of a request to the next one on the same connection.
    pub idle_timeout: Duration,
    /// Limits on how slowly a client may receive a response.
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

/// The most open HTTP/2 streams of a connection.
const HTTP2_STREAMS_MAX: u32 = 32;
/// The bytes of HTTP/2 request bodies that a connection may send before they are read.
const HTTP2_WINDOW_BYTES: u32 = 256 << 10;
const HTTP2_FRAME_BYTES_MAX: u32 = 16 << 10;
const HTTP2_HEADER_BYTES_MAX: u32 = 16 << 10;
/// The bytes of a response that are buffered for a slow client, per HTTP/2 stream.
const HTTP2_SEND_BYTES_MAX: usize = 64 << 10;
/// An HTTP/2 peer that does not respond to a ping within `HTTP2_PING_TIMEOUT` is considered gone.
const HTTP2_PING_EVERY: Duration = Duration::from_secs(30);
const HTTP2_PING_TIMEOUT: Duration = Duration::from_secs(20);
/// Size of the read and write buffers of an HTTP/1 connection, which limits its header.
const HTTP1_BUFFER_BYTES_MAX: usize = 64 << 10;
const HTTP1_HEADERS_MAX: usize = 100;

/// The pause after a failed accept, for example when no file descriptors are left.
const ACCEPT_RETRY_AFTER: Duration = Duration::from_millis(50);
const WARN_EVERY: Duration = Duration::from_secs(60);

/// The connections of all ports of a server; cheap to clone.
#[derive(Clone)]
pub struct Connections {
    registry: Arc<Registry>,
    http: Arc<auto::Builder<TokioExecutor>>,
}

impl Connections {
    /// Peers in `proxies` forward requests of many clients, and have no limit per address.
    pub fn new(limits: ConnectionLimits, proxies: TrustedProxies) -> Self {
        let mut http = auto::Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            // The registry has its own timeouts, which distinguish idle connections from unfinished
            // headers.
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

    /// The number of open connections.
    pub fn open(&self) -> usize {
        self.registry.open()
    }

    /// Serves `router` on a port until `stop` is cancelled; then closes idle connections at once,
    /// and returns when the current requests are complete. The port serves HTTP/1, HTTP/2 and gRPC.
    pub async fn serve(
        &self,
        listener: TcpListener,
        router: Router,
        tls: Option<TlsCertificate>,
        stop: CancellationToken,
    ) {
        // Resolves the state of all routes once instead of once per connection.
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
                    // Without file descriptors, an idle connection must release its own.
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
        // Disables Nagle's algorithm, so that small responses are sent at once.
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

/// Whether an error concerns only one connection, such as one that its client aborted, and not the
/// listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::Interrupted
    )
}

/// Sends the reason before the connection is closed, if that is possible without waiting.
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

/// Logs failed accepts, but not each of many in a row.
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
