//! One POST of JSON to a provider, with limits on time and size.
use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use serde_json::Value;

use super::api_key::ApiKey;
use super::error::ModelError;
use super::response_error;

const CONNECT_MAX: Duration = Duration::from_secs(10);
/// The longest response. Answers of judges have some kilobytes.
const BODY_BYTES_MAX: usize = 4 << 20;

#[derive(Debug, Default)]
pub(super) struct Transport {
    /// Created by the first request, so that endpoints that nobody uses cost nothing.
    http: OnceLock<Result<Client, String>>,
}

/// Where a request goes, and the header with the key.
pub(super) struct Target<'a> {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) key: Option<&'a ApiKey>,
    pub(super) timeout: Duration,
}

impl Transport {
    /// Sends `body`, and returns the JSON of a successful response. Redirects are not followed: they
    /// would send the content of traces, and the key, elsewhere.
    pub(super) async fn post(&self, target: Target<'_>, body: &Value) -> Result<Value, ModelError> {
        let http = self.http.get_or_init(build).as_ref();
        let http = http.map_err(|why| ModelError::Unreachable(why.clone()))?;
        let Target { url, headers, key, timeout } = target;
        let request = http.post(url).headers(headers).timeout(timeout).body(body.to_string());
        let request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let response = request.send().await.map_err(|error| failure(&error, timeout, key))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read_body(response, timeout, key).await;
        if !status.is_success() {
            // The status counts, even if its text ends early.
            let body = body.unwrap_or_default();
            return Err(response_error::read(status.as_u16(), &headers, &body, key));
        }
        let body = body?;
        serde_json::from_slice(&body).map_err(|error| {
            let text = response_error::bound_text(&String::from_utf8_lossy(&body), key);
            ModelError::Malformed(format!("it is not JSON ({error}): {text}"))
        })
    }
}

fn build() -> Result<Client, String> {
    // The first provider installed in the process stays; an error means that there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_MAX)
        .user_agent(concat!("kansoku/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| format!("the HTTP client cannot start: {}", innermost(&error)))
}

async fn read_body(
    mut response: Response,
    timeout: Duration,
    key: Option<&ApiKey>,
) -> Result<Vec<u8>, ModelError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= BODY_BYTES_MAX => {
                body.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => {
                let megabytes = BODY_BYTES_MAX >> 20;
                return Err(ModelError::Malformed(format!("it is longer than {megabytes} MiB")));
            }
            Ok(None) => return Ok(body),
            Err(error) if error.is_timeout() => return Err(ModelError::Timeout(timeout)),
            Err(error) => {
                let why = response_error::bound_text(&innermost(&error), key);
                return Err(ModelError::Malformed(format!("it ends early: {why}")));
            }
        }
    }
}

fn failure(error: &reqwest::Error, timeout: Duration, key: Option<&ApiKey>) -> ModelError {
    if error.is_timeout() && !error.is_connect() {
        return ModelError::Timeout(timeout);
    }
    ModelError::Unreachable(response_error::bound_text(&innermost(error), key))
}

/// The cause without what is around it, which contains the URL.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match cause.is::<reqwest::Error>() {
        true => "the request failed".to_owned(),
        false => cause.to_string(),
    }
}
