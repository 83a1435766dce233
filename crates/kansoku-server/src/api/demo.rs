//! Fills an experiment with demo data.
use axum::{
    Extension, Json,
    http::{HeaderMap, Method},
};
use kansoku_model::{IngestProtocol, Scope, Source};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    ApiError, App, RouteAccess,
    auth::caller::Caller,
    http::ConnectionInfo,
    ingest::demo::{self, DemoState, OwnApi, OwnRouter},
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    let reading = RouteAccess::AllExperiments(Scope::Read);
    let writing = RouteAccess::AllExperiments(Scope::Write);
    routes.api(reading, Method::GET, "3.0/kansoku/demo", get_demo);
    routes.api(writing, Method::POST, "3.0/kansoku/demo", start_demo);
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DemoStatus {
    /// Whether this server can create demo data.
    available: bool,
    /// `idle`, `running`, `done` or `failed`; `idle` after a restart of the server.
    state: &'static str,
    /// The number of traces stored so far, and in the end.
    stored: u64,
    traces: u64,
    experiment_id: Option<String>,
    /// The reason of a failure.
    error: Option<String>,
}

/// `GET /api/3.0/kansoku/demo`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/demo",
    summary = "State and progress of the demo data",
    responses((status = 200, body = DemoStatus)),
)]
pub(super) async fn get_demo(app: App) -> Json<DemoStatus> {
    Json(status(&app))
}

/// `POST /api/3.0/kansoku/demo`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/demo",
    summary = "Creates the experiment `demo` and fills it in the background; fails if it exists",
    responses((status = 200, body = DemoStatus)),
)]
pub(super) async fn start_demo(
    app: App,
    Extension(caller): Extension<Caller>,
    Extension(router): Extension<OwnRouter>,
    connection: Option<Extension<ConnectionInfo>>,
    headers: HeaderMap,
) -> Result<Json<DemoStatus>, ApiError> {
    let source = Source {
        token: caller.token_name,
        client: "demo".to_owned(),
        protocol: IngestProtocol::OtlpHttp,
    };
    let api = OwnApi { router, headers, connection: connection.map(|Extension(info)| info) };
    demo::start(&app, source, api).await?;
    Ok(Json(status(&app)))
}

fn status(app: &App) -> DemoStatus {
    let traces = app.demo.traces();
    let progress = app.demo.progress();
    let (state, error) = match progress.as_ref().map(|progress| &progress.state) {
        None => ("idle", None),
        Some(DemoState::Running) => ("running", None),
        Some(DemoState::Done) => ("done", None),
        Some(DemoState::Failed(message)) => ("failed", Some(message.clone())),
    };
    DemoStatus {
        available: traces.is_some(),
        state,
        stored: progress.as_ref().map_or(0, |progress| progress.stored),
        traces: traces.unwrap_or_default(),
        experiment_id: progress.map(|progress| progress.experiment.to_string()),
        error,
    }
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(get_demo, start_demo))]
pub(crate) struct Document;
