//! Large responses take a limited amount of memory, however slowly they are received.
use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::body::Body;
use http_body_util::BodyExt;
use kansoku_model::{ExperimentId, TraceId};
use kansoku_otlp::{LogsData, SpanSet, TracesData, split, split_logs};
use kansoku_server::{ReadBudget, WriteLimits, WriteTimeout, router};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value::Value as Any},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tower::ServiceExt;

use crate::test_server::TestServer;

const MIB: usize = 1 << 20;

fn text(key: &str, value: String) -> KeyValue {
    let value = Some(AnyValue { value: Some(Any::StringValue(value)) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

/// Words that hardly compress, so that chunks have a realistic size on disk.
fn words(random: &mut u64, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 20);
    while text.len() < bytes {
        *random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(&format!("{:x} ", *random >> 20));
    }
    text
}

/// A trace of several chunks: spans arrive out of order, some repeatedly, and with log records.
struct Given {
    trace: TraceId,
    chunks: Vec<Vec<u8>>,
    logs: Vec<Vec<u8>>,
}

async fn given(server: &TestServer, seed: u64, chunks: usize, chunk_bytes: usize) -> Given {
    eprintln!("seed {seed}");
    let mut random = seed;
    let trace_id = vec![7; 16];
    let span_bytes = 8 << 10;
    let per_chunk = chunk_bytes / span_bytes;
    for chunk in 0..chunks {
        let spans = (0..per_chunk).map(|n| {
            let number = chunk * per_chunk + n;
            // The first span is the root; some ids of the previous chunk are repeated.
            let again = 0 < chunk && n % 97 == 3;
            let id = if again { number - per_chunk } else { number } as u64 + 1;
            let parent = if id == 1 { Vec::new() } else { 1_u64.to_be_bytes().to_vec() };
            Span {
                trace_id: trace_id.clone(),
                span_id: id.to_be_bytes().to_vec(),
                parent_span_id: parent,
                name: format!("span {id} of chunk {chunk}"),
                // Spans that are consecutive in time are in different chunks.
                start_time_unix_nano: 1_700_000_000_000_000_000 + (id * 7919 % 1000) * 1_000_000,
                end_time_unix_nano: 1_700_000_002_000_000_000,
                attributes: vec![text("input.value", words(&mut random, span_bytes))],
                ..Span::default()
            }
        });
        let scope_spans = vec![ScopeSpans { spans: spans.collect(), ..ScopeSpans::default() }];
        let resource = ResourceSpans { scope_spans, ..ResourceSpans::default() };
        let split = split(TracesData { resource_spans: vec![resource] });
        server.app.traces.append(ExperimentId::DEFAULT, split.traces).await.unwrap();
        let records = (0..5).map(|n| LogRecord {
            trace_id: trace_id.clone(),
            span_id: ((chunk * per_chunk + n * 11) as u64 + 1).to_be_bytes().to_vec(),
            time_unix_nano: 1_700_000_001_000_000_000 - n as u64,
            event_name: "gen_ai.user.message".to_owned(),
            attributes: vec![text("content", format!("said {n}"))],
            ..LogRecord::default()
        });
        let scope_logs = vec![ScopeLogs { log_records: records.collect(), ..ScopeLogs::default() }];
        let resource = ResourceLogs { scope_logs, ..ResourceLogs::default() };
        let split = split_logs(LogsData { resource_logs: vec![resource] });
        server.app.traces.append(ExperimentId::DEFAULT, split.traces).await.unwrap();
    }
    let trace = TraceId::from_otel([7; 16]);
    let stored = server.app.traces.spans(&trace).await.unwrap();
    Given { trace, chunks: stored.chunks, logs: stored.logs }
}

impl Given {
    /// The expected spans, decoded from the whole trace at once.
    fn whole(&self) -> SpanSet {
        SpanSet::with_logs(&self.chunks, &self.logs).unwrap()
    }

    fn get_path(&self) -> String {
        format!("/api/3.0/mlflow/traces/get?trace_id={}", self.trace)
    }
}

#[tokio::test]
async fn a_large_trace_is_rendered_from_its_chunks_as_from_the_whole() {
    let mut server = TestServer::start();
    server.app.reads = ReadBudget::new(48 * MIB);
    let given = given(&server, rand::random(), 3, 2 * MIB).await;
    let whole = given.whole();
    let spans = whole.proto_json(&given.trace);
    let reply = server.get(&given.get_path()).await;
    assert_eq!(reply.status, 200);
    let body = reply.body.as_ref();
    assert!(body.starts_with(b"{\"trace\":{\"trace_info\":{"));
    let end = [b"\"spans\":".as_slice(), &spans, b"}}"].concat();
    assert!(body.ends_with(&end), "traces/get of {} bytes", body.len());
    let batch = format!("/api/3.0/mlflow/traces/batchGet?trace_ids={}", given.trace);
    let reply = server.get(&batch).await;
    let end = [b"\"spans\":".as_slice(), &spans, b"}]}"].concat();
    assert!(reply.body.starts_with(b"{\"traces\":[{\"trace_info\":") && reply.body.ends_with(&end));
    let path = format!("0/traces/{}/artifacts/traces.json", given.trace);
    assert!(server.get_artifact(&path).await.body == whole.traces_json(&given.trace));
    let path = "/api/3.0/kansoku/experiments/0/traces/export?format=jsonl";
    let line = server.get(path).await;
    let end = [b"\"spans\":".as_slice(), &spans, b"}\n"].concat();
    assert!(line.body.ends_with(&end));
    assert_eq!(server.app.reads.bytes(), 0, "everything was given back");
    let peak = server.app.reads.peak_bytes();
    assert!((MIB..32 * MIB).contains(&peak), "{peak} bytes");
}

/// Serves the router on a socket, like the binary.
async fn listen(server: &TestServer, limits: WriteLimits) -> SocketAddr {
    struct Listener(TcpListener, WriteLimits);
    impl axum::serve::Listener for Listener {
        type Io = WriteTimeout<TcpStream>;
        type Addr = SocketAddr;

        async fn accept(&mut self) -> (Self::Io, SocketAddr) {
            let (socket, address) = self.0.accept().await.unwrap();
            (WriteTimeout::new(socket, self.1), address)
        }

        fn local_addr(&self) -> std::io::Result<SocketAddr> {
            self.0.local_addr()
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = router(server.app.clone());
    tokio::spawn(async move { axum::serve(Listener(listener, limits), router).await });
    address
}

async fn ask(address: SocketAddr, path: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_readers_of_a_large_trace_share_a_bounded_memory() {
    const READERS: usize = 20;
    const BUDGET: usize = 48 * MIB;
    let mut server = TestServer::start();
    server.app.reads = ReadBudget::with_limits(BUDGET, Duration::from_secs(60), READERS);
    let given = Arc::new(given(&server, 1, 4, 2 * MIB).await);
    let expected = given.whole().proto_json(&given.trace);
    let address = listen(&server, WriteLimits::default()).await;
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        let path = given.get_path();
        readers.spawn(async move {
            let mut socket = ask(address, &path).await;
            // All readers start; each then waits long enough that its window may be taken.
            let mut received = vec![0; 1000];
            socket.read_exact(&mut received).await.unwrap();
            tokio::time::sleep(Duration::from_millis(1500)).await;
            socket.read_to_end(&mut received).await.unwrap();
            unchunked(&received)
        });
    }
    while let Some(read) = readers.join_next().await {
        let body = read.unwrap();
        let end = [b"\"spans\":".as_slice(), &expected, b"}}"].concat();
        assert!(body.ends_with(&end), "an answer of {} bytes", body.len());
    }
    let peak = server.app.reads.peak_bytes();
    // Chunks that are being sent are charged even if there is no room.
    assert!(peak <= BUDGET + READERS * MIB, "{peak} bytes");
}

/// The body of a response with chunked transfer encoding.
fn unchunked(answer: &[u8]) -> Vec<u8> {
    let at = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let (head, mut rest) = (String::from_utf8_lossy(&answer[..at]), &answer[at + 4..]);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|it| it == b"\r\n").expect("a whole answer");
        let bytes = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if bytes == 0 {
            return body;
        }
        body.extend_from_slice(&rest[line + 2..line + 2 + bytes]);
        rest = &rest[line + 2 + bytes + 2..];
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_takes_nothing_is_cut_off_and_its_memory_comes_back() {
    let server = TestServer::start();
    let given = given(&server, 2, 4, 4 * MIB).await;
    let limits = WriteLimits { stall_max: Duration::from_millis(300), ..WriteLimits::default() };
    let address = listen(&server, limits).await;
    let socket = ask(address, &given.get_path()).await;
    while server.app.reads.bytes() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // More bytes are being sent than the sockets buffer.
    while 0 < server.app.reads.bytes() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(socket);
}

#[tokio::test]
async fn large_answers_of_one_caller_are_few_at_one_time() {
    let mut server = TestServer::start();
    server.app.reads = ReadBudget::with_limits(64 * MIB, Duration::from_millis(50), 2);
    let given = given(&server, 3, 2, MIB).await;
    let ask = || {
        let request = axum::http::Request::get(given.get_path()).body(Body::empty()).unwrap();
        router(server.app.clone()).oneshot(request)
    };
    let (first, second) = (ask().await.unwrap(), ask().await.unwrap());
    assert_eq!(
        (first.status(), second.status()),
        (200.try_into().unwrap(), 200.try_into().unwrap())
    );
    let third = server.get(&given.get_path()).await;
    assert_eq!(third.status, 429);
    assert_eq!(third.header("retry-after"), "1");
    assert!(third.to_string().contains("2 large answers are being read"), "{third}");
    first.into_body().collect().await.unwrap();
    assert_eq!(server.get(&given.get_path()).await.status, 200);
    drop(second);
}
