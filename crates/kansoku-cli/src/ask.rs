//! Asking a server that runs.
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// A route of a server, and how long its answer may take.
pub(crate) struct Route {
    url: String,
    token: Option<String>,
    agent: ureq::Agent,
    answer_bytes_max: u64,
}

impl Route {
    /// `path` is what follows `/api/3.0/kansoku/`.
    pub(crate) fn new(
        server: &str,
        token: Option<String>,
        path: &str,
        answer_within: Option<Duration>,
        answer_bytes_max: u64,
    ) -> Self {
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(answer_within);
        let url = format!("{}/api/3.0/kansoku/{path}", server.trim_end_matches('/'));
        Self { url, token, agent: config.build().into(), answer_bytes_max }
    }

    pub(crate) fn get(&self) -> anyhow::Result<Value> {
        self.read(self.with_token(self.agent.get(&self.url)).call())
    }

    pub(crate) fn post(&self, body: &Value) -> anyhow::Result<Value> {
        self.read(self.with_token(self.agent.post(&self.url)).send_json(body))
    }

    /// What came is JSON, but not what was asked for.
    pub(crate) fn is_strange(&self) -> String {
        format!("{} answered, but not as Kansoku does", self.url)
    }

    fn with_token<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        match &self.token {
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
        let text = answer.body_mut().with_config().limit(self.answer_bytes_max).lossy_utf8(true);
        let text = text.read_to_string().with_context(|| format!("no whole answer from {url}"))?;
        let status = answer.status();
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        if status != 200 {
            bail!("the server refused ({status}): {}", body["message"].as_str().unwrap_or(&text));
        }
        Ok(body)
    }
}
