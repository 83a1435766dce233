//! The server to test, found in the same way as by MLflow's clients.
use super::diagnosis::Diagnosis;

#[derive(Debug)]
pub(super) struct Target {
    /// The URL without a trailing slash.
    pub url: String,
    pub token: Option<String>,
    /// The name of the experiment; `None` for the default one.
    pub experiment: Option<String>,
    /// The source of the URL, for messages.
    pub found_in: &'static str,
    /// The name of the proxy variable that is set, if any: requests may go through that proxy.
    pub proxy: Option<&'static str>,
}

const PROXIES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"];

impl Target {
    pub(super) fn find(
        url: Option<String>,
        token: Option<String>,
        experiment: Option<String>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Diagnosis> {
        let (url, found_in) = match (url, env("MLFLOW_TRACKING_URI")) {
            (Some(url), _) => (url, "--url"),
            (None, Some(uri)) if uri == "databricks" || uri.starts_with("databricks:") => {
                let host = env("DATABRICKS_HOST").ok_or_else(|| Diagnosis {
                    what: format!("MLFLOW_TRACKING_URI is `{uri}` and DATABRICKS_HOST is not set"),
                    cause: "the Databricks form takes the server's address from DATABRICKS_HOST"
                        .into(),
                    cure: "export DATABRICKS_HOST=http://127.0.0.1:5000".into(),
                })?;
                (host, "DATABRICKS_HOST")
            }
            (None, Some(uri)) => (uri, "MLFLOW_TRACKING_URI"),
            (None, None) => ("http://127.0.0.1:5000".to_owned(), "the default"),
        };
        check_scheme(&url, found_in)?;
        let token = token.or_else(|| {
            ["MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_PASSWORD", "DATABRICKS_TOKEN"]
                .into_iter()
                .find_map(&env)
        });
        let proxy = PROXIES.into_iter().find(|name| env(name).is_some());
        Ok(Self { url: url.trim_end_matches('/').to_owned(), token, experiment, found_in, proxy })
    }
}

fn check_scheme(url: &str, found_in: &str) -> Result<(), Diagnosis> {
    if url.starts_with("http://") || url.starts_with("https://") {
        return Ok(());
    }
    let cause = if found_in == "DATABRICKS_HOST" {
        "clients put https:// before a host that names no scheme, and Kansoku speaks plain http"
    } else {
        "MLflow's clients take anything else for a file or a database, and send nothing to a server"
    };
    Err(Diagnosis {
        what: format!("{found_in} is `{url}`, which does not begin with http:// or https://"),
        cause: cause.into(),
        cure: "write the whole address, such as http://127.0.0.1:5000".into(),
    })
}
