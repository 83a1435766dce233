//! Connections over real sockets: their number, their timeouts, and which one is closed to make
//! room.
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Bytes, routing::get};
use http_body_util::{BodyExt, Empty};
use hyper::{Request, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use kansoku_server::{ConnectionLimits, Connections, TrustedProxies, WriteLimits, router};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::test_server::TestServer;

const HEALTH: &[u8] = b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";
/// Longer than any test takes, so what has not arrived by then counts as missing.
const WAIT_MAX: Duration = Duration::from_secs(20);

struct Serving {
    address: SocketAddr,
    connections: Connections,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Serving {
    async fn start(limits: ConnectionLimits, router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Connections::new(limits, TrustedProxies::default());
        let stop = CancellationToken::new();
        let (serving, stopped) = (connections.clone(), stop.clone());
        let served =
            tokio::spawn(async move { serving.serve(listener, router, None, stopped).await });
        Self { address, connections, stop, served }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Requests `/health` on a new connection, and keeps it open.
    async fn ask(&self) -> TcpStream {
        let mut stream = self.connect().await;
        ask(&mut stream).await;
        stream
    }

    async fn open_connections(&self, wanted: usize) {
        let reached = async {
            while self.connections.open() != wanted {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let reached = timeout(WAIT_MAX, reached).await;
        assert!(reached.is_ok(), "{} connections, not {wanted}", self.connections.open());
    }
}

async fn ask(stream: &mut TcpStream) {
    stream.write_all(HEALTH).await.unwrap();
    let answer = read_until(stream, "OK").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut read = String::new();
    let reading = async {
        while !read.ends_with(end) {
            let mut bytes = [0; 4096];
            let n = stream.read(&mut bytes).await.unwrap();
            assert_ne!(n, 0, "it ended with `{read}`");
            read.push_str(&String::from_utf8_lossy(&bytes[..n]));
        }
    };
    timeout(WAIT_MAX, reading).await.unwrap();
    read
}

/// All bytes that the server sends until it closes the connection.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    // A reset counts as closed, too.
    let _ = timeout(WAIT_MAX, stream.read_to_end(&mut read)).await.expect("it stays open");
    String::from_utf8_lossy(&read).into_owned()
}

fn limits() -> ConnectionLimits {
    ConnectionLimits::default()
}

/// A route that responds when it gets a permit, and counts the requests that wait for one.
fn waiting_router() -> (Router, Arc<Semaphore>, Arc<AtomicUsize>) {
    let (may_end, under_way) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let (permits, count) = (may_end.clone(), under_way.clone());
    let handler = move || {
        let (permits, count) = (permits.clone(), count.clone());
        async move {
            count.fetch_add(1, Ordering::SeqCst);
            permits.acquire().await.unwrap().forget();
            count.fetch_sub(1, Ordering::SeqCst);
            "done"
        }
    };
    let router =
        Router::new().route("/wait", get(handler)).route("/health", get(|| async { "OK" }));
    (router, may_end, under_way)
}

async fn until(condition: impl Fn() -> bool) {
    let reached = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(WAIT_MAX, reached).await.expect("it never came to that");
}

#[tokio::test]
async fn a_header_that_does_not_arrive_and_a_connection_that_says_nothing_are_closed() {
    let short = ConnectionLimits { header_timeout: Duration::from_millis(300), ..limits() };
    let server = Serving::start(short, router(TestServer::start().app)).await;
    let mut silent = server.connect().await;
    let mut slow = server.connect().await;
    slow.write_all(b"GET /health HTTP/1.1\r\nhost: loc").await.unwrap();
    let mut second = server.ask().await;
    second.write_all(b"GET /hea").await.unwrap();
    for stream in [&mut silent, &mut slow, &mut second] {
        assert_eq!(read_to_end(stream).await, "");
    }
    server.open_connections(0).await;
}

#[tokio::test]
async fn a_connection_that_is_idle_for_too_long_is_closed() {
    let short = ConnectionLimits { idle_timeout: Duration::from_millis(300), ..limits() };
    let server = Serving::start(short, router(TestServer::start().app)).await;
    let mut idle = server.ask().await;
    assert_eq!(read_to_end(&mut idle).await, "");
}

#[tokio::test]
async fn strangers_who_hold_connections_keep_nobody_out() {
    let few = ConnectionLimits { connections_max: 20, ..limits() };
    let server = Serving::start(few, router(TestServer::start().app)).await;
    let mut held = Vec::new();
    for n in 0..100 {
        let mut stream = server.connect().await;
        if n % 2 == 0 {
            let _ = stream.write_all(b"POST /v1/traces HTTP/1.1\r\nhost: ").await;
        }
        held.push(stream);
    }
    server.open_connections(20).await;
    let mut agent = server.ask().await;
    for _ in 0..3 {
        ask(&mut agent).await;
    }
    assert!(server.connections.open() <= 20);
}

#[tokio::test]
async fn a_client_that_uses_all_its_connections_is_told_so() {
    let few = ConnectionLimits { per_address_max: 2, ..limits() };
    let (router, may_end, under_way) = waiting_router();
    let server = Serving::start(few, router).await;
    let mut busy = Vec::new();
    for _ in 0..2 {
        let mut stream = server.connect().await;
        stream.write_all(b"GET /wait HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        busy.push(stream);
    }
    until(|| under_way.load(Ordering::SeqCst) == 2).await;
    let mut third = server.connect().await;
    let answer = read_to_end(&mut third).await;
    assert!(answer.starts_with("HTTP/1.1 429 Too Many Requests\r\n"), "{answer}");
    assert!(answer.contains("this address has 2 connections with requests under way"), "{answer}");
    may_end.add_permits(2);
    for stream in &mut busy {
        assert!(read_until(stream, "done").await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn a_stop_waits_for_requests_under_way_and_not_for_open_connections() {
    let (router, may_end, under_way) = waiting_router();
    let server = Serving::start(limits(), router).await;
    let mut silent = server.connect().await;
    let mut half_open = server.connect().await;
    half_open.write_all(b"GET /health HTTP/1.1\r\nhost").await.unwrap();
    let mut idle = server.ask().await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /wait HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    until(|| under_way.load(Ordering::SeqCst) == 1).await;
    server.open_connections(4).await;

    server.stop.cancel();
    for stream in [&mut silent, &mut half_open, &mut idle] {
        assert_eq!(read_to_end(stream).await, "");
    }
    server.open_connections(1).await;
    assert!(!server.served.is_finished());
    may_end.add_permits(1);
    let answer = read_to_end(&mut busy).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    timeout(WAIT_MAX, server.served).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_response_that_its_client_does_not_take_ends_and_one_that_it_takes_slowly_does_not() {
    let written = Arc::new(Notify::new());
    let notify = written.clone();
    // Larger than all buffers between server and client.
    let large = Router::new().route(
        "/large",
        get(move || {
            notify.notify_one();
            async { vec![b'x'; 64 << 20] }
        }),
    );
    let write = WriteLimits { stall_max: Duration::from_millis(500), ..WriteLimits::default() };
    let short = ConnectionLimits { write, ..limits() };
    let server = Serving::start(short, large).await;
    let request = b"GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut stuck = server.connect().await;
    stuck.write_all(request).await.unwrap();
    written.notified().await;
    server.open_connections(0).await;

    let mut slow = server.connect().await;
    slow.write_all(request).await.unwrap();
    let mut left = 64 << 20;
    let mut bytes = vec![0; 4 << 20];
    while 0 < left {
        let n = timeout(WAIT_MAX, slow.read(&mut bytes)).await.unwrap().unwrap();
        assert_ne!(n, 0, "{left} bytes are missing");
        left -= n.min(left);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_connection_of_http2_has_so_many_streams_at_once() {
    let (router, may_end, under_way) = waiting_router();
    let server = Serving::start(limits(), router).await;
    let io = TokioIo::new(server.connect().await);
    let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    // With the first response, the client knows how many streams it may open.
    let mut first = sender.clone();
    let request = Request::get("http://localhost/health").body(Empty::<Bytes>::new()).unwrap();
    assert_eq!(first.send_request(request).await.unwrap().status(), 200);
    let requests: Vec<_> = (0..100)
        .map(|_| {
            let mut sender = sender.clone();
            let request = Request::get("http://localhost/wait").body(Empty::<Bytes>::new());
            tokio::spawn(async move {
                let answer = sender.send_request(request.unwrap()).await.unwrap();
                assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "done");
            })
        })
        .collect();
    until(|| under_way.load(Ordering::SeqCst) == 32).await;
    let most = Arc::new(AtomicUsize::new(0));
    for _ in 0..100 {
        may_end.add_permits(1);
        tokio::task::yield_now().await;
        most.fetch_max(under_way.load(Ordering::SeqCst), Ordering::SeqCst);
    }
    for request in requests {
        timeout(WAIT_MAX, request).await.unwrap().unwrap();
    }
    assert!(most.load(Ordering::SeqCst) <= 32);
}

#[tokio::test]
async fn a_header_may_be_so_large() {
    let server = Serving::start(limits(), router(TestServer::start().app)).await;
    let mut stream = server.connect().await;
    let header =
        format!("GET /health HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n", "x".repeat(200_000));
    let _ = stream.write_all(header.as_bytes()).await;
    let answer = read_to_end(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let mut stream = server.connect().await;
    let headers = (0..101).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    let header = format!("GET /health HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
    stream.write_all(header.as_bytes()).await.unwrap();
    assert!(read_to_end(&mut stream).await.starts_with("HTTP/1.1 431"));
}
