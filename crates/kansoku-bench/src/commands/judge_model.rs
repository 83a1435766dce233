//! A model with OpenAI's interface that answers each question with `yes` after a fixed time.
//!
//! `GET /calls` returns the number of its answers.
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::say;
use crate::args::JudgeModel;

/// The longest request that is read.
const BODY_BYTES_MAX: usize = 16 << 20;

/// Answers until stdin ends.
pub(crate) fn run(ask: &JudgeModel) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    say(&json!({ "port": listener.local_addr()?.port() }))?;
    let (delay, calls) = (Duration::from_millis(ask.delay_ms), Arc::new(AtomicU64::new(0)));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let calls = calls.clone();
            // A client that went away is no concern of the others.
            thread::spawn(move || drop(serve(&stream, delay, &calls)));
        }
    });
    std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink())?;
    Ok(())
}

fn serve(stream: &TcpStream, delay: Duration, calls: &AtomicU64) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    let mut body = Vec::new();
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            match line.trim().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap_or(0);
                }
                None if line.trim().is_empty() => break,
                _ => {}
            }
        }
        body.resize(length.min(BODY_BYTES_MAX), 0);
        reader.read_exact(&mut body)?;
        let answer = if first.starts_with("GET") {
            json!({ "calls": calls.load(Ordering::Relaxed) })
        } else {
            thread::sleep(delay);
            calls.fetch_add(1, Ordering::Relaxed);
            completion()
        };
        let text = answer.to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            text.len()
        );
        writer.write_all((head + &text).as_bytes())?;
    }
}

fn completion() -> Value {
    let said = json!({ "result": "yes", "rationale": "It is." }).to_string();
    json!({
        "choices": [{
            "message": { "role": "assistant", "content": said },
            "finish_reason": "stop",
        }],
        "usage": { "prompt_tokens": 500, "completion_tokens": 20, "total_tokens": 520 },
    })
}
