//! Issues: problems that traces show; made, updated and searched.
use axum::{Json, http::Method};
use kansoku_filter::IssueFilter;
use kansoku_mlflow::{
    Fields,
    issue::{IssueJson, issue_description, issue_name, issue_severity, issue_status, new_issue},
    page::Page,
};
use kansoku_model::{IssueId, LifecycleStage, Scope};
use kansoku_store::{IssueSearch, IssueUpdate, StoreError};
use serde_json::{Map, Value, json};

use crate::{ApiError, App, route_table::Routes};

/// Most issues in one page, and how many without being told.
const MAX_RESULTS_MAX: usize = 50_000;
const MAX_RESULTS: usize = 100;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Write, Method::POST, "3.0/mlflow/issues", create);
    routes.api(Scope::Read, Method::POST, "3.0/mlflow/issues/search", search);
    routes.api(Scope::Read, Method::GET, "3.0/mlflow/issues/{issue_id}", get);
    routes.api(Scope::Write, Method::PATCH, "3.0/mlflow/issues/{issue_id}", update);
}

/// `POST issues`
async fn create(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let issue = new_issue(&fields, app.clock.now())?;
    let experiment = app.meta.experiment(issue.experiment_id).await?;
    if experiment.lifecycle_stage == LifecycleStage::Deleted {
        return Err(StoreError::ExperimentNotFound(issue.experiment_id).into());
    }
    let issue = app.meta.create_issue(issue).await?;
    Ok(Json(json!({ "issue": IssueJson::new(&issue, None) })))
}

/// `GET issues/{issue_id}`
async fn get(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let issue = app.meta.issue(&issue_id(&fields)?).await?;
    Ok(Json(json!({ "issue": IssueJson::new(&issue, None) })))
}

/// `PATCH issues/{issue_id}`
async fn update(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let update = IssueUpdate {
        name: issue_name(&fields)?,
        description: issue_description(&fields)?,
        status: issue_status(&fields)?,
        severity: issue_severity(&fields)?,
    };
    let issue = app.meta.update_issue(&issue_id(&fields)?, update).await?;
    Ok(Json(json!({ "issue": IssueJson::new(&issue, None) })))
}

/// `POST issues/search`
async fn search(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let page = Page::from_fields(&fields, MAX_RESULTS, MAX_RESULTS_MAX)?;
    let experiment = fields.str("experiment_id")?.filter(|id| !id.is_empty());
    let experiment = experiment.map(|id| id.parse()).transpose().map_err(ApiError::invalid)?;
    let search = IssueSearch {
        experiments: experiment.map(|id| vec![id]),
        filter: IssueFilter::parse(&fields.str("filter_string")?.unwrap_or_default())?,
        count_traces: fields.bool("include_trace_count")?.unwrap_or(false),
        offset: page.offset,
        max_results: page.max_results,
    };
    let (found, more) = app.meta.search_issues(search).await?;
    let mut answer = Map::new();
    if !found.is_empty() {
        let list = found.iter().map(|found| IssueJson::new(&found.issue, found.traces));
        answer.insert("issues".to_owned(), json!(list.collect::<Vec<_>>()));
    }
    let token = if more { page.next_token(found.len()) } else { String::new() };
    answer.insert("next_page_token".to_owned(), token.into());
    Ok(Json(answer.into()))
}

fn issue_id(fields: &Fields) -> Result<IssueId, ApiError> {
    Ok(IssueId(fields.required_str("issue_id")?))
}
