//! A model: an HTTP server on a free port of this machine that answers by a function.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use kansoku_scoring::models::{ApiKey, EndpointSettings, ModelClient, Provider};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const KEY: &str = "sk-very-secret";

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Json(Value),
    /// A status, header lines that end with `\r\n`, and a body.
    Status(u16, String, String),
    /// The beginning of a body that is longer by its header.
    Half(String),
    /// Nothing, and the connection stays open.
    Hang,
}

type Rule = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

pub(crate) struct ModelServer {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl ModelServer {
    pub(crate) async fn start(rule: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (rule, seen): (Rule, _) = (Arc::new(rule), requests.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, rule.clone(), seen.clone()));
            }
        });
        Self { port, requests }
    }

    /// A model with OpenAI's interface that says these texts, and then the last one again.
    pub(crate) async fn saying(texts: &[&str]) -> Self {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let count = Mutex::new(0);
        Self::start(move |_| {
            let mut count = count.lock().unwrap();
            let text = &texts[(*count).min(texts.len() - 1)];
            *count += 1;
            text_reply(text)
        })
        .await
    }

    pub(crate) fn settings(&self, provider: Provider) -> EndpointSettings {
        EndpointSettings {
            base_url: Some(format!("http://127.0.0.1:{}", self.port)),
            ..EndpointSettings::for_model(provider, "judge-1")
        }
    }

    pub(crate) fn client(&self) -> ModelClient {
        client(self.settings(Provider::OpenAiCompatible))
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn only_request(&self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0].clone()
    }
}

pub(crate) fn client(settings: EndpointSettings) -> ModelClient {
    ModelClient::new("judge", settings, ApiKey::new(KEY)).unwrap()
}

/// A response of OpenAI's interface: 10 tokens in, 5 out.
pub(crate) fn text_reply(text: &str) -> Reply {
    Reply::Json(json!({
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5},
    }))
}

/// The calls of a tool, in OpenAI's interface.
pub(crate) fn tool_call_reply(calls: &[(&str, Value)]) -> Reply {
    let calls = calls.iter().enumerate().map(|(index, (name, arguments))| {
        let function = json!({"name": name, "arguments": arguments.to_string()});
        json!({"id": format!("c{index}"), "type": "function", "function": function})
    });
    let calls: Vec<Value> = calls.collect();
    Reply::Json(json!({
        "choices": [{"message": {"content": null, "tool_calls": calls}, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5},
    }))
}

impl Request {
    /// The text of the last message with this role, in OpenAI's interface.
    pub(crate) fn message(&self, role: &str) -> String {
        let messages = self.body["messages"].as_array().unwrap().iter().rev();
        let mut of_role = messages.filter(|message| message["role"] == role);
        of_role.next().unwrap()["content"].as_str().unwrap().to_owned()
    }

    /// The sections of the first message of the user, as a model sees them that trusts only the code
    /// in the message of the system.
    pub(crate) fn sections(&self) -> BTreeMap<String, String> {
        let messages = self.body["messages"].as_array().unwrap();
        let text = |index: usize| messages[index]["content"].as_str().unwrap();
        let (system, mut rest) = (text(0), text(1));
        let code = system.split("<NAME-").nth(1).unwrap().split('>').next().unwrap();
        let mut sections = BTreeMap::new();
        while let Some((name, after)) = rest.split_once(&format!("-{code}>\n")) {
            let name = name.trim_start_matches("\n\n").trim_start_matches('<');
            let (text, after) = after.split_once(&format!("\n</{name}-{code}>")).unwrap();
            sections.insert(name.to_owned(), text.to_owned());
            rest = after;
        }
        sections
    }
}

async fn serve(mut stream: TcpStream, rule: Rule, seen: Arc<Mutex<Vec<Request>>>) {
    let Some(request) = read(&mut stream).await else { return };
    seen.lock().unwrap().push(request.clone());
    let (status, headers, body, length) = match rule(&request) {
        Reply::Json(body) => {
            let body = body.to_string();
            (200, "content-type: application/json\r\n".to_owned(), body.clone(), body.len())
        }
        Reply::Status(status, headers, body) => (status, headers, body.clone(), body.len()),
        Reply::Half(body) => (200, String::new(), body.clone(), 2 * body.len()),
        Reply::Hang => return std::future::pending().await,
    };
    let head = format!(
        "HTTP/1.1 {status} x\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body.as_bytes()).await;
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let (mut bytes, mut part) = (Vec::new(), vec![0; 65_536]);
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four: &[u8]| four == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&part[..count]),
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers: BTreeMap<String, String> =
        headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    while bytes.len() < end + 4 + length {
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&part[..count]),
        }
    }
    let body = serde_json::from_slice(&bytes[end + 4..]).ok()?;
    Some(Request { path, headers, body })
}
