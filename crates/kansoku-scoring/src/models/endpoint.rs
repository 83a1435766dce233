//! The settings of an endpoint, a table such as `[endpoints.my-judge]`, and their validation.
use std::time::Duration;

use kansoku_model::TokenUsage;
use reqwest::Url;
use serde::Deserialize;

use super::provider::Provider;

const NAME_CHARS_MAX: usize = 100;
const TIMEOUT_S_MAX: u32 = 600;
const CONCURRENCY_MAX: u32 = 1_024;
const REQUESTS_PER_MINUTE_MAX: u32 = 1_000_000;
/// The fewest characters of a prompt that leave room for the content of a trace.
const PROMPT_CHARS_MIN: usize = 4_000;
const PROMPT_CHARS_MAX: usize = 2_000_000;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointSettings {
    pub provider: Provider,
    /// The provider's name of the model; for Azure that of the deployment.
    pub model: String,
    /// Required for Azure, Databricks, Bedrock and OpenAI-compatible servers.
    pub base_url: Option<String>,
    /// The variable of the environment that contains the key; by default that of the provider.
    pub api_key_env: Option<String>,
    /// Azure's, such as `2024-10-21`; without it, its newer interface is used, which has none.
    pub api_version: Option<String>,
    #[serde(default = "default_timeout_s")]
    pub timeout_s: u32,
    /// How many requests may run at once.
    #[serde(default = "default_concurrency")]
    pub max_concurrent: u32,
    pub requests_per_minute: Option<u32>,
    /// The most characters that a judge sends in one request. The content of traces is truncated to
    /// that.
    #[serde(default = "default_prompt_chars")]
    pub max_prompt_chars: usize,
    /// Whether to ask the provider for structured output. A server that rejects it is not asked
    /// again until the next start.
    #[serde(default = "default_true")]
    pub structured_output: bool,
    /// Replaces the price of the price list.
    pub price: Option<EndpointPrice>,
}

/// In US dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointPrice {
    pub input: f64,
    pub output: f64,
}

impl EndpointPrice {
    /// The cost of these tokens, in US dollars.
    pub fn cost(&self, usage: TokenUsage) -> f64 {
        let (input, output) = self.input_and_output_cost(usage);
        input + output
    }

    /// The cost of the input tokens and that of the output tokens.
    pub fn input_and_output_cost(&self, usage: TokenUsage) -> (f64, f64) {
        let millions = |tokens: u64| tokens as f64 / 1e6;
        (millions(usage.input_tokens) * self.input, millions(usage.output_tokens) * self.output)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    #[error("the name of an endpoint has 1 to {NAME_CHARS_MAX} characters and no slash")]
    Name,

    #[error("endpoint `{name}`: `{setting}` {problem}")]
    Setting { name: String, setting: &'static str, problem: String },

    #[error("endpoint `{name}`: the environment variable `{variable}` does not contain a key")]
    NoKey { name: String, variable: String },
}

fn default_timeout_s() -> u32 {
    60
}

fn default_concurrency() -> u32 {
    8
}

fn default_prompt_chars() -> usize {
    100_000
}

fn default_true() -> bool {
    true
}

impl EndpointSettings {
    /// The settings of a model that is named by its URI: all defaults.
    pub fn for_model(provider: Provider, model: &str) -> Self {
        Self {
            provider,
            model: model.to_owned(),
            base_url: None,
            api_key_env: None,
            api_version: None,
            timeout_s: default_timeout_s(),
            max_concurrent: default_concurrency(),
            requests_per_minute: None,
            max_prompt_chars: default_prompt_chars(),
            structured_output: true,
            price: None,
        }
    }

    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s.into())
    }

    /// The variable that contains the key; `None` if the endpoint works without one.
    pub fn key_env(&self) -> Option<&str> {
        self.api_key_env.as_deref().or(self.provider.key_env())
    }

    /// Checks every setting, and returns the base URL.
    pub(super) fn validate(&self, name: &str) -> Result<Url, EndpointError> {
        let is_name = !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX;
        if !is_name || name.contains(|c: char| c == '/' || c.is_control()) {
            return Err(EndpointError::Name);
        }
        let wrong = |setting, problem: String| EndpointError::Setting {
            name: name.to_owned(),
            setting,
            problem,
        };
        let range =
            |setting, value: usize, min: usize, max: usize| match (min..=max).contains(&value) {
                true => Ok(()),
                false => Err(wrong(setting, format!("must be from {min} to {max}, not {value}"))),
            };
        if self.model.trim().is_empty() || self.model.contains(char::is_control) {
            return Err(wrong("model", "must name a model".to_owned()));
        }
        range("timeout_s", self.timeout_s as usize, 1, TIMEOUT_S_MAX as usize)?;
        range("max_concurrent", self.max_concurrent as usize, 1, CONCURRENCY_MAX as usize)?;
        range("max_prompt_chars", self.max_prompt_chars, PROMPT_CHARS_MIN, PROMPT_CHARS_MAX)?;
        if let Some(requests) = self.requests_per_minute {
            let max = REQUESTS_PER_MINUTE_MAX as usize;
            range("requests_per_minute", requests as usize, 1, max)?;
        }
        if let Some(price) = &self.price
            && ![price.input, price.output].iter().all(|it| (0.0..1e6).contains(it))
        {
            return Err(wrong("price", "must be from 0 to 1,000,000 dollars".to_owned()));
        }
        if self.api_version.is_some() && self.provider != Provider::Azure {
            return Err(wrong("api_version", "is only used by `azure`".to_owned()));
        }
        let Some(base_url) = self.base_url.as_deref().or(self.provider.base_url()) else {
            return Err(wrong("base_url", format!("is required for `{}`", self.provider.name())));
        };
        parse_base_url(base_url).map_err(|problem| wrong("base_url", problem.to_owned()))
    }
}

/// The URL without a slash at its end. The errors do not repeat it, since it may contain a password.
fn parse_base_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text.trim_end_matches('/')).map_err(|_| "is not a URL")?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("must begin with `https://` or `http://`");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain a password; set `api_key_env`");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not contain a query or a fragment");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> EndpointSettings {
        EndpointSettings::for_model(Provider::OpenAi, "gpt-4o")
    }

    fn problem(settings: &EndpointSettings) -> String {
        settings.validate("judge").unwrap_err().to_string()
    }

    #[test]
    fn a_table_needs_only_provider_and_model() {
        let text = "provider = \"openai\"\nmodel = \"gpt-4o\"\n";
        assert_eq!(toml::from_str::<EndpointSettings>(text).unwrap(), settings());
        let all = "base_url = \"http://gpu:8000/v1\"\napi_key_env = \"GPU_KEY\"\ntimeout_s = 5\n\
                   max_concurrent = 2\nrequests_per_minute = 60\nmax_prompt_chars = 8000\n\
                   structured_output = false\nprice = { input = 0.5, output = 1.5 }\n";
        let read: EndpointSettings = toml::from_str(&format!("{text}{all}")).unwrap();
        assert_eq!(read.price, Some(EndpointPrice { input: 0.5, output: 1.5 }));
        assert_eq!(read.key_env(), Some("GPU_KEY"));
        assert_eq!(read.validate("judge").unwrap().as_str(), "http://gpu:8000/v1");
    }

    #[test]
    fn keys_and_unknown_settings_are_refused() {
        let read = |line: &str| {
            let text = format!("provider = \"openai\"\nmodel = \"m\"\n{line}\n");
            toml::from_str::<EndpointSettings>(&text).unwrap_err().to_string()
        };
        assert!(read("api_key = \"sk-secret\"").contains("unknown field `api_key`"));
        let text = "provider = \"nobody\"\nmodel = \"m\"\n";
        let error = toml::from_str::<EndpointSettings>(text).unwrap_err().to_string();
        assert!(error.contains("the provider `nobody` is unknown"), "{error}");
    }

    #[test]
    fn numbers_have_a_range() {
        let accepts = |edit: &dyn Fn(&mut EndpointSettings)| {
            let mut settings = settings();
            edit(&mut settings);
            settings.validate("judge").is_ok()
        };
        for (value, valid) in [(0, false), (1, true), (600, true), (601, false)] {
            assert_eq!(accepts(&|it| it.timeout_s = value), valid, "timeout_s {value}");
        }
        for (value, valid) in [(0, false), (1, true), (1_024, true), (1_025, false)] {
            assert_eq!(accepts(&|it| it.max_concurrent = value), valid, "max_concurrent {value}");
        }
        for (value, valid) in [(0, false), (1, true), (1_000_000, true), (1_000_001, false)] {
            assert_eq!(accepts(&|it| it.requests_per_minute = Some(value)), valid, "rpm {value}");
        }
        for (value, valid) in [(3_999, false), (4_000, true), (2_000_000, true), (2_000_001, false)]
        {
            assert_eq!(accepts(&|it| it.max_prompt_chars = value), valid, "chars {value}");
        }
        for (value, valid) in [(-0.1, false), (0.0, true), (999.0, true), (f64::NAN, false)] {
            let price = EndpointPrice { input: 1.0, output: value };
            assert_eq!(accepts(&|it| it.price = Some(price)), valid, "price {value}");
        }
    }

    #[test]
    fn a_base_url_has_no_password_and_no_query() {
        for (url, word) in [
            ("gpu:8000", "http://"),
            ("file:///x", "http://"),
            ("https://user:hush@host/v1", "password"),
            ("https://host/v1?key=hush", "query"),
            ("nonsense", "URL"),
        ] {
            let error = problem(&EndpointSettings { base_url: Some(url.to_owned()), ..settings() });
            assert!(error.contains(word) && !error.contains("hush"), "{url}: {error}");
        }
        let azure = EndpointSettings::for_model(Provider::Azure, "m");
        assert!(problem(&azure).contains("`base_url` is required for `azure`"));
        let version = EndpointSettings { api_version: Some("2024-10-21".to_owned()), ..settings() };
        assert!(problem(&version).contains("only used by `azure`"));
    }

    #[test]
    fn a_name_has_no_slash_and_a_maximum() {
        let valid = |name: &str| settings().validate(name).is_ok();
        assert!(valid("my-judge") && valid(&"n".repeat(NAME_CHARS_MAX)));
        assert!(!valid("") && !valid("a/b") && !valid(&"n".repeat(NAME_CHARS_MAX + 1)));
    }
}
