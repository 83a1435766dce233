//! The versions of a dataset, and the records of one.
use axum::{Json, http::Method};
use kansoku_mlflow::page::check_max_results;
use kansoku_model::{DatasetId, DatasetVersion as StoredVersion, Scope};
use kansoku_store::{DatasetEdit, RecordPosition, RecordQuery};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{DatasetPath, DatasetVersionPath, page_token, position, record::DatasetRecord};
use crate::{
    ApiError, App,
    http::extract::{JsonBody, Path, Query},
    route_table::Routes,
};

const VERSIONS_DEFAULT: usize = 100;
const VERSIONS_MAX: usize = 1000;
const RECORDS_DEFAULT: usize = 100;
const RECORDS_MAX: usize = 10_000;

pub(crate) fn routes(routes: &mut Routes) {
    const VERSIONS: &str = "3.0/kansoku/datasets/{dataset_id}/versions";
    const RECORDS: &str = "3.0/kansoku/datasets/{dataset_id}/versions/{version}/records";
    routes.api(Scope::Read, Method::GET, VERSIONS, list_dataset_versions);
    routes.api(Scope::Write, Method::DELETE, VERSIONS, delete_dataset_versions);
    routes.api(Scope::Read, Method::GET, RECORDS, list_version_records);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct VersionListQuery {
    /// only versions before this one
    before: Option<u64>,
    /// 1 to 1,000; 100 where it is absent
    max_results: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatasetVersionList {
    /// The newest first.
    versions: Vec<DatasetVersion>,
}

/// A state of a dataset's records; it never changes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatasetVersion {
    version: u64,
    digest: String,
    create_time_ms: i64,
    created_by: Option<String>,
    /// Records added, changed and removed since the version before.
    added: u64,
    changed: u64,
    removed: u64,
    record_count: u64,
}

impl From<StoredVersion> for DatasetVersion {
    fn from(version: StoredVersion) -> Self {
        Self {
            version: version.version,
            digest: version.digest,
            create_time_ms: version.created.0,
            created_by: version.created_by,
            added: version.added,
            changed: version.changed,
            removed: version.removed,
            record_count: version.record_count,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecordListQuery {
    /// 1 to 10,000; 100 where it is absent
    max_results: Option<i64>,
    page_token: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatasetRecordPage {
    /// In the order in which they were added.
    records: Vec<DatasetRecord>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_page_token: Option<String>,
}

/// The versions to delete.
#[derive(Deserialize, ToSchema)]
pub(crate) struct OldVersions {
    /// The oldest version to be kept.
    before: u64,
}

/// An answer with nothing in it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Deleted {}

/// `GET /api/3.0/kansoku/datasets/{dataset_id}/versions`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/datasets/{dataset_id}/versions",
    summary = "The versions of a dataset, the newest first",
    params(DatasetPath, VersionListQuery),
    responses((status = 200, body = DatasetVersionList)),
)]
pub(super) async fn list_dataset_versions(
    app: App,
    Path(DatasetPath { dataset_id }): Path<DatasetPath>,
    Query(query): Query<VersionListQuery>,
) -> Result<Json<DatasetVersionList>, ApiError> {
    let max_results = check_max_results(query.max_results, VERSIONS_DEFAULT, VERSIONS_MAX)?;
    let id = DatasetId(dataset_id);
    let versions = app.meta.dataset_versions(&id, query.before, max_results).await?;
    let versions = versions.into_iter().map(DatasetVersion::from).collect();
    Ok(Json(DatasetVersionList { versions }))
}

/// `GET /api/3.0/kansoku/datasets/{dataset_id}/versions/{version}/records`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/datasets/{dataset_id}/versions/{version}/records",
    summary = "The records of a version of a dataset, in pages",
    params(DatasetVersionPath, RecordListQuery),
    responses((status = 200, body = DatasetRecordPage)),
)]
pub(super) async fn list_version_records(
    app: App,
    Path(DatasetVersionPath { dataset_id, version }): Path<DatasetVersionPath>,
    Query(query): Query<RecordListQuery>,
) -> Result<Json<DatasetRecordPage>, ApiError> {
    let query = RecordQuery {
        dataset: DatasetId(dataset_id),
        version: Some(version),
        after: position(query.page_token)?,
        max_results: check_max_results(query.max_results, RECORDS_DEFAULT, RECORDS_MAX)?,
    };
    let (records, more) = app.meta.dataset_records(query).await?;
    let end = records.last().filter(|_| more).map(RecordPosition::of_record);
    Ok(Json(DatasetRecordPage {
        records: records.into_iter().map(DatasetRecord::from).collect(),
        next_page_token: end.as_ref().map(page_token),
    }))
}

/// `DELETE /api/3.0/kansoku/datasets/{dataset_id}/versions`
#[utoipa::path(
    delete,
    path = "/api/3.0/kansoku/datasets/{dataset_id}/versions",
    summary = "Deletes old versions of a dataset, with all that no later version has",
    params(DatasetPath),
    request_body = OldVersions,
    responses((status = 200, body = Deleted)),
)]
pub(super) async fn delete_dataset_versions(
    app: App,
    Path(DatasetPath { dataset_id }): Path<DatasetPath>,
    JsonBody(OldVersions { before }): JsonBody<OldVersions>,
) -> Result<Json<Deleted>, ApiError> {
    let edit = DatasetEdit::DeleteVersionsBefore(before);
    app.meta.edit_dataset(&DatasetId(dataset_id), edit).await?;
    Ok(Json(Deleted {}))
}
