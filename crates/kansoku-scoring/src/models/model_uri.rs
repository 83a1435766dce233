//! MLflow's URIs of models.
use std::fmt;

use super::provider::{Provider, UnknownProvider};

/// The longest name of a model or endpoint, in characters.
const NAME_CHARS_MAX: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModelUri {
    /// `gateway:/name` or `endpoints:/name`: an endpoint of the settings.
    Endpoint(String),
    /// `openai:/gpt-4o`, `databricks:/name`: a model at a provider.
    Model { provider: Provider, model: String },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelUriError {
    #[error(
        "`{0}` is not the URI of a model; it has the form `provider:/model` or `gateway:/name`"
    )]
    Malformed(String),

    #[error("the name of a model has at most {NAME_CHARS_MAX} characters")]
    TooLong,

    #[error(
        "`databricks` is a judge that only Databricks serves; name a serving endpoint by \
         `databricks:/name` instead"
    )]
    ManagedJudge,

    #[error(transparent)]
    UnknownProvider(#[from] UnknownProvider),
}

impl ModelUri {
    /// As MLflow reads it: all slashes after the colon belong to the scheme.
    pub fn parse(text: &str) -> Result<Self, ModelUriError> {
        if text == "databricks" {
            return Err(ModelUriError::ManagedJudge);
        }
        let malformed = || ModelUriError::Malformed(text.chars().take(60).collect());
        let (scheme, name) = text.split_once(":/").ok_or_else(malformed)?;
        let name = name.trim_start_matches('/');
        if scheme.is_empty() || name.is_empty() || name.contains(char::is_control) {
            return Err(malformed());
        }
        if NAME_CHARS_MAX < name.chars().count() {
            return Err(ModelUriError::TooLong);
        }
        let name = name.to_owned();
        match scheme {
            "gateway" | "endpoints" => Ok(Self::Endpoint(name)),
            _ => Ok(Self::Model { provider: Provider::from_name(scheme)?, model: name }),
        }
    }
}

impl fmt::Display for ModelUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(name) => write!(f, "gateway:/{name}"),
            Self::Model { provider, model } => write!(f, "{}:/{model}", provider.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(provider: Provider, model: &str) -> Result<ModelUri, ModelUriError> {
        Ok(ModelUri::Model { provider, model: model.to_owned() })
    }

    #[test]
    fn uris_name_a_model_of_a_provider_or_an_endpoint() {
        for (text, expected) in [
            ("openai:/gpt-4o", model(Provider::OpenAi, "gpt-4o")),
            ("anthropic://claude", model(Provider::Anthropic, "claude")),
            ("amazon-bedrock:/a.b-v1:0", model(Provider::Bedrock, "a.b-v1:0")),
            ("openrouter:/meta/llama", model(Provider::OpenRouter, "meta/llama")),
            ("databricks:/judge", model(Provider::Databricks, "judge")),
            ("gateway:/judge", Ok(ModelUri::Endpoint("judge".to_owned()))),
            ("endpoints:/judge", Ok(ModelUri::Endpoint("judge".to_owned()))),
        ] {
            assert_eq!(ModelUri::parse(text), expected, "{text}");
        }
        assert_eq!(ModelUri::parse("amazon-bedrock:/m").unwrap().to_string(), "bedrock:/m");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "gpt-4o", "openai:gpt-4o", ":/gpt", "openai:/", "openai://", "openai:/a\n"]
        {
            let error = ModelUri::parse(text);
            assert!(matches!(error, Err(ModelUriError::Malformed(_))), "{text}: {error:?}");
        }
        assert_eq!(ModelUri::parse("databricks"), Err(ModelUriError::ManagedJudge));
        let unknown = ModelUri::parse("typesafe:/jev");
        assert!(matches!(unknown, Err(ModelUriError::UnknownProvider(_))), "{unknown:?}");
    }

    #[test]
    fn a_name_has_a_maximum() {
        let uri = |length: usize| ModelUri::parse(&format!("openai:/{}", "m".repeat(length)));
        assert!(uri(NAME_CHARS_MAX).is_ok());
        assert_eq!(uri(NAME_CHARS_MAX + 1), Err(ModelUriError::TooLong));
    }
}
