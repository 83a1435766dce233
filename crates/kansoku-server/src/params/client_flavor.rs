//! The flavor of a client: plain MLflow or Databricks.
use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::USER_AGENT, request::Parts},
};

use kansoku_mlflow::ClientFlavor;

use crate::App;

/// The setting for which callers get the Databricks form of locations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DatabricksForm {
    /// Callers whose `User-Agent` is that of the Databricks SDK.
    #[default]
    Auto,
    /// All callers, for clients that hide the SDK (`MLFLOW_ENABLE_DB_SDK=false`).
    Always,
    Never,
}

pub(crate) fn client_flavor(headers: &HeaderMap, app: &App) -> ClientFlavor {
    match app.databricks_form {
        DatabricksForm::Always => ClientFlavor::Databricks,
        DatabricksForm::Never => ClientFlavor::Plain,
        DatabricksForm::Auto if is_databricks_sdk(headers) => ClientFlavor::Databricks,
        DatabricksForm::Auto => ClientFlavor::Plain,
    }
}

fn is_databricks_sdk(headers: &HeaderMap) -> bool {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    agent.is_some_and(|agent| agent.contains("databricks-sdk-py"))
}

impl FromRequestParts<App> for ClientFlavor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(client_flavor(&parts.headers, app))
    }
}
