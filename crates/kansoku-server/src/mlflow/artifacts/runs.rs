//! The list of a run's artifacts.
use axum::{Json, http::Method};
use kansoku_mlflow::Fields;
use kansoku_model::{RunId, Scope};
use serde_json::{Value, json};

use super::proxy;
use crate::{ApiError, App, artifacts::path::ArtifactPath, route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/artifacts/list", list);
}

/// `GET /api/2.0/mlflow/artifacts/list?run_id=…&path=…`
async fn list(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let run_id = match fields.str("run_id")? {
        Some(id) if !id.is_empty() => id,
        _ => fields.str("run_uuid")?.ok_or_else(|| fields.missing("run_id"))?,
    };
    let run = app.meta.run(&RunId(run_id)).await?.info;
    let root = format!("{}/{}/artifacts", run.experiment_id, run.run_id);
    let below = ArtifactPath::parse(&fields.str("path")?.unwrap_or_default())?;
    let prefix = if below.is_empty() { String::new() } else { format!("{below}/") };
    let folder = ArtifactPath::parse(&root)?.join(below);
    let mut answer = proxy::files_json(proxy::entries(&app, &folder).await?, &prefix);
    answer["root_uri"] = json!(format!("mlflow-artifacts:/{root}"));
    Ok(Json(answer))
}
