//! Signed URLs for the files of runs and logged models, in Databricks' response format.
use axum::{Json, http::Method};
use kansoku_mlflow::{Fields, credential::credential_of_file, run::run_id};
use kansoku_model::{ErrorCode, Scope};
use serde_json::{Value, json};

use super::{logged_models, runs};
use crate::{
    ApiError, App, RouteAccess, Support,
    artifacts::{path::ArtifactPath, shared::proxied_path},
    auth::signed_url::{Origin, SignedAction, Signer},
    mlflow::logged_models::{active_model, model_id},
    route_table::Routes,
};

/// Most files in one request, which is how many clients ask for.
const PATHS_MAX: usize = 2000;

pub(crate) fn routes(routes: &mut Routes) {
    let runs = "2.0/mlflow/artifacts/credentials-for";
    routes.api(Scope::Write, Method::POST, &format!("{runs}-write"), for_write);
    routes.api(Scope::Read, Method::POST, &format!("{runs}-read"), for_read);
    let models = "2.0/mlflow/logged-models/{model_id}/artifacts/credentials-for";
    routes.api(Scope::Write, Method::POST, &format!("{models}-upload"), for_upload);
    routes.api(Scope::Read, Method::POST, &format!("{models}-download"), for_download);
    let files = "2.0/fs/{*path}";
    routes.api_as(RouteAccess::AnyToken, Support::Refused, Method::GET, files, no_files_api);
}

/// `POST artifacts/credentials-for-write`
async fn for_write(app: App, origin: Origin, fields: Fields) -> Result<Json<Value>, ApiError> {
    of_run(&app, &origin, &fields, upload_of).await
}

/// `POST artifacts/credentials-for-read`
async fn for_read(app: App, origin: Origin, fields: Fields) -> Result<Json<Value>, ApiError> {
    of_run(&app, &origin, &fields, download_of).await
}

/// `POST logged-models/{model_id}/artifacts/credentials-for-upload`
async fn for_upload(app: App, origin: Origin, fields: Fields) -> Result<Json<Value>, ApiError> {
    of_model(&app, &origin, &fields, upload_of).await
}

/// `POST logged-models/{model_id}/artifacts/credentials-for-download`
async fn for_download(app: App, origin: Origin, fields: Fields) -> Result<Json<Value>, ApiError> {
    of_model(&app, &origin, &fields, download_of).await
}

fn upload_of(path: String) -> SignedAction {
    SignedAction::UploadFile { path }
}

fn download_of(path: String) -> SignedAction {
    SignedAction::DownloadFile { path }
}

async fn of_run(
    app: &App,
    origin: &Origin,
    fields: &Fields,
    action: fn(String) -> SignedAction,
) -> Result<Json<Value>, ApiError> {
    let run = run_id(fields)?;
    let root = runs::root(app, &run).await?;
    let mut signed = signed(app, origin, &root, fields.list_str("path")?, action).await?;
    signed.iter_mut().for_each(|credential| credential["run_id"] = json!(run));
    Ok(Json(json!({ "credential_infos": signed })))
}

async fn of_model(
    app: &App,
    origin: &Origin,
    fields: &Fields,
    action: fn(String) -> SignedAction,
) -> Result<Json<Value>, ApiError> {
    let model = active_model(app, model_id(fields)?).await?.info;
    let root = logged_models::root(app, &model).await?;
    let signed = signed(app, origin, &root, fields.list_str("paths")?, action).await?;
    let wrapped = signed.into_iter().map(|credential| json!({ "credential_info": credential }));
    Ok(Json(json!({ "credentials": wrapped.collect::<Vec<_>>() })))
}

/// A credential for each path below `root`.
async fn signed(
    app: &App,
    origin: &Origin,
    root: &str,
    paths: Vec<String>,
    action: fn(String) -> SignedAction,
) -> Result<Vec<Value>, ApiError> {
    if PATHS_MAX < paths.len() {
        return Err(ApiError::invalid(format!(
            "the request has {} paths, and may have {PATHS_MAX}; ask for some at a time",
            paths.len()
        )));
    }
    let signer = Signer::load(&app.access).await?;
    let mut signed = Vec::with_capacity(paths.len());
    for path in paths {
        let file = proxied_path(root, ArtifactPath::parse_file(&path)?)?;
        // Fails if the caller may not reach the file.
        app.artifacts.file(&file).await?;
        let url = signer.sign(action(file.to_string()), &*app.clock);
        signed.push(credential_of_file(&format!("{origin}{url}"), &path));
    }
    Ok(signed)
}

/// With this error, unlike 404, Databricks' clients use the routes above instead.
async fn no_files_api() -> ApiError {
    let message = "there is no files API here; ask for credentials of a run or logged model";
    ApiError::new(ErrorCode::NotImplemented, message)
}
