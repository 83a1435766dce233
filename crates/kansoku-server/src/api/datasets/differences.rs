//! The differences between two versions of a dataset.
use axum::{Json, http::Method};
use kansoku_mlflow::page::check_max_results;
use kansoku_model::{DatasetId, Scope};
use kansoku_store::{DifferenceQuery, RecordDifference as StoredDifference};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{DatasetVersionPath, page_token, position, record::DatasetRecord};
use crate::{
    ApiError, App,
    http::extract::{Path, Query},
    route_table::Routes,
};

const DIFFERENCES_DEFAULT: usize = 100;
const DIFFERENCES_MAX: usize = 1000;

pub(crate) fn routes(routes: &mut Routes) {
    const PATH: &str = "3.0/kansoku/datasets/{dataset_id}/versions/{version}/differences";
    routes.api(Scope::Read, Method::GET, PATH, list_version_differences);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DifferenceListQuery {
    /// the version to compare with; the previous one by default
    base: Option<u64>,
    /// 1 to 1,000; 100 by default
    max_results: Option<i64>,
    page_token: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DifferencePage {
    base: u64,
    version: u64,
    /// In the order in which the records were added. A page may have fewer than `max_results`.
    differences: Vec<RecordDifference>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_page_token: Option<String>,
}

/// A record that differs between two versions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordDifference {
    change: RecordChange,
    /// The record in `base`; `null` if it was added.
    before: Option<DatasetRecord>,
    /// The record in `version`; `null` if it was removed.
    after: Option<DatasetRecord>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RecordChange {
    Added,
    Changed,
    Removed,
}

impl From<StoredDifference> for RecordDifference {
    fn from(difference: StoredDifference) -> Self {
        let (change, before, after) = match difference {
            StoredDifference::Added(after) => (RecordChange::Added, None, Some(after)),
            StoredDifference::Removed(before) => (RecordChange::Removed, Some(before), None),
            StoredDifference::Changed { before, after } => {
                (RecordChange::Changed, Some(*before), Some(*after))
            }
        };
        Self { change, before: before.map(Into::into), after: after.map(Into::into) }
    }
}

/// `GET /api/3.0/kansoku/datasets/{dataset_id}/versions/{version}/differences`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/datasets/{dataset_id}/versions/{version}/differences",
    summary = "The differences between two versions of a dataset, in pages",
    params(DatasetVersionPath, DifferenceListQuery),
    responses((status = 200, body = DifferencePage)),
)]
pub(super) async fn list_version_differences(
    app: App,
    Path(DatasetVersionPath { dataset_id, version }): Path<DatasetVersionPath>,
    Query(query): Query<DifferenceListQuery>,
) -> Result<Json<DifferencePage>, ApiError> {
    let base = query.base.unwrap_or(version.saturating_sub(1));
    let query = DifferenceQuery {
        dataset: DatasetId(dataset_id),
        base,
        version,
        after: position(query.page_token)?,
        max_results: check_max_results(query.max_results, DIFFERENCES_DEFAULT, DIFFERENCES_MAX)?,
    };
    let page = app.meta.dataset_differences(query).await?;
    Ok(Json(DifferencePage {
        base,
        version,
        differences: page.differences.into_iter().map(RecordDifference::from).collect(),
        next_page_token: page.next.as_ref().map(page_token),
    }))
}
