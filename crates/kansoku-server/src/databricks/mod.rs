//! What clients in Databricks form need beyond MLflow's own API.
//!
//! They ask for credentials, get a signed URL of ours, and put the spans of a
//! trace there. Traces, tags and assessments are the same rows for both forms;
//! only the locations shown to the caller differ.
mod credentials;
mod dbfs;
mod well_known;

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::USER_AGENT, request::Parts},
};

use crate::{App, http::route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    well_known::routes(routes);
    credentials::routes(routes);
    dbfs::routes(routes);
}

/// Whether callers get the Databricks form of locations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DatabricksForm {
    /// By the `User-Agent` of the Databricks SDK.
    #[default]
    Auto,
    /// For clients that hide it (`MLFLOW_ENABLE_DB_SDK=false`).
    Always,
    Never,
}

/// How a client expects locations and ids to look: plain MLflow or Databricks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientFlavor {
    Plain,
    Databricks,
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
