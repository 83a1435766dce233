//! Clients that hold connections, with few file descriptors and little memory for the server.
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::binary::{Running, kansoku, run, stderr};

fn address(server: &Running) -> String {
    server.url.trim_start_matches("http://").to_owned()
}

fn hold(address: &str, count: usize) -> Vec<TcpStream> {
    (0..count).map(|_| TcpStream::connect(address).unwrap()).collect()
}

/// Sends a request on a connection, and reads the response.
fn ask(stream: &mut TcpStream, request: &str) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = [0; 2048];
    let n = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..n]).into_owned()
}

fn ingest(address: &str, span: u32) -> String {
    let body = format!(
        r#"{{"resourceSpans": [{{"scopeSpans": [{{"spans": [{{
        "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "{span:016x}", "name": "ask",
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000"}}]}}]}}]}}"#
    );
    let request = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    ask(&mut TcpStream::connect(address).unwrap(), &request)
}

fn resident_bytes(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib << 10
}

#[test]
fn a_server_with_few_descriptors_lets_clients_in_while_strangers_hold_connections() {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Command::new("sh");
    shell.arg("-c").arg("ulimit -n 256 && exec \"$0\" \"$@\"");
    let server =
        Running::start_by(shell, folder.path(), &["--connections-per-address-max", "1000"]);
    let address = address(&server);
    let held = hold(&address, 1000);
    for span in 1..=20 {
        let answer = ingest(&address, span);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let open = fs::read_dir(format!("/proc/{}/fd", server.child.id())).unwrap().count();
    assert!(open < 256, "{open} descriptors are open");
    drop(held);
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("128 connections instead of 1024"), "{log}");
    assert!(log.lines().count() < 30, "{log}");
}

#[test]
fn a_thousand_idle_connections_cost_less_than_40_mb() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &["--connections-per-address-max", "2000"]);
    let (address, pid) = (address(&server), server.child.id());
    let health = format!("GET /health HTTP/1.1\r\nhost: {address}\r\n\r\n");
    // The first requests allocate memory that does not belong to connections.
    for _ in 0..20 {
        assert!(
            ask(&mut TcpStream::connect(&address).unwrap(), &health).starts_with("HTTP/1.1 200")
        );
    }
    let before = resident_bytes(pid);
    let mut held = hold(&address, 1000);
    for stream in &mut held {
        assert!(ask(stream, &health).starts_with("HTTP/1.1 200"));
    }
    let cost = resident_bytes(pid).saturating_sub(before);
    println!("1,000 idle connections cost {cost} bytes");
    assert!(cost < 40 << 20, "{cost} bytes");
}

#[test]
fn a_stop_waits_for_no_half_open_connection() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &[]);
    let address = address(&server);
    let silent = TcpStream::connect(&address).unwrap();
    let mut half_open = TcpStream::connect(&address).unwrap();
    half_open.write_all(b"POST /v1/traces HTTP/1.1\r\nhost: ").unwrap();
    let mut idle = TcpStream::connect(&address).unwrap();
    let health = format!("GET /health HTTP/1.1\r\nhost: {address}\r\n\r\n");
    assert!(ask(&mut idle, &health).starts_with("HTTP/1.1 200"));
    let since = Instant::now();
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(since.elapsed() < Duration::from_secs(10), "it waited: {log}");
    assert!(!log.contains("are cut off"), "{log}");
    drop((silent, half_open, idle));
}

#[test]
fn a_certificate_needs_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    let refused = run(&["serve", "--port", "0", "--data", &data, "--tls-cert", "cert.pem"]);
    assert_eq!(
        stderr(&refused),
        "error: `tls_cert` needs `tls_key`, the file of its private key\n"
    );
    let both = ["--tls-cert", "/nowhere/cert.pem", "--tls-key", "/nowhere/key.pem"];
    let refused = run(&[&["serve", "--port", "0", "--data", &data], &both[..]].concat());
    assert!(
        stderr(&refused).starts_with("error: could not read /nowhere/cert.pem: "),
        "{}",
        stderr(&refused)
    );
    let hosts = kansoku().args(["serve", "--allowed-hosts", "http://a.b"]).output().unwrap();
    assert!(
        stderr(&hosts).contains("`http://a.b` is not a host name such as"),
        "{}",
        stderr(&hosts)
    );
}
