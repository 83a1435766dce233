//! Calls of MLflow's API that the test needs, without their interpretation.
use std::time::Duration;

use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body};

use super::target::Target;

const TIMEOUT: Duration = Duration::from_secs(20);
const ANSWER_BYTES_MAX: u64 = 4 << 20;

pub(super) struct Api {
    agent: Agent,
    url: String,
    authorization: Option<String>,
}

/// A response with any status.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub text: String,
    /// The `Date` header of the response.
    pub date: Option<String>,
}

#[derive(Debug)]
pub(super) enum CallError {
    NoAnswer(ureq::Error),
    Refused(Answer),
    /// The status is 200, but the body is not the JSON of MLflow's API.
    Unreadable(Answer),
}

impl Api {
    pub(super) fn new(target: &Target) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .user_agent(concat!("kansoku-verify/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.into(),
            url: target.url.clone(),
            authorization: target.token.as_ref().map(|token| format!("Bearer {token}")),
        }
    }

    pub(super) fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, CallError> {
        let request =
            self.agent.get(format!("{}{path}", self.url)).query_pairs(query.iter().copied());
        let request = match &self.authorization {
            Some(value) => request.header("authorization", value),
            None => request,
        };
        answer(request.call())
    }

    pub(super) fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Result<Answer, CallError> {
        let mut request = self.agent.post(format!("{}{path}", self.url));
        if let Some(value) = &self.authorization {
            request = request.header("authorization", value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.send_json(body))
    }
}

fn answer(outcome: Result<Response<Body>, ureq::Error>) -> Result<Answer, CallError> {
    let mut response = outcome.map_err(CallError::NoAnswer)?;
    let date = response.headers().get("date").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).lossy_utf8(true);
    let text = body.read_to_string().map_err(CallError::NoAnswer)?;
    let answer = Answer { status: response.status().as_u16(), text, date };
    if answer.status == 200 { Ok(answer) } else { Err(CallError::Refused(answer)) }
}

impl Answer {
    pub(super) fn json(self) -> Result<Value, CallError> {
        serde_json::from_str(&self.text).map_err(|_| CallError::Unreadable(self))
    }

    /// MLflow's `error_code`; `None` if the response is not from an MLflow server.
    pub(super) fn error_code(&self) -> Option<String> {
        Some(self.error()?.get("error_code")?.as_str()?.to_owned())
    }

    /// The error in words: MLflow's message, or the first 200 characters of the body.
    pub(super) fn message(&self) -> String {
        let said = self.error().and_then(|error| Some(error.get("message")?.as_str()?.to_owned()));
        said.unwrap_or_else(|| self.text.chars().take(200).collect::<String>().replace('\n', " "))
    }

    fn error(&self) -> Option<Value> {
        serde_json::from_str(&self.text).ok()
    }
}
