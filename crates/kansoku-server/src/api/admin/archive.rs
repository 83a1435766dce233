//! The state of the archive: its settings, what each experiment has in it, and what waits for it.
use std::collections::HashMap;

use axum::{Extension, Json, http::Method};
use kansoku_filter::ExperimentFilter;
use kansoku_model::{Experiment, Retention, Scope, ViewType};
use kansoku_store::ExperimentSearch;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{ApiError, App, TraceArchiveStatus, auth::caller::Caller, route_table::Routes};

/// The most experiments in a response; the newest are kept.
const EXPERIMENTS_MAX: usize = 10_000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::GET, "3.0/kansoku/archive", get_archive);
}

#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ArchiveState {
    /// Whether the server has an archive. Without one, the other fields are empty.
    configured: bool,
    /// The URL of the folder or bucket; `null` unless the caller may access all experiments.
    place: Option<String>,
    /// The layout of new tables: `v1` or `v2`.
    layout: Option<&'static str>,
    /// The interval at which traces are written, in seconds.
    interval_s: Option<u64>,
    /// Why traces are not archived now; the server tries again.
    problem: Option<String>,
    /// When everything that was due had been archived last; `null` if not since the server started.
    succeeded_ms: Option<i64>,
    experiments: Vec<ArchivedExperiment>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArchivedExperiment {
    experiment_id: String,
    name: String,
    /// Whether its traces are archived.
    enabled: bool,
    /// The prefix of the names of its tables; `null` until it has tables.
    prefix: Option<String>,
    /// The number of traces in the archive, and below what else it has of the experiment.
    traces: u64,
    spans: u64,
    files: u64,
    bytes: u64,
    /// Traces that changed since they were archived.
    waiting_traces: u64,
    /// When the trace changed that waits longest.
    waiting_since_ms: Option<i64>,
    /// The age at which traces leave the hot store; `null` without a limit.
    max_age_s: Option<i64>,
    /// The size of compressed payload above which the oldest traces leave the hot store.
    max_bytes: Option<u64>,
}

/// `GET /api/3.0/kansoku/archive`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/archive",
    summary = "Settings and contents of the archive, and the traces that wait for it",
    responses((status = 200, body = ArchiveState)),
)]
pub(super) async fn get_archive(
    app: App,
    Extension(caller): Extension<Caller>,
) -> Result<Json<ArchiveState>, ApiError> {
    let Some(archive) = &app.archive else { return Ok(Json(ArchiveState::default())) };
    let TraceArchiveStatus { place, layout, interval, succeeded, problem, sizes, waiting } =
        archive.status().await?;
    // These are the sizes of all experiments; the caller gets those of experiments they may read.
    let sizes: HashMap<_, _> = sizes.into_iter().map(|size| (size.experiment, size)).collect();
    let waiting: HashMap<_, _> = waiting.into_iter().map(|it| (it.experiment, it)).collect();
    let row = |experiment: Experiment| {
        let id = experiment.experiment_id;
        let (size, backlog) = (sizes.get(&id), waiting.get(&id));
        let Retention { max_age, max_bytes } = app.retention.for_tags(&experiment.tags);
        ArchivedExperiment {
            experiment_id: id.to_string(),
            enabled: archive.keeps(&experiment),
            name: experiment.name,
            prefix: size.map(|size| size.prefix.clone()),
            traces: size.map_or(0, |size| size.traces),
            spans: size.map_or(0, |size| size.spans),
            files: size.map_or(0, |size| size.files),
            bytes: size.map_or(0, |size| size.bytes),
            waiting_traces: backlog.map_or(0, |backlog| backlog.traces),
            waiting_since_ms: backlog.map(|backlog| backlog.oldest_change.0),
            max_age_s: max_age.map(|age| age.0 / 1000),
            max_bytes,
        }
    };
    Ok(Json(ArchiveState {
        configured: true,
        experiments: experiments(&app).await?.into_iter().map(row).collect(),
        place: caller.experiments.is_all().then_some(place),
        layout: Some(layout),
        interval_s: Some(interval.as_secs()),
        problem,
        succeeded_ms: succeeded.map(|time| time.0),
    }))
}

/// The experiments that the caller may read, deleted ones included.
async fn experiments(app: &App) -> Result<Vec<Experiment>, ApiError> {
    let search = ExperimentSearch {
        filter: ExperimentFilter::all(),
        order_by: Vec::new(),
        view: ViewType::All,
        offset: 0,
        max_results: EXPERIMENTS_MAX,
    };
    Ok(app.meta.search_experiments(search).await?.0)
}
