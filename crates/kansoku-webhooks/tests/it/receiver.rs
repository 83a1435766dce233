//! A receiver of webhooks: an HTTP server on a free port of this machine.
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A status, and header lines.
    Status(u16, &'static str),
    RedirectTo(String),
    /// Closes the connection instead.
    Close,
    /// Answers 200 after [`Receiver::release`].
    Hang,
}

#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(crate) struct Receiver {
    pub(crate) port: u16,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    received: mpsc::UnboundedReceiver<Received>,
    released: Arc<Semaphore>,
}

impl Receiver {
    /// Gives these answers, and then 200.
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers: VecDeque<Answer> = answers.into_iter().collect();
        let answers = Arc::new(Mutex::new(answers));
        let (sender, received) = mpsc::unbounded_channel();
        let released = Arc::new(Semaphore::new(0));
        let (shared, permits) = (answers.clone(), released.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answer = shared.lock().unwrap().pop_front();
                let answer = answer.unwrap_or(Answer::Status(200, ""));
                tokio::spawn(serve(stream, answer, sender.clone(), permits.clone()));
            }
        });
        Self { port, answers, received, released }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    pub(crate) fn answer_next(&self, answer: Answer) {
        self.answers.lock().unwrap().push_back(answer);
    }

    pub(crate) fn release(&self) {
        self.released.add_permits(1000);
    }

    /// The next request, for which it waits.
    pub(crate) async fn next(&mut self) -> Received {
        self.received.recv().await.unwrap()
    }

    /// The requests that have arrived.
    pub(crate) fn arrived(&mut self) -> Vec<Received> {
        std::iter::from_fn(|| self.received.try_recv().ok()).collect()
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: Answer,
    received: mpsc::UnboundedSender<Received>,
    released: Arc<Semaphore>,
) {
    if matches!(answer, Answer::Close) {
        return;
    }
    let Some(request) = read(&mut stream).await else { return };
    let _ = received.send(request);
    let (status, headers) = match answer {
        Answer::Status(status, headers) => (status, headers.to_owned()),
        Answer::RedirectTo(url) => (307, format!("location: {url}\r\n")),
        Answer::Close | Answer::Hang => {
            let _ = released.acquire().await;
            (200, String::new())
        }
    };
    let body = r#"{"seen":true}"#;
    let length = body.len();
    let response = format!(
        "HTTP/1.1 {status} x\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let _ = stream.write_all(response.as_bytes()).await;
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines();
            let path = lines.next()?.split(' ').nth(1)?.to_owned();
            let headers = lines.filter_map(|line| line.split_once(": "));
            let headers: BTreeMap<String, String> =
                headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
            let length: usize = headers.get("content-length")?.parse().ok()?;
            if length <= body.len() {
                return Some(Received { path, headers, body: body.to_owned() });
            }
        }
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&part[..count]),
        }
    }
}
