//! The providers, by MLflow's names, and where they are reached without settings.
use serde::Deserialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum Provider {
    OpenAi,
    Azure,
    Databricks,
    Anthropic,
    Gemini,
    Bedrock,
    Mistral,
    Groq,
    DeepSeek,
    Xai,
    OpenRouter,
    TogetherAi,
    Ollama,
    /// Any server with OpenAI's interface, such as vLLM or llama.cpp.
    OpenAiCompatible,
    /// Rules for demonstrations, which ask no server.
    Demo,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the provider `{name}` is unknown; known are: {}", Provider::names())]
pub struct UnknownProvider {
    pub name: String,
}

/// Names that are longer than those of providers are not repeated in errors.
const NAME_CHARS_MAX: usize = 60;

struct Facts {
    provider: Provider,
    /// MLflow's name, then aliases.
    names: &'static [&'static str],
    base_url: Option<&'static str>,
    /// The variables that MLflow reads the URL from.
    base_url_env: &'static [&'static str],
    /// The variable that MLflow reads the key from; none if servers work without one.
    key_env: Option<&'static str>,
}

const fn facts(
    provider: Provider,
    names: &'static [&'static str],
    base_url: Option<&'static str>,
    base_url_env: &'static [&'static str],
    key_env: Option<&'static str>,
) -> Facts {
    Facts { provider, names, base_url, base_url_env, key_env }
}

#[rustfmt::skip]
const PROVIDERS: [Facts; 15] = [
    facts(Provider::OpenAi, &["openai"], Some("https://api.openai.com/v1"), &["OPENAI_API_BASE", "OPENAI_BASE_URL"], Some("OPENAI_API_KEY")),
    facts(Provider::Azure, &["azure"], None, &["AZURE_API_BASE"], Some("AZURE_API_KEY")),
    facts(Provider::Databricks, &["databricks", "databricks-model-serving"], None, &["DATABRICKS_HOST"], Some("DATABRICKS_TOKEN")),
    facts(Provider::Anthropic, &["anthropic"], Some("https://api.anthropic.com/v1"), &[], Some("ANTHROPIC_API_KEY")),
    facts(Provider::Gemini, &["gemini"], Some("https://generativelanguage.googleapis.com/v1beta"), &[], Some("GEMINI_API_KEY")),
    facts(Provider::Bedrock, &["bedrock", "amazon-bedrock"], None, &[], Some("AWS_BEARER_TOKEN_BEDROCK")),
    facts(Provider::Mistral, &["mistral"], Some("https://api.mistral.ai/v1"), &[], Some("MISTRAL_API_KEY")),
    facts(Provider::Groq, &["groq"], Some("https://api.groq.com/openai/v1"), &[], Some("GROQ_API_KEY")),
    facts(Provider::DeepSeek, &["deepseek"], Some("https://api.deepseek.com/v1"), &[], Some("DEEPSEEK_API_KEY")),
    facts(Provider::Xai, &["xai"], Some("https://api.x.ai/v1"), &[], Some("XAI_API_KEY")),
    facts(Provider::OpenRouter, &["openrouter"], Some("https://openrouter.ai/api/v1"), &[], Some("OPENROUTER_API_KEY")),
    facts(Provider::TogetherAi, &["togetherai"], Some("https://api.together.xyz/v1"), &[], Some("TOGETHERAI_API_KEY")),
    facts(Provider::Ollama, &["ollama"], Some("http://localhost:11434/v1"), &[], None),
    facts(Provider::OpenAiCompatible, &["openai-compatible", "vllm", "llamacpp"], None, &[], None),
    facts(Provider::Demo, &["demo"], Some("http://demo.invalid"), &[], None),
];

impl Provider {
    pub fn from_name(name: &str) -> Result<Self, UnknownProvider> {
        let known = PROVIDERS.iter().find(|facts| facts.names.contains(&name));
        known
            .map(|facts| facts.provider)
            .ok_or_else(|| UnknownProvider { name: name.chars().take(NAME_CHARS_MAX).collect() })
    }

    pub fn name(self) -> &'static str {
        self.facts().names[0]
    }

    fn names() -> String {
        let names: Vec<&str> = PROVIDERS.iter().map(|facts| facts.names[0]).collect();
        names.join(", ")
    }

    /// The variable that contains the key, unless the settings name another; `None` if a key is not
    /// required.
    pub fn key_env(self) -> Option<&'static str> {
        self.facts().key_env
    }

    pub(super) fn base_url(self) -> Option<&'static str> {
        self.facts().base_url
    }

    pub(super) fn base_url_env(self) -> &'static [&'static str] {
        self.facts().base_url_env
    }

    fn facts(self) -> &'static Facts {
        let facts = PROVIDERS.iter().find(|facts| facts.provider == self);
        facts.expect("the table has every provider, which a test checks")
    }
}

impl TryFrom<String> for Provider {
    type Error = UnknownProvider;

    fn try_from(name: String) -> Result<Self, UnknownProvider> {
        Self::from_name(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_provider_in_the_order_of_the_enum() {
        for (index, facts) in PROVIDERS.iter().enumerate() {
            assert_eq!(facts.provider as usize, index, "{:?}", facts.provider);
            for name in facts.names {
                assert_eq!(Provider::from_name(name), Ok(facts.provider));
            }
        }
        assert_eq!(Provider::Demo as usize, PROVIDERS.len() - 1);
    }

    #[test]
    fn an_unknown_provider_is_named_in_the_error() {
        let error = Provider::from_name("cohere").unwrap_err().to_string();
        assert!(error.contains("`cohere`") && error.contains("bedrock"), "{error}");
        assert!(Provider::from_name(&"x".repeat(10_000)).unwrap_err().to_string().len() < 400);
    }
}
