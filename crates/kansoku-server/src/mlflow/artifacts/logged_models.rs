//! The files of a logged model.
use axum::{Json, http::Method, response::Response};
use kansoku_mlflow::{ClientFlavor, Fields, logged_model::artifact_uri};
use kansoku_model::{LoggedModelInfo, Scope};
use serde_json::Value;

use super::proxy;
use crate::{
    ApiError, App,
    artifacts::path::ArtifactPath,
    mlflow::{
        experiments::location_of,
        logged_models::{active_model, model_id},
    },
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
    let model = active_model(&app, model_id(&fields)?).await?.info;
    let root = root(&app, &model).await?;
    let path = fields.str("artifact_directory_path")?.unwrap_or_default();
    proxy::list_below(&app, &root, &path).await
}

/// `GET /ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files?artifact_file_path=…`
async fn download(app: App, fields: Fields) -> Result<Response, ApiError> {
    let path = ArtifactPath::parse_file(&fields.required_str("artifact_file_path")?)?;
    let model = active_model(&app, model_id(&fields)?).await?.info;
    let root = root(&app, &model).await?;
    proxy::send_below(&app, &root, path).await
}

/// The URI of a model's files.
pub(super) async fn root(app: &App, model: &LoggedModelInfo) -> Result<String, ApiError> {
    let location = location_of(app, ClientFlavor::Plain, model.experiment_id).await?;
    Ok(artifact_uri(&location, &model.model_id))
}
