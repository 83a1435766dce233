//! Clients for buckets, by the usual environment variables.
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::{ClientOptions, RetryConfig};

/// The time from a request to its response, with all retries.
const RESPONSE_MAX: Duration = Duration::from_secs(20);
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// The variable by which clients of MLflow find another server than Amazon's.
const MLFLOW_ENDPOINT: &str = "MLFLOW_S3_ENDPOINT_URL";

/// Endpoint, region and credentials, and how long a response may take.
#[derive(Clone)]
pub struct S3Settings {
    variables: Vec<(AmazonS3ConfigKey, String)>,
    /// Takes precedence for artifacts.
    mlflow_endpoint: Option<String>,
    pub(crate) response_max: Duration,
}

impl S3Settings {
    /// From the environment of this process.
    pub fn from_env() -> Self {
        let variables = std::env::vars_os();
        let texts = variables.filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::new(texts)
    }

    /// From environment variables: `AWS_*`, and MLflow's for the endpoint. Others are ignored.
    pub fn new(environment: impl IntoIterator<Item = (String, String)>) -> Self {
        let (mut variables, mut mlflow_endpoint) = (Vec::new(), None);
        for (name, value) in environment {
            if name == MLFLOW_ENDPOINT {
                mlflow_endpoint = Some(value).filter(|url| !url.is_empty());
            } else if name.starts_with("AWS_")
                && let Ok(key) = name.to_ascii_lowercase().parse()
            {
                variables.push((key, value));
            }
        }
        Self { variables, mlflow_endpoint, response_max: RESPONSE_MAX }
    }

    pub fn with_response_max(self, response_max: Duration) -> Self {
        Self { response_max, ..self }
    }

    /// A client for large payload: a request with its response is limited as a whole.
    pub fn writer(&self, bucket: &str) -> AmazonS3Builder {
        // The client that sends spans waits meanwhile, and retries itself.
        let retry =
            RetryConfig { max_retries: 3, retry_timeout: RESPONSE_MAX, ..RetryConfig::default() };
        self.client(bucket, ClientOptions::new(), retry)
    }

    /// A client for downloads: they may take as long as they proceed.
    pub(crate) fn reader(&self, bucket: &str) -> AmazonS3Builder {
        let options = ClientOptions::new()
            .with_timeout_disabled()
            .with_connect_timeout(CONNECT_MAX.min(self.response_max))
            .with_read_timeout(self.response_max);
        let retry = RetryConfig {
            max_retries: 2,
            retry_timeout: self.response_max,
            ..RetryConfig::default()
        };
        let client = self.client(bucket, options, retry);
        match &self.mlflow_endpoint {
            Some(url) => with_config(client, AmazonS3ConfigKey::S3Endpoint, url),
            None => client,
        }
    }

    fn client(&self, bucket: &str, options: ClientOptions, retry: RetryConfig) -> AmazonS3Builder {
        // The first provider installed in the process stays; an error means that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = AmazonS3Builder::new().with_client_options(options).with_retry(retry);
        let variables = self.variables.iter();
        let builder =
            variables.fold(builder, |builder, (key, value)| with_config(builder, *key, value));
        builder.with_bucket_name(bucket)
    }
}

fn with_config(builder: AmazonS3Builder, key: AmazonS3ConfigKey, value: &str) -> AmazonS3Builder {
    let is_endpoint = matches!(key, AmazonS3ConfigKey::Endpoint | AmazonS3ConfigKey::S3Endpoint);
    // A server in the own network may have no certificate.
    let builder = match is_endpoint && value.starts_with("http://") {
        true => builder.with_config(allow_http(), "true"),
        false => builder,
    };
    builder.with_config(key, value)
}

fn allow_http() -> AmazonS3ConfigKey {
    AmazonS3ConfigKey::Client(object_store::ClientConfigKey::AllowHttp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> AmazonS3Builder {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        S3Settings::new(owned).reader("b")
    }

    #[test]
    fn the_variables_of_aws_and_mlflows_endpoint_are_read() {
        let variables = [
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_DEFAULT_REGION", "eu-central-1"),
            ("MLFLOW_S3_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL", "https://s3.example.com"),
            ("AWS_BUCKET", "other"),
            ("AWS_PROFILE", "unknown"),
            ("HOME", "/root"),
        ];
        let client = settings(&variables);
        let value = |key| client.get_config_value(&key);
        assert_eq!(value(AmazonS3ConfigKey::AccessKeyId).as_deref(), Some("id"));
        assert_eq!(value(AmazonS3ConfigKey::DefaultRegion).as_deref(), Some("eu-central-1"));
        assert_eq!(value(AmazonS3ConfigKey::S3Endpoint).as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(value(AmazonS3ConfigKey::Bucket).as_deref(), Some("b"));
        assert_eq!(value(allow_http()).as_deref(), Some("true"));
        let client = settings(&[("AWS_ENDPOINT_URL", "https://s3.example.com")]);
        assert_eq!(client.get_config_value(&allow_http()).as_deref(), Some("false"));
    }
}
