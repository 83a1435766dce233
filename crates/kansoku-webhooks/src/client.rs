//! One request to the URL of a webhook, under the rules.
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use crate::resolver::{CheckedResolver, Lookup, SystemLookup};
use crate::rules::{UrlError, WebhookRules, literal_address};

/// From the lookup of the host to the end of the response.
const REQUEST_MAX: Duration = Duration::from_secs(30);
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// How long a lookup may take when a webhook is created.
const LOOKUP_MAX: Duration = Duration::from_secs(5);
const IDLE_CONNECTIONS_MAX: usize = 1;

pub struct WebhookClient {
    resolver: CheckedResolver,
    /// Created by the first request: most servers have no webhooks.
    http: OnceLock<Result<Client, String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookResponse {
    pub status: u16,
    pub retry_after: Option<String>,
    /// The beginning of the body.
    pub body: String,
}

#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Nothing was sent, and another attempt would not change that.
    #[error(transparent)]
    Forbidden(UrlError),
    #[error("{0}")]
    Failed(String),
}

impl WebhookClient {
    pub fn new(rules: WebhookRules) -> Self {
        Self::with_lookup(rules, Arc::new(SystemLookup))
    }

    pub fn with_lookup(rules: WebhookRules, lookup: Arc<dyn Lookup>) -> Self {
        Self { resolver: CheckedResolver { rules, lookup }, http: OnceLock::new() }
    }

    /// Fails if nothing may be sent to this URL, as far as that is known now.
    pub async fn check_url(&self, url: &str) -> Result<(), UrlError> {
        let url = self.resolver.rules.parse(url)?;
        if self.resolver.rules.allow_private || literal_address(&url).is_some() {
            return Ok(());
        }
        let host = url.host_str().unwrap_or_default();
        match tokio::time::timeout(LOOKUP_MAX, self.resolver.addresses(host)).await {
            Ok(resolved) => resolved.map(drop),
            Err(_) => Err(UrlError::Unresolved {
                host: host.to_owned(),
                why: "the lookup takes too long".to_owned(),
            }),
        }
    }

    /// Sends a body, and reads up to `body_bytes_max` of the response. Redirects are not followed.
    pub(crate) async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: String,
        body_bytes_max: usize,
    ) -> Result<WebhookResponse, SendError> {
        let url = self.resolver.rules.parse(url).map_err(SendError::Forbidden)?;
        let http = self.http.get_or_init(|| self.build()).as_ref();
        let http = http.map_err(|why| SendError::Failed(why.clone()))?;
        let request = http.post(url).headers(headers).body(body);
        let request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = read_beginning(response, body_bytes_max).await;
        Ok(WebhookResponse { status, retry_after, body })
    }

    fn build(&self) -> Result<Client, String> {
        // The first provider installed in the process stays; an error means that there is one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::builder()
            .dns_resolver(Arc::new(self.resolver.clone()))
            // A proxy would resolve names itself, unchecked.
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_MAX)
            .timeout(REQUEST_MAX)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .user_agent(concat!("kansoku/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("the HTTP client cannot start: {}", innermost(&error)))
    }
}

/// The beginning of a body. Where it ends by an error, the status has been read nevertheless.
async fn read_beginning(mut response: Response, bytes_max: usize) -> String {
    let mut body = Vec::new();
    while body.len() < bytes_max {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    body.truncate(bytes_max);
    String::from_utf8_lossy(&body).into_owned()
}

fn failed(error: reqwest::Error) -> SendError {
    let mut source: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(cause) = source {
        match cause.downcast_ref::<UrlError>() {
            // A name may have an address later.
            Some(forbidden) if !matches!(forbidden, UrlError::Unresolved { .. }) => {
                return SendError::Forbidden(forbidden.clone());
            }
            _ => source = cause.source(),
        }
    }
    if error.is_timeout() {
        let what = if error.is_connect() { "connection" } else { "response" };
        return SendError::Failed(format!("no {what} in time"));
    }
    SendError::Failed(innermost(&error))
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
