//! Runs: creation, logging, updates and search.
use std::collections::{HashMap, hash_map::Entry};

use axum::{Json, http::Method};
use kansoku_filter::{RunFilter, RunOrderBy};
use kansoku_mlflow::{
    ClientFlavor, Fields,
    experiment::view_type,
    page::Page,
    run::{Batch, RunInfoJson, RunJson, metric, name_and_tags, param, run_id, run_status, tag},
};
use kansoku_model::{
    ExperimentId, KeyValue, LifecycleStage, Run, RunId, RunInfo, RunStatus, Scope, TimestampMs,
};
use kansoku_store::{RunSearch, RunUpdate};
use serde_json::{Map, Value, json};

use super::experiments::location_of;
use crate::{ApiError, App, route_table::Routes};

/// The most runs in a page; also the default.
const MAX_RESULTS_MAX: usize = 50_000;
const MAX_RESULTS: usize = 1000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/runs/create", create);
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/runs/get", get);
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/runs/update", update);
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/runs/delete", delete);
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/runs/restore", restore);
    routes.api(Scope::Read, Method::POST, "2.0/mlflow/runs/search", search);
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/runs/set-tag", set_tag);
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/runs/delete-tag", delete_tag);
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/runs/log-batch", log_batch);
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/runs/log-metric", log_metric);
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/runs/log-parameter", log_param);
}

/// `POST runs/create`
async fn create(app: App, flavor: ClientFlavor, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (info, tags) = new_run(&fields, app.clock.now())?;
    let run = app.meta.create_run(info, tags).await?;
    Ok(Json(json!({ "run": run_json(&app, flavor, run).await? })))
}

/// `GET runs/get`
pub(super) async fn get(
    app: App,
    flavor: ClientFlavor,
    fields: Fields,
) -> Result<Json<Value>, ApiError> {
    let run = app.meta.run(&run_id(&fields)?).await?;
    Ok(Json(json!({ "run": run_json(&app, flavor, run).await? })))
}

/// `POST runs/update`
async fn update(app: App, flavor: ClientFlavor, fields: Fields) -> Result<Json<Value>, ApiError> {
    let id = run_id(&fields)?;
    let update = RunUpdate {
        status: run_status(&fields)?,
        end_time: fields.i64("end_time")?.map(TimestampMs),
        run_name: fields.str("run_name")?.filter(|name| !name.is_empty()),
    };
    let info = app.meta.update_run(&id, update).await?;
    let location = location_of(&app, flavor, info.experiment_id).await?;
    Ok(Json(json!({ "run_info": RunInfoJson::new(&info, &location) })))
}

/// `POST runs/delete`
async fn delete(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    app.meta.delete_run(&run_id(&fields)?).await?;
    Ok(Json(json!({})))
}

/// `POST runs/restore`
async fn restore(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    app.meta.restore_run(&run_id(&fields)?).await?;
    Ok(Json(json!({})))
}

/// `POST runs/search`
pub(super) async fn search(
    app: App,
    flavor: ClientFlavor,
    fields: Fields,
) -> Result<Json<Value>, ApiError> {
    let page = Page::from_fields(&fields, MAX_RESULTS, MAX_RESULTS_MAX)?;
    let (runs, more) = app.meta.search_runs(run_search(&fields, page)?).await?;
    let found = runs.len();
    let mut locations = HashMap::new();
    let mut list = Vec::with_capacity(runs.len());
    for run in runs {
        let experiment = run.info.experiment_id;
        let location = match locations.entry(experiment) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(location_of(&app, flavor, experiment).await?),
        };
        list.push(json!(RunJson::new(&run, location)));
    }
    let mut answer = Map::new();
    if !list.is_empty() {
        answer.insert("runs".to_owned(), list.into());
    }
    if more {
        answer.insert("next_page_token".to_owned(), page.next_token(found).into());
    }
    Ok(Json(answer.into()))
}

/// `POST runs/set-tag`
async fn set_tag(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    app.meta.log_batch(&run_id(&fields)?, vec![], vec![], vec![tag(&fields)?]).await?;
    Ok(Json(json!({})))
}

/// `POST runs/delete-tag`
async fn delete_tag(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    app.meta.delete_run_tag(&run_id(&fields)?, &fields.required_str("key")?).await?;
    Ok(Json(json!({})))
}

/// `POST runs/log-batch`
async fn log_batch(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let Batch { metrics, params, tags } = Batch::from_fields(&fields)?;
    app.meta.log_batch(&run_id(&fields)?, metrics, params, tags).await?;
    Ok(Json(json!({})))
}

/// `POST runs/log-metric`
async fn log_metric(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let id = run_id(&fields)?;
    app.meta.log_batch(&id, vec![metric(&fields)?], vec![], vec![]).await?;
    Ok(Json(json!({})))
}

/// `POST runs/log-parameter`
async fn log_param(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let id = run_id(&fields)?;
    app.meta.log_batch(&id, vec![], vec![param(&fields)?], vec![]).await?;
    Ok(Json(json!({})))
}

fn new_run(fields: &Fields, now: TimestampMs) -> Result<(RunInfo, Vec<KeyValue>), ApiError> {
    let experiment = fields.str("experiment_id")?.filter(|id| !id.is_empty());
    let experiment_id = match experiment {
        Some(id) => id.parse().map_err(ApiError::invalid)?,
        None => ExperimentId::DEFAULT,
    };
    let (run_name, tags) = name_and_tags(fields)?;
    let info = RunInfo {
        run_id: RunId::random(),
        experiment_id,
        run_name,
        user_id: fields.str("user_id")?.unwrap_or_default(),
        status: RunStatus::Running,
        start_time: Some(fields.i64("start_time")?.map_or(now, TimestampMs)),
        end_time: None,
        lifecycle_stage: LifecycleStage::Active,
    };
    Ok((info, tags))
}

fn run_search(fields: &Fields, page: Page) -> Result<RunSearch, ApiError> {
    let ids = fields.list_str("experiment_ids")?;
    let experiments = ids.iter().map(|id| id.parse()).collect::<Result<_, _>>();
    Ok(RunSearch {
        experiments: experiments
            .map_err(|error: kansoku_model::InvalidExperimentId| ApiError::invalid(error))?,
        filter: RunFilter::parse(&fields.str("filter")?.unwrap_or_default())?,
        order_by: RunOrderBy::parse_list(&fields.list_str("order_by")?)?,
        view: view_type(fields, "run_view_type")?,
        offset: page.offset,
        max_results: page.max_results,
    })
}

async fn run_json(app: &App, flavor: ClientFlavor, run: Run) -> Result<Value, ApiError> {
    let location = location_of(app, flavor, run.info.experiment_id).await?;
    Ok(json!(RunJson::new(&run, &location)))
}
