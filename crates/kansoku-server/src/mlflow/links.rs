//! Links of traces to runs and prompt versions.
use axum::{Json, http::Method};
use kansoku_mlflow::{
    Fields,
    ids::{possible_ids, trace_id},
};
use kansoku_model::{RunId, Scope};
use kansoku_store::PromptVersion;
use serde_json::{Value, json};

use crate::{ApiError, App, route_table::Routes};

const TRACES_MAX: usize = 100;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Ingest, Method::POST, "2.0/mlflow/traces/link-to-run", link_to_run);
    routes.api(Scope::Ingest, Method::POST, "2.0/mlflow/traces/link-prompts", link_prompts);
}

/// `POST /api/2.0/mlflow/traces/link-to-run`
async fn link_to_run(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let ids = fields.required_list_str("trace_ids")?;
    if TRACES_MAX < ids.len() {
        return Err(ApiError::invalid(format!(
            "Cannot link more than {TRACES_MAX} traces to a run in a single request. \
             Provided {} traces.",
            ids.len()
        )));
    }
    let run = RunId(fields.required_str("run_id")?);
    app.traces.link_run(&run, &possible_ids(ids)).await?;
    Ok(Json(json!({})))
}

/// `POST /api/2.0/mlflow/traces/link-prompts`
async fn link_prompts(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let trace_id = trace_id(&fields)?;
    let prompts = fields.list("prompt_versions")?;
    let prompts = prompts.iter().map(prompt_version).collect::<Result<Vec<_>, _>>()?;
    app.traces.link_prompts(&trace_id, &prompts).await?;
    Ok(Json(json!({})))
}

fn prompt_version(fields: &Fields) -> Result<PromptVersion, ApiError> {
    let version = fields.required_i64("version")?;
    Ok(PromptVersion { name: fields.required_str("name")?, version: version.to_string() })
}
