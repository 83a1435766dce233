//! Requests to a running server.
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// A server's address, with the token, timeout and maximum response size for requests.
#[derive(Clone)]
pub(crate) struct Server {
    address: String,
    token: Option<String>,
    agent: ureq::Agent,
    answer_bytes_max: u64,
}

impl Server {
    pub(crate) fn new(
        address: &str,
        token: Option<String>,
        answer_within: Option<Duration>,
        answer_bytes_max: u64,
    ) -> Self {
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(answer_within);
        let address = address.trim_end_matches('/').to_owned();
        Self { address, token, agent: config.build().into(), answer_bytes_max }
    }

    /// The address without a trailing slash.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A route of this server; `path` begins with a slash.
    pub(crate) fn at(&self, path: &str) -> Route {
        Route { url: format!("{}{path}", self.address), server: self.clone() }
    }
}

/// A URL of a server.
pub(crate) struct Route {
    url: String,
    server: Server,
}

impl Route {
    /// A route below `/api/3.0/kansoku/`; `path` is the rest, without a leading slash.
    pub(crate) fn new(
        server: &str,
        token: Option<String>,
        path: &str,
        answer_within: Option<Duration>,
        answer_bytes_max: u64,
    ) -> Self {
        let server = Server::new(server, token, answer_within, answer_bytes_max);
        server.at(&format!("/api/3.0/kansoku/{path}"))
    }

    pub(crate) fn get(&self) -> anyhow::Result<Value> {
        self.read(self.with_token(self.server.agent.get(&self.url)).call())
    }

    /// Sends `GET`; returns `None` if the response is 404.
    pub(crate) fn get_if_there(&self) -> anyhow::Result<Option<Value>> {
        let answer = self.with_token(self.server.agent.get(&self.url)).call();
        match answer {
            Ok(answer) if answer.status() == 404 => Ok(None),
            answer => self.read(answer).map(Some),
        }
    }

    /// Sends OTLP as protobuf to an experiment.
    pub(crate) fn post_otlp(&self, experiment: &str, otlp: &[u8]) -> anyhow::Result<()> {
        let request = self.with_token(self.server.agent.post(&self.url));
        let request = request
            .header("content-type", "application/x-protobuf")
            .header("x-mlflow-experiment-id", experiment);
        self.read(request.send(otlp)).map(drop)
    }

    pub(crate) fn post(&self, body: &Value) -> anyhow::Result<Value> {
        self.read(self.with_token(self.server.agent.post(&self.url)).send_json(body))
    }

    pub(crate) fn patch(&self, body: &Value) -> anyhow::Result<Value> {
        self.read(self.with_token(self.server.agent.patch(&self.url)).send_json(body))
    }

    pub(crate) fn put(&self, body: &Value) -> anyhow::Result<Value> {
        self.read(self.with_token(self.server.agent.put(&self.url)).send_json(body))
    }

    /// The error message for a response that is JSON, but not the expected one.
    pub(crate) fn is_strange(&self) -> String {
        format!("{} answered, but not as Kansoku does", self.url)
    }

    fn with_token<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        match &self.server.token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }

    fn read(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> anyhow::Result<Value> {
        let url = &self.url;
        let mut answer = answer.with_context(|| format!("no answer from {url}"))?;
        let text =
            answer.body_mut().with_config().limit(self.server.answer_bytes_max).lossy_utf8(true);
        let text = text.read_to_string().with_context(|| format!("no whole answer from {url}"))?;
        let status = answer.status();
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        if status != 200 {
            bail!("the server refused ({status}): {}", body["message"].as_str().unwrap_or(&text));
        }
        Ok(body)
    }
}
