//! All values of a run's metric, and those of several runs, for charts.
use axum::{Json, http::Method};
use kansoku_mlflow::{
    Fields,
    page::{Page, check_max_results},
    run::{MetricJson, run_id},
};
use kansoku_model::{Coded, ErrorCode, Metric, RunId, Scope};
use kansoku_store::{MetricHistory, MetricSample, StoreError};
use serde_json::{Map, Value, json};

use crate::{ApiError, App, route_table::Routes};

/// Most values in one page, and of all runs together.
const VALUES_MAX: usize = 25_000;
/// Most runs whose values are read at once.
const RUNS_MAX: usize = 100;
/// Most values of each run in a sample.
const SAMPLE_MAX: usize = 2500;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/metrics/get-history", history);
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/metrics/get-history-bulk", bulk);
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/metrics/get-history-bulk-interval", samples);
}

/// `GET metrics/get-history`
async fn history(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (run, key) = (run_id(&fields)?, fields.required_str("metric_key")?);
    let page = Page::from_fields(&fields, VALUES_MAX, VALUES_MAX)?;
    let Page { offset, max_results, .. } = page;
    let (values, more) =
        app.meta.metric_history(MetricHistory { run, key, offset, max_results }).await?;
    let mut answer = Map::new();
    if !values.is_empty() {
        let list: Vec<_> = values.iter().map(MetricJson::new).collect();
        answer.insert("metrics".to_owned(), json!(list));
    }
    if more {
        answer.insert("next_page_token".to_owned(), page.next_token(values.len()).into());
    }
    Ok(Json(answer.into()))
}

/// `GET metrics/get-history-bulk`: every value, run by run. Runs that do not exist have none.
async fn bulk(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let mut runs = runs(&fields, "run_id")?;
    runs.sort();
    let key = fields.required_str("metric_key")?;
    let asked = fields.i64("max_results")?.map(|asked| asked.min(VALUES_MAX as i64));
    let mut left = check_max_results(asked, VALUES_MAX, VALUES_MAX)?;
    let mut list = Vec::new();
    for run in runs {
        if left == 0 {
            break;
        }
        let (run_id, key) = (run.clone(), key.clone());
        let query = MetricHistory { run: run_id, key, offset: 0, max_results: left };
        let (values, _) = or_none(app.meta.metric_history(query).await)?;
        left -= values.len();
        list.extend(values.iter().map(|value| json!(MetricJson::of_run(value, &run))));
    }
    Ok(Json(json!({ "metrics": list })))
}

/// `GET metrics/get-history-bulk-interval`: so many values of each run, spread over its steps.
pub(super) async fn samples(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let runs = runs(&fields, "run_ids")?;
    let key = fields.required_str("metric_key")?;
    let points_max = check_max_results(fields.i64("max_results")?, SAMPLE_MAX, SAMPLE_MAX)?;
    let steps = match (fields.i64("start_step")?, fields.i64("end_step")?) {
        (None, None) => None,
        (Some(first), Some(last)) if first <= last => Some(first..=last),
        (Some(first), Some(last)) => {
            return Err(ApiError::invalid(format!(
                "`start_step` is {first} and must not be greater than `end_step`, which is {last}"
            )));
        }
        _ => return Err(ApiError::invalid("send both `start_step` and `end_step`, or neither")),
    };
    let mut list = Vec::new();
    for run in runs {
        let (run_id, key, steps) = (run.clone(), key.clone(), steps.clone());
        let sample = MetricSample { run: run_id, key, steps, points_max };
        let values: Vec<Metric> = or_none(app.meta.metric_sample(sample).await)?;
        list.extend(values.iter().map(|value| json!(MetricJson::of_run(value, &run))));
    }
    if list.is_empty() {
        return Ok(Json(json!({})));
    }
    Ok(Json(json!({ "metrics": list })))
}

fn runs(fields: &Fields, name: &str) -> Result<Vec<RunId>, ApiError> {
    let mut ids = fields.list_str(name)?;
    ids.retain(|id| !id.is_empty());
    if ids.is_empty() {
        return Err(fields.missing(name).into());
    }
    if RUNS_MAX < ids.len() {
        return Err(ApiError::invalid(format!(
            "`{name}` has {} ids, and may have {RUNS_MAX}; ask for some at a time",
            ids.len()
        )));
    }
    Ok(ids.into_iter().map(RunId).collect())
}

/// A run that is not there, or not for this caller, is left out.
fn or_none<T: Default>(read: Result<T, StoreError>) -> Result<T, StoreError> {
    match read {
        Err(error) if error.code() == ErrorCode::ResourceDoesNotExist => Ok(T::default()),
        read => read,
    }
}
