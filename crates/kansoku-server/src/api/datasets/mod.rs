//! Evaluation datasets beyond MLflow's routes: their versions, and what those changed.
mod differences;
mod record;
mod versions;

use axum::{Json, http::Method};
use kansoku_mlflow::dataset::{parse_record_page_token, record_page_token};
use kansoku_model::{Dataset as StoredDataset, DatasetId, Scope};
use kansoku_store::RecordPosition;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{ApiError, App, http::extract::Path, route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::GET, "3.0/kansoku/datasets/{dataset_id}", get_dataset);
    versions::routes(routes);
    differences::routes(routes);
}

/// The path of a route about one dataset.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct DatasetPath {
    dataset_id: String,
}

/// The path of a route about one version of a dataset.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct DatasetVersionPath {
    dataset_id: String,
    /// from 1 on; 0 is the dataset before its first record
    version: u64,
}

/// A dataset without its records.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatasetDetail {
    dataset_id: String,
    name: String,
    /// By key.
    #[schema(value_type = Object)]
    tags: Value,
    /// The experiments it is in that the caller may see.
    experiment_ids: Vec<String>,
    /// The types of the fields that records have had.
    #[schema(value_type = Option<Object>)]
    schema: Option<Value>,
    record_count: u64,
    /// The newest version; 0 before the first record.
    version: u64,
    /// The digest of the newest version, by which runs name what they evaluated.
    digest: String,
    create_time_ms: i64,
    created_by: Option<String>,
    update_time_ms: i64,
    updated_by: Option<String>,
}

impl From<StoredDataset> for DatasetDetail {
    fn from(dataset: StoredDataset) -> Self {
        let tags = dataset.tags.into_iter().map(|tag| (tag.key, Value::from(tag.value)));
        Self {
            dataset_id: dataset.dataset_id.0,
            name: dataset.name,
            tags: Value::Object(tags.collect()),
            experiment_ids: dataset.experiments.iter().map(ToString::to_string).collect(),
            schema: dataset.schema.map(|schema| serde_json::json!(schema)),
            record_count: dataset.record_count.unwrap_or_default(),
            version: dataset.version,
            digest: dataset.digest,
            create_time_ms: dataset.created.0,
            created_by: dataset.created_by,
            update_time_ms: dataset.last_update.0,
            updated_by: dataset.last_updated_by,
        }
    }
}

/// `GET /api/3.0/kansoku/datasets/{dataset_id}`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/datasets/{dataset_id}",
    summary = "A dataset, with the number of its newest version",
    params(DatasetPath),
    responses((status = 200, body = DatasetDetail)),
)]
pub(super) async fn get_dataset(
    app: App,
    Path(DatasetPath { dataset_id }): Path<DatasetPath>,
) -> Result<Json<DatasetDetail>, ApiError> {
    Ok(Json(app.meta.dataset(&DatasetId(dataset_id)).await?.into()))
}

/// Where a page of records goes on; an empty token is none.
fn position(token: Option<String>) -> Result<Option<RecordPosition>, ApiError> {
    let token = token.filter(|token| !token.is_empty());
    let position = token.map(|token| parse_record_page_token(&token)).transpose()?;
    Ok(position.map(|(added_in, record_id)| RecordPosition { added_in, record_id }))
}

fn page_token(position: &RecordPosition) -> String {
    record_page_token(position.added_in, &position.record_id)
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    get_dataset,
    versions::list_dataset_versions,
    versions::list_version_records,
    versions::delete_dataset_versions,
    differences::list_version_differences,
))]
pub(crate) struct Document;
