//! The clients of all endpoints: those of the settings, and those of models named by URI.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::client::ModelClient;
use super::endpoint::{EndpointError, EndpointSettings};
use super::model_uri::ModelUri;
use super::provider::Provider;

/// How many models that are named by URI have a client. Scorers name few; each client has a pool of
/// connections.
const MODELS_MAX: usize = 200;

/// Reads a variable of the environment.
type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

pub struct ModelClients {
    endpoints: BTreeMap<String, Arc<ModelClient>>,
    models: Mutex<BTreeMap<ModelUri, Arc<ModelClient>>>,
    environment: Environment,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelClientsError {
    #[error("the settings have no endpoint `{0}`")]
    NoEndpoint(String),

    #[error("more than {MODELS_MAX} models are named by URI; make them endpoints of the settings")]
    TooManyModels,

    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

impl ModelClients {
    /// Fails if a setting is invalid or a key is missing. `environment` is usually that of the
    /// process.
    pub fn new(
        endpoints: BTreeMap<String, EndpointSettings>,
        environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Result<Self, EndpointError> {
        let create = |(name, settings): (String, EndpointSettings)| {
            let client = ModelClient::from_environment(&name, settings, &environment)?;
            Ok((name, Arc::new(client)))
        };
        let endpoints = endpoints.into_iter().map(create).collect::<Result<_, EndpointError>>()?;
        Ok(Self { endpoints, models: Mutex::default(), environment: Arc::new(environment) })
    }

    /// The endpoints of the settings, by name.
    pub fn endpoints(&self) -> impl Iterator<Item = &ModelClient> {
        self.endpoints.values().map(Arc::as_ref)
    }

    /// The endpoint of the settings that a URI names, or the URI. Clients in Databricks' form name models
    /// of Databricks only, so `databricks:/NAME` is `[endpoints.NAME]`, too.
    pub fn endpoint_of(&self, uri: ModelUri) -> ModelUri {
        match uri {
            ModelUri::Model { provider: Provider::Databricks, model }
                if self.endpoints.contains_key(&model) =>
            {
                ModelUri::Endpoint(model)
            }
            uri => uri,
        }
    }

    pub fn client(&self, uri: &ModelUri) -> Result<Arc<ModelClient>, ModelClientsError> {
        let (provider, model) = match uri {
            ModelUri::Endpoint(name) => {
                let client = self.endpoints.get(name).cloned();
                return client.ok_or_else(|| ModelClientsError::NoEndpoint(name.clone()));
            }
            ModelUri::Model { provider, model } => (*provider, model),
        };
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = models.get(uri) {
            return Ok(client.clone());
        }
        if MODELS_MAX <= models.len() {
            return Err(ModelClientsError::TooManyModels);
        }
        let environment = self.environment.as_ref();
        let settings = settings_of_environment(provider, model, environment);
        let client = ModelClient::from_environment(provider.name(), settings, environment)?;
        Ok(models.entry(uri.clone()).or_insert(Arc::new(client)).clone())
    }
}

/// The settings of a model by the variables that MLflow and the providers' own clients read.
fn settings_of_environment(
    provider: Provider,
    model: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> EndpointSettings {
    let read = |name: &&str| environment(name).filter(|value| !value.trim().is_empty());
    let base_url = match provider {
        Provider::Bedrock => ["AWS_REGION", "AWS_DEFAULT_REGION"]
            .iter()
            .find_map(read)
            .map(|region| format!("https://bedrock-runtime.{}.amazonaws.com", region.trim())),
        // Its own tools accept a host without a scheme, too.
        Provider::Databricks => provider.base_url_env().iter().find_map(read).map(|host| {
            if host.contains("://") { host } else { format!("https://{}", host.trim()) }
        }),
        _ => provider.base_url_env().iter().find_map(read),
    };
    let api_version = match provider {
        Provider::Azure => read(&"AZURE_API_VERSION"),
        _ => None,
    };
    EndpointSettings { base_url, api_version, ..EndpointSettings::for_model(provider, model) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(endpoints: &str) -> Result<ModelClients, EndpointError> {
        ModelClients::new(toml::from_str(endpoints).unwrap(), |name| {
            let value = match name {
                "OPENAI_API_KEY" => "sk-secret",
                "AZURE_API_KEY" => "azure-secret",
                "AZURE_API_BASE" => "https://me.openai.azure.com/",
                "AZURE_API_VERSION" => "2024-10-21",
                "AWS_BEARER_TOKEN_BEDROCK" => "aws-secret",
                "AWS_REGION" => "eu-central-1",
                "DATABRICKS_HOST" => "adb-1.azuredatabricks.net",
                "DATABRICKS_TOKEN" => "dapi-secret",
                _ => return None,
            };
            Some(value.to_owned())
        })
    }

    fn find(clients: &ModelClients, uri: &str) -> Result<Arc<ModelClient>, ModelClientsError> {
        clients.client(&ModelUri::parse(uri).unwrap())
    }

    #[test]
    fn endpoints_are_found_by_name_and_models_by_the_environment() {
        let clients = clients("[judge]\nprovider = \"openai\"\nmodel = \"gpt-4o\"\n").unwrap();
        let judge = find(&clients, "gateway:/judge").unwrap();
        assert_eq!((judge.name(), judge.settings().model.as_str()), ("judge", "gpt-4o"));
        let azure = find(&clients, "azure:/mine").unwrap();
        assert_eq!(azure.settings().api_version.as_deref(), Some("2024-10-21"));
        let bedrock = find(&clients, "bedrock:/claude").unwrap();
        let region = "https://bedrock-runtime.eu-central-1.amazonaws.com";
        assert_eq!(bedrock.settings().base_url.as_deref(), Some(region));
        let databricks = find(&clients, "databricks:/judge").unwrap();
        let host = "https://adb-1.azuredatabricks.net";
        assert_eq!(databricks.settings().base_url.as_deref(), Some(host));
        let endpoint_of =
            |uri: &str| clients.endpoint_of(ModelUri::parse(uri).unwrap()).to_string();
        assert_eq!(endpoint_of("databricks:/judge"), "gateway:/judge");
        for other in ["databricks:/other", "openai:/judge", "gateway:/other"] {
            assert_eq!(endpoint_of(other), other);
        }
        assert!(Arc::ptr_eq(&azure, &find(&clients, "azure:/mine").unwrap()));
        assert!(find(&clients, "ollama:/llama3").is_ok(), "works without a key");
        let debug = format!("{azure:?} {bedrock:?} {judge:?}");
        assert!(!debug.contains("secret"), "{debug}");
    }

    #[test]
    fn the_missing_part_is_named() {
        let clients = clients("").unwrap();
        let error = |uri: &str| find(&clients, uri).unwrap_err().to_string();
        assert_eq!(error("gateway:/judge"), "the settings have no endpoint `judge`");
        assert!(error("anthropic:/claude").contains("`ANTHROPIC_API_KEY` does not contain a key"));
        assert!(error("openai-compatible:/judge").contains("`base_url` is required"));
    }

    #[test]
    fn models_named_by_uri_have_a_maximum() {
        let clients = clients("").unwrap();
        for index in 0..MODELS_MAX {
            assert!(find(&clients, &format!("openai:/m{index}")).is_ok());
        }
        let error = find(&clients, "openai:/one-more").unwrap_err();
        assert_eq!(error, ModelClientsError::TooManyModels);
    }
}
