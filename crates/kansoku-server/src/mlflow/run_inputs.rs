//! Inputs and outputs of runs: datasets and models.
use axum::{Json, http::Method};
use kansoku_mlflow::{
    Fields,
    run::run_id,
    run_inputs::{DatasetSummaryJson, dataset_inputs, model_inputs, model_outputs},
};
use kansoku_model::{ExperimentId, InvalidExperimentId, Scope};
use kansoku_store::RunEdit;
use serde_json::{Value, json};

use crate::{ApiError, App, route_table::Routes};

/// Most experiments whose datasets are listed at once.
const EXPERIMENTS_MAX: usize = 20;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/runs/log-inputs", log_inputs);
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/runs/outputs", log_outputs);
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/runs/log-model", log_model);
    let datasets = "2.0/mlflow/experiments/search-datasets";
    routes.api(Scope::Read, Method::POST, datasets, search_datasets);
}

/// `POST runs/log-inputs`
async fn log_inputs(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (datasets, models) = (dataset_inputs(&fields)?, model_inputs(&fields)?);
    app.meta.log_inputs(&run_id(&fields)?, datasets, models, vec![]).await?;
    Ok(Json(json!({})))
}

/// `POST runs/outputs`
async fn log_outputs(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    if !fields.has("models")? {
        return Err(fields.missing("models").into());
    }
    let models = model_outputs(&fields)?;
    app.meta.log_inputs(&run_id(&fields)?, vec![], vec![], models).await?;
    Ok(Json(json!({})))
}

/// `POST runs/log-model`: models that are files of a run, as clients know them beside logged models.
async fn log_model(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (id, text) = (run_id(&fields)?, fields.required_str("model_json")?);
    let malformed = || ApiError::invalid("`model_json` is not the JSON of an object");
    let model: Value = serde_json::from_str(&text).map_err(|_| malformed())?;
    let facts = model.as_object().ok_or_else(malformed)?;
    for name in ["artifact_path", "flavors", "utc_time_created", "run_id"] {
        if !facts.contains_key(name) {
            return Err(ApiError::invalid(format!("`model_json` has no field '{name}'")));
        }
    }
    app.meta.edit_run(&id, RunEdit::AddModelRecord(model)).await?;
    Ok(Json(json!({})))
}

/// `POST experiments/search-datasets`
pub(super) async fn search_datasets(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let ids = fields.list_str("experiment_ids")?;
    if ids.is_empty() {
        return Err(fields.missing("experiment_ids").into());
    }
    if EXPERIMENTS_MAX < ids.len() {
        return Err(ApiError::invalid(format!(
            "`experiment_ids` has {} ids, and may have {EXPERIMENTS_MAX}; ask for some at a time",
            ids.len()
        )));
    }
    let ids: Result<Vec<ExperimentId>, InvalidExperimentId> =
        ids.iter().map(|id| id.parse()).collect();
    let summaries = app.meta.dataset_summaries(&ids.map_err(ApiError::invalid)?).await?;
    if summaries.is_empty() {
        return Ok(Json(json!({})));
    }
    let list: Vec<_> = summaries.iter().map(DatasetSummaryJson::new).collect();
    Ok(Json(json!({ "dataset_summaries": list })))
}
