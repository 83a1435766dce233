//! The list of a run's artifacts, and uploads from the run's page.
use axum::{
    Json,
    body::{Body, Bytes},
    http::{Method, header},
    response::{IntoResponse, Response},
};
use kansoku_mlflow::Fields;
use kansoku_model::{RunId, RunInfo, Scope};
use serde::Deserialize;
use serde_json::{Value, json};

use super::proxy;
use crate::{
    ApiError, App, Limits,
    artifacts::{
        path::{ArtifactPath, InvalidPath},
        trace_objects::Uploader,
    },
    http::{admission_error::AdmissionError, body::read_body, extract::Query},
    route_table::Routes,
};

/// Larger files are uploaded as artifacts.
const UPLOAD_BYTES_MAX: usize = 10 << 20;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/artifacts/list", list);
    // Only for browsers, as in MLflow.
    routes.plain(Scope::Write, Method::POST, "/ajax-api/2.0/mlflow/upload-artifact", upload);
}

/// `GET /api/2.0/mlflow/artifacts/list?run_id=…&path=…`
async fn list(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let run_id = match fields.str("run_id")? {
        Some(id) if !id.is_empty() => id,
        _ => fields.str("run_uuid")?.ok_or_else(|| fields.missing("run_id"))?,
    };
    let run = app.meta.run(&RunId(run_id)).await?.info;
    let root = root(&run);
    let below = ArtifactPath::parse(&fields.str("path")?.unwrap_or_default())?;
    let prefix = if below.is_empty() { String::new() } else { format!("{below}/") };
    let folder = ArtifactPath::parse(&root)?.join(below);
    let mut answer = proxy::files_json(proxy::entries(&app, &folder).await?, &prefix);
    answer["root_uri"] = json!(format!("mlflow-artifacts:/{root}"));
    Ok(Json(answer))
}

#[derive(Deserialize)]
struct UploadQuery {
    run_uuid: String,
    path: String,
}

/// `POST /ajax-api/2.0/mlflow/upload-artifact?run_uuid=…&path=…`
async fn upload(
    app: App,
    Query(query): Query<UploadQuery>,
    from: Uploader,
    body: Body,
) -> Result<Response, ApiError> {
    let path = ArtifactPath::parse(&query.path)?;
    if path.is_empty() {
        return Err(InvalidPath.into());
    }
    let run = app.meta.run(&RunId(query.run_uuid)).await?.info;
    let limits = Limits {
        body_bytes_max: UPLOAD_BYTES_MAX,
        inflated_bytes_max: UPLOAD_BYTES_MAX,
        ..app.limits.clone()
    };
    let content = match read_body(&from.headers, body, &limits, &from.reserved).await {
        Err(AdmissionError::TooLarge(_) | AdmissionError::TooLargeInflated(_)) => {
            return Err(ApiError::invalid(format!(
                "the file is larger than {UPLOAD_BYTES_MAX} bytes, the most that is taken here; \
                 log it as an artifact instead"
            )));
        }
        read => read?,
    };
    if content.is_empty() {
        return Err(ApiError::invalid("the request has no content to be the file"));
    }
    let to = ArtifactPath::parse(&root(&run))?.join(path);
    let whole = futures::stream::iter([Ok::<Bytes, std::convert::Infallible>(content)]);
    app.artifacts.write(&app.artifacts.file(&to).await?, &to.to_string(), whole).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], ()).into_response())
}

fn root(run: &RunInfo) -> String {
    format!("{}/{}/artifacts", run.experiment_id, run.run_id)
}
