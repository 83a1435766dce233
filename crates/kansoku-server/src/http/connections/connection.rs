//! One connection, from its TLS handshake to its last response.
use std::{
    convert::Infallible, future::pending, net::SocketAddr, pin::pin, sync::Arc, time::Duration,
};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::sleep,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{
    registry::{Connection, Entry, RequestUnderWay},
    watched_io::WatchedIo,
};
use crate::http::{
    connection_info::{ConnectionInfo, Scheme},
    wrapped_body::{FrameHook, WrappedBody},
    write_timeout::WriteTimeout,
};

/// The time that an idle HTTP/2 client has to receive the GOAWAY frame.
const GOODBYE_MAX: Duration = Duration::from_millis(100);

/// Serves a connection until the client closes it, the registry closes it, or the server stops and
/// it has no current request.
pub(super) async fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    entry: Entry,
    tls: Option<Arc<rustls::ServerConfig>>,
    http: Arc<auto::Builder<TokioExecutor>>,
    router: Router,
    stop: CancellationToken,
) {
    let connection = &entry.connection;
    let io = WatchedIo::new(stream, connection.clone());
    let Some(config) = tls else {
        let info = ConnectionInfo { peer, scheme: Scheme::Http };
        return serve_http(io, info, connection, &http, router, stop).await;
    };
    let handshake = tokio::select! {
        handshake = TlsAcceptor::from(config).accept(io) => handshake,
        () = connection.closed() => return,
        () = stop.cancelled() => return,
    };
    match handshake {
        Ok(io) => {
            if io.get_ref().1.alpn_protocol() == Some(b"h2") {
                connection.note_http2();
            }
            let info = ConnectionInfo { peer, scheme: Scheme::Https };
            // Boxed, so that connections without TLS do not have the size of a TLS session.
            Box::pin(serve_http(io, info, connection, &http, router, stop)).await;
        }
        Err(error) => tracing::debug!(%peer, %error, "no TLS handshake"),
    }
}

async fn serve_http(
    io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    info: ConnectionInfo,
    connection: &Arc<Connection>,
    http: &auto::Builder<TokioExecutor>,
    router: Router,
    stop: CancellationToken,
) {
    let watched = connection.clone();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let under_way = watched.begin_request();
        let router = router.clone();
        async move {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(info);
            let response = match router.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            Ok::<_, Infallible>(
                response.map(|body| WrappedBody::new(body, SentResponse { _under_way: under_way })),
            )
        }
    });
    let io = WriteTimeout::new(io, connection.write_limits());
    let mut serving = pin!(http.serve_connection(TokioIo::new(io), service));
    let mut is_stopping = false;
    loop {
        let goodbye = async move {
            match is_stopping {
                true => sleep(GOODBYE_MAX).await,
                false => pending().await,
            }
        };
        tokio::select! {
            // The way in which a client ends its connection does not matter.
            _ended = serving.as_mut() => return,
            () = connection.closed() => {
                // A request that began at this moment may complete.
                if !connection.has_moving_request() {
                    return;
                }
                is_stopping = true;
                serving.as_mut().graceful_shutdown();
            }
            () = stop.cancelled(), if !is_stopping => {
                is_stopping = true;
                serving.as_mut().graceful_shutdown();
            }
            () = goodbye => {
                if !connection.is_busy() {
                    return;
                }
            }
        }
    }
}

/// Counts the request as current until the response is sent or dropped.
struct SentResponse {
    _under_way: RequestUnderWay,
}

impl FrameHook for SentResponse {}
