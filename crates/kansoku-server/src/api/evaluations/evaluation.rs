//! The JSON of an evaluation: a run with the figures of its cases.
use kansoku_analytics::evaluation::summary::CaseFigures;
use kansoku_model::{DatasetId, DatasetInput, ModelId, Run};
use kansoku_store::StoreError;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::run_cases::RunFigures;
use crate::{ApiError, App};

const USER_TAG: &str = "mlflow.user";
/// The type of a dataset's source, and the field in it, by which MLflow's clients name a dataset of
/// the server.
const DATASET_SOURCE: &str = "mlflow_evaluation_dataset";
const DATASET_ID: &str = "dataset_id";
/// The newest versions of a dataset among which the evaluated one is searched.
const VERSIONS_MAX: usize = 1000;

/// A run with the figures of its cases.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Evaluation {
    run_id: String,
    name: String,
    /// `RUNNING`, `SCHEDULED`, `FINISHED`, `FAILED` or `KILLED`.
    status: &'static str,
    start_time_ms: Option<i64>,
    end_time_ms: Option<i64>,
    duration_ms: Option<i64>,
    user: Option<String>,
    version: Option<EvaluatedVersion>,
    dataset: Option<EvaluatedDataset>,
    /// Whether the figures are of all cases; otherwise only of the newest ones.
    complete: bool,
    #[serde(flatten)]
    figures: CaseFigures,
}

/// The logged model that was evaluated.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EvaluatedVersion {
    model_id: String,
    /// `null` if the model is unknown.
    name: Option<String>,
}

/// The dataset that was evaluated, as the run names it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EvaluatedDataset {
    name: String,
    digest: String,
    /// `null` unless it is an evaluation dataset of this server.
    dataset_id: Option<String>,
    /// The version with this digest; `null` if it is unknown.
    version: Option<u64>,
}

impl Evaluation {
    pub(super) async fn new(app: &App, run: &Run, figures: RunFigures) -> Result<Self, ApiError> {
        let RunFigures { figures, model, complete } = figures;
        let info = &run.info;
        let (start, end) = (info.start_time.map(|at| at.0), info.end_time.map(|at| at.0));
        let tag = run.tags.iter().find(|tag| tag.key == USER_TAG).map(|tag| tag.value.clone());
        let user = Some(info.user_id.clone()).filter(|user| !user.is_empty());
        Ok(Self {
            run_id: info.run_id.to_string(),
            name: info.run_name.clone(),
            status: info.status.as_str(),
            start_time_ms: start,
            end_time_ms: end,
            duration_ms: start.zip(end).map(|(start, end)| end.saturating_sub(start)),
            user: user.or(tag),
            version: version(app, run.model_inputs.first().or(model.as_ref())).await?,
            dataset: dataset(app, run.dataset_inputs.first()).await?,
            complete,
            figures,
        })
    }
}

async fn version(app: &App, model: Option<&ModelId>) -> Result<Option<EvaluatedVersion>, ApiError> {
    let Some(id) = model else { return Ok(None) };
    let name = match app.meta.logged_model(id).await {
        Ok(model) => Some(model.info.name),
        Err(StoreError::LoggedModelNotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Some(EvaluatedVersion { model_id: id.to_string(), name }))
}

async fn dataset(
    app: &App,
    input: Option<&DatasetInput>,
) -> Result<Option<EvaluatedDataset>, ApiError> {
    let Some(DatasetInput { dataset, .. }) = input else { return Ok(None) };
    let source = || serde_json::from_str::<Value>(&dataset.source).ok();
    let named = source()
        .filter(|_| dataset.source_type == DATASET_SOURCE)
        .and_then(|source| Some(source.get(DATASET_ID)?.as_str()?.to_owned()));
    let (mut dataset_id, mut version) = (None, None);
    if let Some(id) = named {
        let versions = app.meta.dataset_versions(&DatasetId(id.clone()), None, VERSIONS_MAX).await;
        // A dataset that was deleted, or that the caller may not see, is not linked.
        if let Ok(versions) = versions {
            let same = versions.into_iter().find(|version| version.digest == dataset.digest);
            version = same.map(|version| version.version);
            dataset_id = Some(id);
        }
    }
    Ok(Some(EvaluatedDataset {
        name: dataset.name.clone(),
        digest: dataset.digest.clone(),
        dataset_id,
        version,
    }))
}
