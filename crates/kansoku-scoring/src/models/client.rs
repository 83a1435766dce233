//! The client of one endpoint.
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::api_key::ApiKey;
use super::chat::{ChatRequest, ChatResponse};
use super::endpoint::{EndpointError, EndpointSettings};
use super::error::ModelError;
use super::provider::Provider;
use super::transport::{Target, Transport};
use super::{anthropic, bedrock, demo, gemini, openai};

#[derive(Debug)]
pub struct ModelClient {
    name: String,
    settings: EndpointSettings,
    base_url: Url,
    key: Option<ApiKey>,
    transport: Transport,
    /// Whether the server has not yet rejected structured output.
    structured_output: AtomicBool,
}

impl ModelClient {
    /// Fails if a setting is invalid.
    pub fn new(
        name: &str,
        settings: EndpointSettings,
        key: Option<ApiKey>,
    ) -> Result<Self, EndpointError> {
        let base_url = settings.validate(name)?;
        let structured_output = AtomicBool::new(settings.structured_output);
        let (name, transport) = (name.to_owned(), Transport::default());
        Ok(Self { name, settings, base_url, key, transport, structured_output })
    }

    /// With the key in the environment. Fails if the endpoint needs a key and there is none.
    pub fn from_environment(
        name: &str,
        settings: EndpointSettings,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, EndpointError> {
        let Some(variable) = settings.key_env() else {
            return Self::new(name, settings, None);
        };
        let key = environment(variable).and_then(|text| ApiKey::new(&text));
        let missing = EndpointError::NoKey { name: name.to_owned(), variable: variable.to_owned() };
        // An error in the settings is told first: a wrong URL can be the reason for a wrong key.
        settings.validate(name)?;
        Self::new(name, settings, Some(key.ok_or(missing)?))
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn settings(&self) -> &EndpointSettings {
        &self.settings
    }

    /// Sends one request. It is not repeated, except without the schema if the server does not know
    /// structured output.
    pub async fn complete(&self, request: &ChatRequest) -> Result<ChatResponse, ModelError> {
        if request.schema.is_none() {
            return self.send(request).await;
        }
        let without_schema = || ChatRequest { schema: None, ..request.clone() };
        if !self.structured_output.load(Ordering::Relaxed) {
            return self.send(&without_schema()).await;
        }
        match self.send(request).await {
            Err(ModelError::BadRequest { message, .. }) if is_about_structure(&message) => {
                tracing::info!(
                    endpoint = %self.name,
                    "endpoint `{}` does not know structured output; judges ask for JSON in words",
                    self.name,
                );
                self.structured_output.store(false, Ordering::Relaxed);
                self.send(&without_schema()).await
            }
            result => result,
        }
    }

    async fn send(&self, request: &ChatRequest) -> Result<ChatResponse, ModelError> {
        let model = &self.settings.model;
        if self.settings.provider == Provider::Demo {
            return Ok(demo::complete(request));
        }
        let (path, body): (Vec<&str>, Value) = match self.settings.provider {
            Provider::Anthropic => (vec!["messages"], anthropic::body(model, request)),
            Provider::Gemini => {
                let method = format!("{model}:generateContent");
                return self.post(&["models", &method], gemini::body(request), gemini::read).await;
            }
            Provider::Bedrock => (vec!["model", model, "converse"], bedrock::body(request)),
            provider => (self.openai_path(), openai::body(provider, model, request)),
        };
        let read = match self.settings.provider {
            Provider::Anthropic => anthropic::read,
            Provider::Bedrock => bedrock::read,
            _ => openai::read,
        };
        self.post(&path, body, read).await
    }

    /// Databricks and Azure have OpenAI's interface below a path of their own, which users leave out
    /// of the URL or not.
    fn openai_path(&self) -> Vec<&str> {
        let base = self.base_url.path().trim_end_matches('/');
        let mut path = match (self.settings.provider, &self.settings.api_version) {
            (Provider::Databricks, _) if !base.ends_with("/serving-endpoints") => {
                vec!["serving-endpoints"]
            }
            (Provider::Azure, Some(_)) => vec!["openai", "deployments", &self.settings.model],
            (Provider::Azure, None) if !base.ends_with("/openai/v1") => vec!["openai", "v1"],
            _ => Vec::new(),
        };
        path.extend(["chat", "completions"]);
        path
    }

    async fn post(
        &self,
        path: &[&str],
        body: Value,
        read: fn(&Value) -> Result<ChatResponse, ModelError>,
    ) -> Result<ChatResponse, ModelError> {
        let mut url = self.base_url.clone();
        url.path_segments_mut()
            .expect("the scheme is http or https, whose URLs have a path")
            .pop_if_empty()
            .extend(path);
        if let Some(version) = &self.settings.api_version {
            url.query_pairs_mut().append_pair("api-version", version);
        }
        let (key, timeout) = (self.key.as_ref(), self.settings.timeout());
        let target = Target { url, headers: self.headers(), key, timeout };
        read(&self.transport.post(target, &body).await?)
    }

    fn headers(&self) -> HeaderMap {
        let (name, prefix) = match self.settings.provider {
            Provider::Anthropic => ("x-api-key", ""),
            Provider::Gemini => ("x-goog-api-key", ""),
            Provider::Azure => ("api-key", ""),
            _ => ("authorization", "Bearer "),
        };
        let mut headers = HeaderMap::new();
        if let Some(key) = &self.key {
            headers.insert(HeaderName::from_static(name), key.header(prefix));
        }
        if self.settings.provider == Provider::Anthropic {
            let version = HeaderValue::from_static(anthropic::VERSION);
            headers.insert(HeaderName::from_static("anthropic-version"), version);
        }
        headers
    }
}

/// Whether a server rejects a request because of its schema, or the tool that stands for it.
fn is_about_structure(message: &str) -> bool {
    let message = message.to_lowercase();
    let words = [
        "response_format",
        "response format",
        "json_schema",
        "json schema",
        "responsejsonschema",
        "responsemimetype",
        "structured output",
        "tool_choice",
        "toolchoice",
        "tool use",
    ];
    words.iter().any(|word| message.contains(word))
}
