//! Multipart uploads of the files of runs and logged models in Databricks' form: signed URLs for the
//! parts, and one that aborts the upload.
use axum::{Json, http::Method};
use kansoku_mlflow::{Fields, credential::credential_of_file, run::run_id};
use kansoku_model::{ModelId, RunId, Scope};
use serde_json::{Value, json};

use super::{
    logged_models, runs,
    upload::{Upload, num_parts, part_number},
};
use crate::{
    ApiError, App,
    artifacts::{path::ArtifactPath, shared::proxied_path},
    auth::signed_url::{Origin, SignedAction, Signer},
    mlflow::logged_models::active_model,
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    let at = |name: &str| format!("2.0/mlflow/artifacts/{name}");
    routes.api(Scope::Write, Method::POST, &at("create-multipart-upload"), create);
    routes.api(Scope::Write, Method::GET, &at("get-presigned-upload-part-url"), renew_part);
    routes.api(Scope::Write, Method::POST, &at("complete-multipart-upload"), complete);
}

/// `POST artifacts/create-multipart-upload`
async fn create(app: App, origin: Origin, fields: Fields) -> Result<Json<Value>, ApiError> {
    let parts = num_parts(&fields)?;
    let target = Target::read(&app, &fields).await?;
    let upload = Upload::start(&app, &target.file).await?.id;
    let signer = Signer::load(&app.access).await?;
    let credential = |action| target.credential(&origin, &signer.sign(action, &*app.clock));
    let of_part = |part| credential(SignedAction::UploadPart { upload: upload.clone(), part });
    Ok(Json(json!({
        "upload_id": upload,
        "upload_credential_infos": (1..=parts).map(of_part).collect::<Vec<_>>(),
        "abort_credential_info": credential(SignedAction::AbortUpload { upload: upload.clone() }),
    })))
}

/// `GET artifacts/get-presigned-upload-part-url`, for a part whose URL has expired.
async fn renew_part(app: App, origin: Origin, fields: Fields) -> Result<Json<Value>, ApiError> {
    let part = part_number(&fields)?;
    let target = Target::read(&app, &fields).await?;
    let upload = target.upload(&app, &fields).await?.id;
    let action = SignedAction::UploadPart { upload, part };
    let url = Signer::load(&app.access).await?.sign(action, &*app.clock);
    Ok(Json(json!({ "upload_credential_info": target.credential(&origin, &url) })))
}

/// `POST artifacts/complete-multipart-upload`
async fn complete(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let target = Target::read(&app, &fields).await?;
    let upload = target.upload(&app, &fields).await?;
    let content = upload.content(&app, &fields, "part_etags").await?;
    let to = app.artifacts.file(&target.file).await?;
    app.artifacts.write(&to, &target.file.to_string(), content).await?;
    upload.forget(&app).await?;
    Ok(Json(json!({})))
}

/// The file that an upload becomes.
struct Target {
    /// The id of the run or logged model, as sent.
    owner: RunId,
    /// The path below the files of that, as sent.
    path: String,
    file: ArtifactPath,
}

impl Target {
    /// Fails if the caller may not write the file.
    async fn read(app: &App, fields: &Fields) -> Result<Self, ApiError> {
        let (owner, path) = (run_id(fields)?, fields.required_str("path")?);
        let root = root(app, &owner).await?;
        let file = proxied_path(&root, ArtifactPath::parse_file(&path)?)?;
        app.artifacts.file(&file).await?;
        Ok(Self { owner, path, file })
    }

    /// The upload that the request names, if it is one of this file.
    async fn upload(&self, app: &App, fields: &Fields) -> Result<Upload, ApiError> {
        let upload = Upload::find(app, &fields.required_str("upload_id")?).await?;
        upload.check_target(&self.file).await?;
        Ok(upload)
    }

    fn credential(&self, origin: &Origin, url: &str) -> Value {
        let mut credential = credential_of_file(&format!("{origin}{url}"), &self.path);
        credential["run_id"] = json!(self.owner);
        credential
    }
}

/// The URI of the files of a run, or of a logged model: clients send the id of either as `run_id`.
async fn root(app: &App, owner: &RunId) -> Result<String, ApiError> {
    if !owner.as_str().starts_with(ModelId::PREFIX) {
        return runs::root(app, owner).await;
    }
    let model = active_model(app, ModelId(owner.as_str().to_owned())).await?;
    logged_models::root(app, &model.info).await
}
