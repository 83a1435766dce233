//! Review queues: what `mlflow.genai.review_queues` asks for.
use std::collections::HashMap;

use axum::{Json, http::Method};
use kansoku_mlflow::{
    Fields,
    ids::experiment_id,
    page::Page,
    review_queue::{
        ReviewItemJson, ReviewQueueFields, ReviewQueueJson, custom_name, item_id, item_ids,
        new_owner, new_status, normalized_user, queue_id, review_status, schemas, users,
    },
};
use kansoku_model::{Coded, ErrorCode, QueueType, ReviewQueue, Scope};
use kansoku_store::{
    NewReviewQueue, ReviewItemQuery, ReviewQueueEdit, ReviewQueueQuery, ReviewQueueUpdate,
};
use serde_json::{Value, json};

use super::experiments::active_experiment;
use crate::{ApiError, App, route_table::Routes};

/// Most queues or items in one page, and how many without being told.
const MAX_RESULTS_MAX: usize = 50_000;
const MAX_RESULTS: usize = 1000;

pub(crate) fn routes(routes: &mut Routes) {
    let path = |rest: &str| format!("3.0/mlflow/review-queues/{rest}");
    routes.api(Scope::Write, Method::POST, &path("create"), create);
    routes.api(Scope::Write, Method::POST, &path("get-or-create-user"), get_or_create_user);
    routes.api(Scope::Read, Method::GET, &path("get"), get);
    routes.api(Scope::Read, Method::GET, &path("get-by-name"), get_by_name);
    routes.api(Scope::Read, Method::GET, &path("list"), list);
    routes.api(Scope::Write, Method::POST, &path("update"), update);
    routes.api(Scope::Write, Method::POST, &path("delete"), delete);
    routes.api(Scope::Write, Method::POST, &path("items/add"), add_items);
    routes.api(Scope::Write, Method::POST, &path("items/remove"), remove_items);
    routes.api(Scope::Read, Method::GET, &path("items/list"), list_items);
    routes.api(Scope::Feedback, Method::POST, &path("items/set-status"), set_status);
}

fn answer(queue: &ReviewQueue) -> Json<Value> {
    Json(json!({ "review_queue": ReviewQueueJson::new(queue) }))
}

/// `POST review-queues/create`
async fn create(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let fields = ReviewQueueFields::from_fields(&fields)?;
    Ok(answer(&create_queue(&app, fields, None).await?))
}

/// `POST review-queues/get-or-create-user`
async fn get_or_create_user(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let fields = ReviewQueueFields::of_user(&fields)?;
    let (experiment, user) = (fields.experiment, fields.name.clone());
    let error = match create_queue(&app, fields, Some(user.clone())).await {
        Ok(queue) => return Ok(answer(&queue)),
        Err(error) => error,
    };
    if error.code() != ErrorCode::ResourceAlreadyExists {
        return Err(error);
    }
    let queue = app.meta.review_queue_by_name(experiment, &user).await?;
    match queue.queue_type {
        QueueType::User => Ok(answer(&queue)),
        QueueType::Custom => Err(error),
    }
}

async fn create_queue(
    app: &App,
    fields: ReviewQueueFields,
    created_by: Option<String>,
) -> Result<ReviewQueue, ApiError> {
    active_experiment(app, fields.experiment).await?;
    let new = NewReviewQueue {
        experiment: fields.experiment,
        name: fields.name,
        queue_type: fields.queue_type,
        created_by,
        users: fields.users,
        schemas: fields.schemas,
    };
    Ok(app.meta.create_review_queue(new).await?)
}

/// `GET review-queues/get`
async fn get(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    Ok(answer(&app.meta.review_queue(&queue_id(&fields)?).await?))
}

/// `GET review-queues/get-by-name`
async fn get_by_name(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (experiment, name) = (experiment_id(&fields)?, fields.required_str("name")?);
    active_experiment(&app, experiment).await?;
    Ok(answer(&app.meta.review_queue_by_name(experiment, &name).await?))
}

/// `GET review-queues/list`
async fn list(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let experiment = experiment_id(&fields)?;
    let page = Page::from_fields(&fields, MAX_RESULTS, MAX_RESULTS_MAX)?;
    active_experiment(&app, experiment).await?;
    let query = ReviewQueueQuery {
        experiment,
        name: None,
        user: fields.str("user")?.map(|user| normalized_user(&user)),
        trace: fields.str("item_id")?,
        offset: page.offset,
        max_results: page.max_results,
    };
    let (queues, more) = app.meta.review_queues(query).await?;
    let token = if more { page.next_token(queues.len()) } else { String::new() };
    let list = queues.iter().map(ReviewQueueJson::new).collect::<Vec<_>>();
    Ok(Json(page_of("review_queues", json!(list), token)))
}

/// An empty list is left out.
fn page_of(name: &str, list: Value, next_page_token: String) -> Value {
    let mut answer = json!({ "next_page_token": next_page_token });
    if list.as_array().is_some_and(|list| !list.is_empty()) {
        answer[name] = list;
    }
    answer
}

/// `POST review-queues/update`
async fn update(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let id = queue_id(&fields)?;
    let has = |name: &str| Ok::<_, ApiError>(fields.bool(name)?.unwrap_or_default());
    let update = ReviewQueueUpdate {
        name: fields.str("name")?.map(|name| custom_name(&name)).transpose()?,
        users: has("update_users")?.then(|| users(&fields)).transpose()?,
        schemas: has("update_schema_ids")?.then(|| schemas(&fields)).transpose()?,
        created_by: new_owner(&fields)?,
    };
    app.meta.edit_review_queue(&id, ReviewQueueEdit::Update(update)).await?;
    Ok(answer(&app.meta.review_queue(&id).await?))
}

/// `POST review-queues/delete`; nothing where there is none.
async fn delete(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let deleted = app.meta.edit_review_queue(&queue_id(&fields)?, ReviewQueueEdit::Delete).await;
    match deleted {
        Err(error) if error.code() != ErrorCode::ResourceDoesNotExist => Err(error.into()),
        _ => Ok(Json(json!({}))),
    }
}

/// `POST review-queues/items/add`
async fn add_items(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (id, traces) = (queue_id(&fields)?, item_ids(&fields)?);
    let max_results = traces.len();
    app.traces.restore(&traces).await?;
    app.meta.edit_review_queue(&id, ReviewQueueEdit::AddItems(traces.clone())).await?;
    let query = ReviewItemQuery {
        queue: id,
        status: None,
        traces: Some(traces.clone()),
        offset: 0,
        max_results,
    };
    let (items, _) = app.meta.review_items(query).await?;
    let by_trace: HashMap<_, _> = items.iter().map(|item| (&item.trace, item)).collect();
    // In the order in which they were given.
    let items = traces.iter().filter_map(|trace| by_trace.get(trace));
    let list = items.map(|item| ReviewItemJson::new(item)).collect::<Vec<_>>();
    Ok(Json(json!({ "items": list })))
}

/// `POST review-queues/items/remove`
async fn remove_items(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let edit = ReviewQueueEdit::RemoveItems(item_ids(&fields)?);
    app.meta.edit_review_queue(&queue_id(&fields)?, edit).await?;
    Ok(Json(json!({})))
}

/// `GET review-queues/items/list`
async fn list_items(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let page = Page::from_fields(&fields, MAX_RESULTS, MAX_RESULTS_MAX)?;
    let query = ReviewItemQuery {
        queue: queue_id(&fields)?,
        status: review_status(&fields)?,
        traces: None,
        offset: page.offset,
        max_results: page.max_results,
    };
    let (items, more) = app.meta.review_items(query).await?;
    let token = if more { page.next_token(items.len()) } else { String::new() };
    let list = items.iter().map(ReviewItemJson::new).collect::<Vec<_>>();
    Ok(Json(page_of("items", json!(list), token)))
}

/// `POST review-queues/items/set-status`
async fn set_status(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (id, trace) = (queue_id(&fields)?, item_id(&fields)?);
    let (status, completed_by) = new_status(&fields)?;
    let edit = ReviewQueueEdit::SetStatus { trace: trace.clone(), status, completed_by };
    app.meta.edit_review_queue(&id, edit).await?;
    let item = app.meta.review_item(&id, &trace).await?;
    Ok(Json(json!({ "item": ReviewItemJson::new(&item) })))
}
