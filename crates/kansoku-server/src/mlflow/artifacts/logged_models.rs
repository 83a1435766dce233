//! The files of a logged model.
use axum::{Json, http::Method, response::Response};
use kansoku_mlflow::Fields;
use kansoku_model::{LoggedModelInfo, Scope};
use serde_json::{Value, json};

use super::proxy;
use crate::{
    ApiError, App,
    artifacts::{
        download::send,
        path::{ArtifactPath, InvalidPath},
    },
    mlflow::logged_models::active_model,
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
    let root = root(&model);
    let below = ArtifactPath::parse(&fields.str("artifact_directory_path")?.unwrap_or_default())?;
    let prefix = if below.is_empty() { String::new() } else { format!("{below}/") };
    let folder = ArtifactPath::parse(&root)?.join(below);
    let mut answer = proxy::files_json(proxy::entries(&app, &folder).await?, &prefix);
    answer["root_uri"] = json!(format!("mlflow-artifacts:/{root}"));
    Ok(Json(answer))
}

/// `GET /ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files?artifact_file_path=…`
async fn download(app: App, fields: Fields) -> Result<Response, ApiError> {
    let path = ArtifactPath::parse(&fields.required_str("artifact_file_path")?)?;
    if path.is_empty() {
        return Err(InvalidPath.into());
    }
    let model = active_model(&app, &fields).await?.info;
    let path = ArtifactPath::parse(&root(&model))?.join(path);
    let file = app.artifacts.read(&app.artifacts.file(&path).await?, &path.to_string()).await?;
    Ok(send(file, path.file_name()))
}

fn root(model: &LoggedModelInfo) -> String {
    format!("{}/models/{}/artifacts", model.experiment_id, model.model_id)
}
