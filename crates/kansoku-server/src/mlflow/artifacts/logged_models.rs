//! The files of a logged model.
use axum::{Json, http::Method, response::Response};
use kansoku_mlflow::{ClientFlavor, Fields};
use kansoku_model::{LoggedModelInfo, Scope};
use serde_json::{Value, json};

use super::proxy;
use crate::{
    ApiError, App,
    artifacts::{
        download::send,
        path::{ArtifactPath, InvalidPath},
    },
    mlflow::{experiments::location_of, logged_models::active_model},
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    let artifacts = "2.0/mlflow/logged-models/{model_id}/artifacts";
    routes.api(Scope::Read, Method::GET, &format!("{artifacts}/directories"), list);
    // Only for browsers, as in MLflow.
    routes.plain(Scope::Read, Method::GET, &format!("/ajax-api/{artifacts}/files"), download);
}

/// `GET logged-models/{model_id}/artifacts/directories?artifact_directory_path=…`
async fn list(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let model = active_model(&app, &fields).await?.info;
    let root = root(&app, &model).await?;
    let below = ArtifactPath::parse(&fields.str("artifact_directory_path")?.unwrap_or_default())?;
    let prefix = if below.is_empty() { String::new() } else { format!("{below}/") };
    let folder = app.artifacts.located(&root, below).await?;
    let mut answer = proxy::files_json(app.artifacts.list(&folder).await?, &prefix);
    answer["root_uri"] = json!(root);
    Ok(Json(answer))
}

/// `GET /ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files?artifact_file_path=…`
async fn download(app: App, fields: Fields) -> Result<Response, ApiError> {
    let path = ArtifactPath::parse(&fields.required_str("artifact_file_path")?)?;
    if path.is_empty() {
        return Err(InvalidPath.into());
    }
    let model = active_model(&app, &fields).await?.info;
    let (name, named) = (path.file_name().to_owned(), path.to_string());
    let root = root(&app, &model).await?;
    let file = app.artifacts.read(&app.artifacts.located(&root, path).await?, &named).await?;
    Ok(send(file, &name))
}

/// The URI of a model's files.
pub(super) async fn root(app: &App, model: &LoggedModelInfo) -> Result<String, ApiError> {
    let location = location_of(app, ClientFlavor::Plain, model.experiment_id).await?;
    Ok(format!("{}/models/{}/artifacts", location.trim_end_matches('/'), model.model_id))
}
