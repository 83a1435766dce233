//! One session: its turns in order of time, with their inputs and outputs.
use std::collections::HashMap;

use axum::{Json, http::Method};
use kansoku_analytics::sessions::SessionRow;
use kansoku_filter::{Filter, OrderBy};
use kansoku_mlflow::page::check_max_results;
use kansoku_model::{ExperimentId, FeedbackSettings, Scope, TraceId, metadata_key};
use kansoku_store::{TraceListItem, TraceListPage, TraceSearch, Turn, TurnStep};
use serde::{Deserialize, Serialize};

use super::list::rows;
use super::turn_text::{self, TurnText};
use crate::{
    ApiError, App,
    http::extract::{Path, Query},
    params::trace_scope::{ExperimentInPath, ExperimentPath},
    rendering::trace_list_item::{
        AssessmentRow, TraceError, TraceListItemJson,
        conversion::{assessment_row, trace_error, trace_list_item_json},
    },
    route_table::Routes,
};

const TURNS_DEFAULT: usize = 50;
const TURNS_MAX: usize = 200;

pub(crate) fn routes(routes: &mut Routes) {
    let path = "3.0/kansoku/experiments/{experiment_id}/sessions/{session}";
    routes.api(Scope::Read, Method::GET, path, get_session);
}

/// The session in the path of a route about one session.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct SessionPath {
    session: String,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionQuery {
    page_token: Option<String>,
    /// the maximum number of turns, 1 to 200; 50 if absent
    max_results: Option<i64>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionDetail {
    session: SessionRow,
    /// Oldest first.
    turns: Vec<SessionTurn>,
    next_page_token: Option<String>,
    /// The assessments of the session as a whole.
    assessments: Vec<AssessmentRow>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionTurn {
    row: TraceListItemJson,
    /// The last message of the user; `output` is the response. Both are truncated to 20,000
    /// characters.
    input: Option<String>,
    output: Option<String>,
    /// Failed spans, sorted by their ends.
    failed: Vec<TraceError>,
    /// Its tools, retrievers and model calls, by start; 100 at most.
    steps: Vec<SessionStep>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionStep {
    span_id: String,
    name: String,
    /// `TOOL`, `RETRIEVER`, `LLM` or `CHAT_MODEL`.
    r#type: String,
    failed: bool,
    duration_ms: Option<f64>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/sessions/{session}`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/sessions/{session}",
    summary = "A session with its turns",
    params(ExperimentPath, SessionPath, SessionQuery),
    responses((status = 200, body = SessionDetail)),
)]
pub(super) async fn get_session(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Path(SessionPath { session }): Path<SessionPath>,
    Query(query): Query<SessionQuery>,
) -> Result<Json<SessionDetail>, ApiError> {
    let feedback = FeedbackSettings::from_tags(&experiment.tags);
    let experiment = experiment.experiment_id;
    let search = TraceSearch {
        experiments: vec![experiment],
        filter: Filter::metadata(metadata_key::SESSION, &session),
        order_by: OrderBy::parse_list(&["timestamp ASC".to_owned()])?,
        max_results: check_max_results(query.max_results, TURNS_DEFAULT, TURNS_MAX)?,
        page_token: query.page_token.filter(|token| !token.is_empty()),
        deadline: app.limits.search_deadline,
    };
    let Some(row) = rows(&app, experiment, &feedback, vec![session.clone()]).await?.pop() else {
        return Err(ApiError::missing(format!("there is no session `{session}` here")));
    };
    let TraceListPage { traces, next_page_token, .. } = app.traces.search_list(search).await?;
    let turns = turns(&app, traces).await?;
    let assessments = of_session(&app, experiment, &session, &feedback).await?;
    Ok(Json(SessionDetail { session: row, turns, next_page_token, assessments }))
}

async fn turns(app: &App, traces: Vec<TraceListItem>) -> Result<Vec<SessionTurn>, ApiError> {
    let ids: Vec<TraceId> = traces.iter().map(|trace| trace.info.trace_id.clone()).collect();
    let mut found: HashMap<TraceId, Turn> = app.traces.turns(&ids).await?.into_iter().collect();
    let mut turns = Vec::with_capacity(traces.len());
    for (id, trace) in ids.into_iter().zip(traces) {
        let turn = found.remove(&id).unwrap_or_default();
        let text = turn_text::read(app, &id, &turn).await?;
        turns.push(session_turn(trace_list_item_json(trace), turn, text));
    }
    Ok(turns)
}

fn session_turn(row: TraceListItemJson, turn: Turn, text: TurnText) -> SessionTurn {
    SessionTurn {
        input: text.input.or_else(|| row.input.clone()),
        output: text.output.or_else(|| row.output.clone()),
        row,
        failed: turn.failed.into_iter().map(trace_error).collect(),
        steps: turn.steps.into_iter().map(step).collect(),
    }
}

fn step(step: TurnStep) -> SessionStep {
    let TurnStep { span_id, name, span_type, failed, duration_ms } = step;
    SessionStep { span_id: span_id.to_string(), name, r#type: span_type, failed, duration_ms }
}

async fn of_session(
    app: &App,
    experiment: ExperimentId,
    session: &str,
    feedback: &FeedbackSettings,
) -> Result<Vec<AssessmentRow>, ApiError> {
    let found = app.traces.session_assessments(experiment, session).await?;
    Ok(found.iter().map(|assessment| assessment_row(assessment, feedback)).collect())
}
