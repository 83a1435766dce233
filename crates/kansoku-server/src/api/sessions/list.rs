//! Sessions, sorted by their newest trace, newest first.
use std::collections::HashMap;

use axum::{Json, http::Method};
use kansoku_analytics::sessions::{SessionFold, SessionFolds, SessionRow, projection};
use kansoku_filter::Filter;
use kansoku_mlflow::page::check_max_results;
use kansoku_model::{ErrorCode, ExperimentId, FeedbackSettings, Scope, TraceId, metadata_key};
use kansoku_otlp::preview::{plain_request, plain_response};
use kansoku_store::{ScanQuery, SessionNames, SessionSearch};
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App,
    http::extract::Query,
    params::trace_scope::{ExperimentPath, ScopeQuery, TraceScope},
    route_table::Routes,
};

const SESSIONS_DEFAULT: usize = 50;
const SESSIONS_MAX: usize = 200;
/// The most traces of all sessions of a page.
const TRACES_MAX: usize = 1_000_000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/sessions",
        list_sessions,
    );
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionListQuery {
    page_token: Option<String>,
    /// the maximum number of sessions, 1 to 200; 50 if absent
    max_results: Option<i64>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionPage {
    sessions: Vec<SessionRow>,
    next_page_token: Option<String>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/sessions`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/sessions",
    summary = "Sessions with a matching trace, and totals over all of their traces",
    params(ExperimentPath, ScopeQuery, SessionListQuery),
    responses((status = 200, body = SessionPage)),
)]
pub(super) async fn list_sessions(
    app: App,
    scope: TraceScope,
    Query(query): Query<SessionListQuery>,
) -> Result<Json<SessionPage>, ApiError> {
    let search = SessionSearch {
        experiment: scope.experiment,
        filter: scope.whole_filter(),
        max_results: check_max_results(query.max_results, SESSIONS_DEFAULT, SESSIONS_MAX)?,
        page_token: query.page_token.filter(|token| !token.is_empty()),
        deadline: app.limits.search_deadline,
    };
    let SessionNames { sessions, next_page_token } = app.traces.sessions(search).await?;
    let sessions = rows(&app, scope.experiment, &scope.feedback, sessions).await?;
    Ok(Json(SessionPage { sessions, next_page_token }))
}

/// The rows of sessions, computed from all of their traces.
pub(super) async fn rows(
    app: &App,
    experiment: ExperimentId,
    feedback: &FeedbackSettings,
    sessions: Vec<String>,
) -> Result<Vec<SessionRow>, ApiError> {
    if sessions.is_empty() {
        return Ok(Vec::new());
    }
    let query = ScanQuery {
        experiment,
        filter: Filter::metadata_any(metadata_key::SESSION, &sessions),
        from: None,
        to: None,
        projection: projection(),
        traces_max: TRACES_MAX,
        deadline: app.limits.search_deadline,
    };
    let (mut folds, coverage) =
        app.traces.fold_scan(query, SessionFolds::default(), SessionFolds::add).await?;
    if !coverage.complete {
        // Partial totals would be mistaken for complete ones.
        return Err(too_many());
    }
    let found = sessions.into_iter().filter_map(|session| Some((folds.take(&session)?, session)));
    let found: Vec<(SessionFold, String)> = found.collect();
    let mut texts = end_texts(app, &found).await?;
    let row = |(fold, session): (SessionFold, String)| {
        let (first, last) = fold.ends().unzip();
        let input = first.and_then(|id| texts.get(&id)?.0.clone());
        let output = last.and_then(|id| texts.remove(&id)?.1);
        fold.finish(session, input, output, feedback)
    };
    Ok(found.into_iter().map(row).collect())
}

fn too_many() -> ApiError {
    let message = "these sessions have too many traces to sum up in time; \
                   ask for fewer sessions by `max_results`";
    ApiError::new(ErrorCode::DeadlineExceeded, message)
}

type EndTexts = (Option<String>, Option<String>);

/// The request and response texts of the first and the last trace of each session.
async fn end_texts(
    app: &App,
    sessions: &[(SessionFold, String)],
) -> Result<HashMap<TraceId, EndTexts>, ApiError> {
    let ends = sessions.iter().filter_map(|(fold, _)| fold.ends());
    let ids: Vec<TraceId> = ends.flat_map(|(first, last)| [first, last]).collect();
    let infos = app.traces.infos(&ids).await?;
    let said = infos.into_iter().map(|info| {
        let request = info.request_preview.as_deref().and_then(plain_request);
        let response = info.response_preview.as_deref().and_then(plain_response);
        (info.trace_id, (request, response))
    });
    Ok(said.collect())
}
