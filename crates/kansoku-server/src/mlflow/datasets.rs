//! Evaluation datasets: what `mlflow.genai.datasets` and `EvaluationDataset` ask for.
use axum::{Json, http::Method};
use kansoku_filter::{DatasetFilter, DatasetOrderBy};
use kansoku_mlflow::{
    Fields,
    dataset::{
        DatasetJson, DatasetRecordJson, dataset_id, name, parse_record_page_token, record_ids,
        record_page_token, record_upserts, tags,
    },
    ids::experiment_ids,
    page::{Page, check_max_results},
};
use kansoku_model::{Coded, ErrorCode, ExperimentId, RecordUpsert, Scope};
use kansoku_store::{
    DatasetEdit, DatasetSearch, NewDataset, RecordPosition, RecordQuery, StoreError,
};
use serde_json::{Map, Value, json};

use crate::{
    ApiError, App,
    http::extract::{BulkFields, PathFields},
    route_table::Routes,
};

/// Most datasets in one page, and how many without being told.
const MAX_RESULTS_MAX: usize = 50_000;
const MAX_RESULTS: usize = 1000;
/// Most records in one page, and how many without being told.
const RECORDS_MAX: usize = 50_000;
const RECORDS: usize = 1000;

pub(crate) fn routes(routes: &mut Routes) {
    let path = |rest: &str| format!("3.0/mlflow/datasets/{rest}");
    routes.api(Scope::Write, Method::POST, &path("create"), create);
    routes.api(Scope::Read, Method::GET, &path("search"), search);
    routes.api(Scope::Read, Method::POST, &path("search"), search);
    routes.api(Scope::Read, Method::GET, &path("{dataset_id}"), get);
    routes.api(Scope::Write, Method::DELETE, &path("{dataset_id}"), delete);
    routes.api(Scope::Read, Method::GET, &path("{dataset_id}/records"), records);
    routes.api(Scope::Write, Method::POST, &path("{dataset_id}/records"), upsert_records);
    routes.api(Scope::Write, Method::DELETE, &path("{dataset_id}/records"), delete_records);
    routes.api(Scope::Write, Method::PATCH, &path("{dataset_id}/tags"), set_tags);
    routes.api(Scope::Write, Method::DELETE, &path("{dataset_id}/tags/{key}"), delete_tag);
    routes.api(Scope::Read, Method::GET, &path("{dataset_id}/experiment-ids"), experiments);
    routes.api(Scope::Write, Method::POST, &path("{dataset_id}/add-experiments"), add_experiments);
    routes.api(
        Scope::Write,
        Method::POST,
        &path("{dataset_id}/remove-experiments"),
        remove_experiments,
    );
}

/// `POST datasets/create`
async fn create(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let tags = tags(&fields)?;
    let user = tags.iter().find(|tag| tag.key == RecordUpsert::USER_TAG);
    let new = NewDataset {
        name: name(&fields)?,
        created_by: user.map(|tag| tag.value.clone()),
        experiments: experiment_ids(&fields, "experiment_ids")?.unwrap_or_default(),
        tags,
    };
    let dataset = app.meta.create_dataset(new).await?;
    Ok(Json(json!({ "dataset": DatasetJson::with_experiments(&dataset) })))
}

/// `GET datasets/{dataset_id}`
async fn get(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let dataset = app.meta.dataset(&dataset_id(&fields)?).await?;
    Ok(Json(json!({ "dataset": DatasetJson::new(&dataset) })))
}

/// `DELETE datasets/{dataset_id}`; nothing where there is none.
async fn delete(app: App, PathFields(fields): PathFields) -> Result<Json<Value>, ApiError> {
    let id = dataset_id(&fields)?;
    unless_missing(app.meta.edit_dataset(&id, DatasetEdit::Delete).await)?;
    Ok(Json(json!({})))
}

/// `GET` or `POST datasets/search`
async fn search(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let page = Page::from_fields(&fields, MAX_RESULTS, MAX_RESULTS_MAX)?;
    let search = DatasetSearch {
        experiments: experiment_ids(&fields, "experiment_ids")?.filter(|ids| !ids.is_empty()),
        filter: DatasetFilter::parse(&fields.str("filter_string")?.unwrap_or_default())?,
        order_by: DatasetOrderBy::parse_list(&fields.list_str("order_by")?)?,
        offset: page.offset,
        max_results: page.max_results,
    };
    let (datasets, more) = app.meta.search_datasets(search).await?;
    let mut answer = Map::new();
    if !datasets.is_empty() {
        let list = datasets.iter().map(DatasetJson::new).collect::<Vec<_>>();
        answer.insert("datasets".to_owned(), json!(list));
    }
    if more {
        answer.insert("next_page_token".to_owned(), page.next_token(datasets.len()).into());
    }
    Ok(Json(answer.into()))
}

/// `GET datasets/{dataset_id}/records`; none where there is no dataset.
async fn records(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let dataset = dataset_id(&fields)?;
    let token = fields.str("page_token")?.filter(|token| !token.is_empty());
    let after = token.map(|token| parse_record_page_token(&token)).transpose()?;
    // 0 stands for a field that is not there.
    let asked = fields.i64("max_results")?.filter(|asked| *asked != 0);
    let query = RecordQuery {
        dataset: dataset.clone(),
        version: None,
        after: after.map(|(added_in, record_id)| RecordPosition { added_in, record_id }),
        max_results: check_max_results(asked, RECORDS, RECORDS_MAX)?,
    };
    let (records, more) = unless_missing(app.meta.dataset_records(query).await)?;
    let shown = records.iter().map(|it| DatasetRecordJson::new(&dataset, it)).collect::<Vec<_>>();
    let text = serde_json::to_string(&shown).expect("objects of texts and JSON");
    let mut answer = Map::from_iter([("records".to_owned(), Value::from(text))]);
    if let Some(last) = records.last().filter(|_| more) {
        let token = record_page_token(last.added_in, &last.record_id);
        answer.insert("next_page_token".to_owned(), token.into());
    }
    Ok(Json(answer.into()))
}

/// `POST datasets/{dataset_id}/records`
async fn upsert_records(app: App, bulk: BulkFields) -> Result<Json<Value>, ApiError> {
    let id = dataset_id(&bulk.fields)?;
    let records = bulk.read_json_text(&app, "records", record_upserts).await?;
    let counts = app.meta.upsert_dataset_records(&id, records).await?;
    Ok(Json(json!({ "inserted_count": counts.inserted, "updated_count": counts.updated })))
}

/// `DELETE datasets/{dataset_id}/records`; none where there is no dataset.
async fn delete_records(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (id, records) = (dataset_id(&fields)?, record_ids(&fields)?);
    let deleted = unless_missing(app.meta.delete_dataset_records(&id, records).await)?;
    Ok(Json(json!({ "deleted_count": deleted })))
}

/// `PATCH datasets/{dataset_id}/tags`
async fn set_tags(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    fields.required_str("tags")?;
    let edit = DatasetEdit::SetTags(tags(&fields)?);
    app.meta.edit_dataset(&dataset_id(&fields)?, edit).await?;
    Ok(Json(json!({})))
}

/// `DELETE datasets/{dataset_id}/tags/{key}`; nothing where there is none.
async fn delete_tag(app: App, PathFields(fields): PathFields) -> Result<Json<Value>, ApiError> {
    let edit = DatasetEdit::DeleteTag { key: fields.required_str("key")? };
    unless_missing(app.meta.edit_dataset(&dataset_id(&fields)?, edit).await)?;
    Ok(Json(json!({})))
}

/// `GET datasets/{dataset_id}/experiment-ids`; none where there is no dataset.
async fn experiments(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let dataset = app.meta.dataset(&dataset_id(&fields)?).await;
    let experiments = unless_missing(dataset.map(|dataset| dataset.experiments))?;
    Ok(Json(match experiments.is_empty() {
        true => json!({}),
        false => json!({ "experiment_ids": experiments }),
    }))
}

/// `POST datasets/{dataset_id}/add-experiments`
async fn add_experiments(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    change_experiments(&app, &fields, DatasetEdit::AddExperiments).await
}

/// `POST datasets/{dataset_id}/remove-experiments`
async fn remove_experiments(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    change_experiments(&app, &fields, DatasetEdit::RemoveExperiments).await
}

async fn change_experiments(
    app: &App,
    fields: &Fields,
    edit: fn(Vec<ExperimentId>) -> DatasetEdit,
) -> Result<Json<Value>, ApiError> {
    let id = dataset_id(fields)?;
    let experiments = experiment_ids(fields, "experiment_ids")?.unwrap_or_default();
    app.meta.edit_dataset(&id, edit(experiments)).await?;
    let dataset = app.meta.dataset(&id).await?;
    Ok(Json(json!({ "dataset": DatasetJson::new(&dataset) })))
}

/// The default where there is no such dataset, as MLflow answers it.
fn unless_missing<T: Default>(result: Result<T, StoreError>) -> Result<T, StoreError> {
    match result {
        Err(error) if error.code() == ErrorCode::ResourceDoesNotExist => Ok(T::default()),
        result => result,
    }
}
