//! Backfills in Databricks' form.
use axum::{Json, http::Method};
use kansoku_filter::print;
use kansoku_mlflow::{Fields, ids::experiment_id, scorer::sample_rate};
use kansoku_model::{BackfillState, Scope, TraceId};
use serde_json::{Value, json};

use crate::{
    ApiError, App,
    http::extract::PathFields,
    params::backfill::{NewBackfill, NewBackfillScorer, wake},
    route_table::Routes,
};

/// The most traces that a request names.
const TRACE_IDS_MAX: usize = 1_000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::POST, "2.0/managed-evals/monitors", list_monitors);
    let create = "2.0/managed-evals/scheduled-scorers/{experiment_id}/backfill";
    routes.api(Scope::Write, Method::POST, create, create_backfill);
    let of_job = "2.0/managed-evals/experiments/{experiment_id}/backfill/{job_id}";
    routes.api(Scope::Write, Method::DELETE, of_job, cancel_backfill);
}

/// `POST monitors`: a client does not create a backfill for an experiment without a monitor.
async fn list_monitors(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let experiment = app.meta.experiment(experiment_id(&fields)?).await?.experiment_id;
    let backfills = app.meta.backfills(experiment).await?;
    let running = backfills.iter().find(|backfill| backfill.state == BackfillState::Running);
    let monitor = json!({
        "endpoint_name": "kansoku",
        "monitor": { "experiment_id": experiment.to_string(), "is_agent_external": true },
        "current_backfill_job_id": running.map(|backfill| &backfill.backfill_id),
    });
    Ok(Json(json!({ "monitor_infos": [monitor] })))
}

/// `POST scheduled-scorers/{experiment_id}/backfill`
async fn create_backfill(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let experiment = app.meta.experiment(experiment_id(&fields)?).await?;
    let scorer = |fields: &Fields| -> Result<NewBackfillScorer, ApiError> {
        let (scorer, sample_rate) = (fields.required_str("name")?, sample_rate(fields)?);
        Ok(NewBackfillScorer { scorer, sample_rate })
    };
    let rates = fields.list("scorer_sample_rates")?;
    if rates.is_empty() {
        return Err(fields.missing("scorer_sample_rates").into());
    }
    let new = NewBackfill {
        scorers: rates.iter().map(scorer).collect::<Result<_, _>>()?,
        filter: filter_by_ids(fields.list_str("trace_ids")?)?,
        from_ms: fields.i64("start_timestamp_ms")?,
        to_ms: fields.i64("end_timestamp_ms")?,
        only_former: false,
    };
    let backfill = new.check(&app, experiment).await?.create(&app).await?;
    Ok(Json(json!({ "job_id": backfill.backfill_id })))
}

/// The search for traces with these ids; `None` without ids.
fn filter_by_ids(ids: Vec<String>) -> Result<Option<String>, ApiError> {
    if ids.is_empty() {
        return Ok(None);
    }
    if TRACE_IDS_MAX < ids.len() {
        return Err(ApiError::invalid(format!(
            "'trace_ids' has more than {TRACE_IDS_MAX} entries"
        )));
    }
    let quoted = |id: String| match TraceId::try_from(id) {
        Ok(id) => Ok(print::quoted(id.as_str())),
        Err(error) => Err(ApiError::invalid(error)),
    };
    let ids = ids.into_iter().map(quoted).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(format!("request_id IN ({})", ids.join(", "))))
}

/// `DELETE experiments/{experiment_id}/backfill/{job_id}`: cancels it unless it is finished.
async fn cancel_backfill(
    app: App,
    PathFields(fields): PathFields,
) -> Result<Json<Value>, ApiError> {
    let (experiment, id) = (experiment_id(&fields)?, fields.required_str("job_id")?);
    if !app.meta.backfill(experiment, &id).await?.is_finished() {
        app.meta.set_backfill_state(experiment, &id, BackfillState::Cancelled).await?;
        wake(&app);
    }
    Ok(Json(json!({})))
}
