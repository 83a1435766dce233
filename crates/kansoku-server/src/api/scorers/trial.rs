//! Trying a scorer on some traces before it is saved.
use axum::Json;
use kansoku_mlflow::scorer::{serialized_check, with_instructions};
use kansoku_model::{ErrorCode, TraceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    ApiError, App, ScorerKind,
    http::extract::JsonBody,
    params::scorer::no_scoring,
    params::trace_scope::{ExperimentInPath, ExperimentPath},
};

/// The most traces of one trial.
const TRACES_MAX: usize = 10;

/// Larger traces are not tried.
const TRACE_BYTES_MAX: u64 = 8 << 20;
/// The memory of a decoded trace, as a multiple of its stored spans.
const DECODED_FACTOR: usize = 4;

/// Either a check or the name of a registered scorer.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Trial {
    /// The `type` of a check, and its fields.
    check: Option<Value>,
    /// The name of a scorer of the experiment.
    scorer: Option<String>,
    /// Instructions to try instead of those of the scorer, which is a judge of `make_judge`.
    instructions: Option<String>,
    /// At most 10.
    trace_ids: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrialResults {
    /// In the order of the traces of the request.
    traces: Vec<TrialOfTrace>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrialOfTrace {
    trace_id: String,
    /// Empty if the scorer has nothing to say about the trace.
    feedback: Vec<TrialFeedback>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrialFeedback {
    name: String,
    value: Value,
    rationale: Option<String>,
    /// Why the scorer could not judge.
    error: Option<String>,
}

/// `POST /api/3.0/kansoku/experiments/{experiment_id}/scorers/trial`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/trial",
    summary = "Run a scorer on some traces without storing its feedback",
    params(ExperimentPath),
    request_body = Trial,
    responses((status = 200, body = TrialResults)),
)]
pub(super) async fn try_scorer(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    JsonBody(trial): JsonBody<Trial>,
) -> Result<Json<TrialResults>, ApiError> {
    let runner = app.scorers.as_ref().ok_or_else(no_scoring)?;
    let serialized = match (&trial.check, &trial.scorer) {
        (Some(check), None) => {
            runner.validate_check(check).map_err(ApiError::invalid)?;
            serialized_check("trial", check)
        }
        (None, Some(name)) => {
            let serialized =
                app.meta.scorer(experiment.experiment_id, name, None).await?.serialized;
            match &trial.instructions {
                Some(instructions) => with_instructions(&serialized, instructions)?,
                None => serialized,
            }
        }
        _ => return Err(ApiError::invalid("send either 'check' or 'scorer'")),
    };
    if runner.kind(&serialized).map_err(ApiError::invalid)? == ScorerKind::Python {
        let message = "Python scorers are run by workers only, and cannot be tried";
        return Err(ApiError::invalid(message));
    }
    if TRACES_MAX < trial.trace_ids.len() {
        let message = format!("'trace_ids' has more than {TRACES_MAX} entries");
        return Err(ApiError::invalid(message));
    }
    let ids =
        trial.trace_ids.into_iter().map(|id| TraceId::try_from(id).map_err(ApiError::invalid));
    let ids: Vec<TraceId> = ids.collect::<Result<_, _>>()?;
    let experiments = app.traces.experiments_of(&ids).await?;
    let mut traces = Vec::new();
    for trace in ids {
        if experiments.get(&trace) != Some(&experiment.experiment_id) {
            let message = format!("the experiment has no trace `{trace}`");
            return Err(ApiError::new(ErrorCode::ResourceDoesNotExist, message));
        }
        let bytes = app.traces.span_bytes(std::slice::from_ref(&trace)).await?;
        if TRACE_BYTES_MAX < bytes {
            let mib = TRACE_BYTES_MAX >> 20;
            let message = format!("the trace `{trace}` has more than {mib} MiB of spans");
            return Err(ApiError::invalid(message));
        }
        let _charge = app.reads.charge(bytes as usize * DECODED_FACTOR).await?;
        let feedback = runner.try_scorer(&serialized, &trace).await?;
        let feedback = feedback.into_iter().map(|it| TrialFeedback {
            name: it.name,
            value: it.value,
            rationale: it.rationale,
            error: it.error.and_then(|error| error.error_message),
        });
        traces.push(TrialOfTrace { trace_id: trace.to_string(), feedback: feedback.collect() });
    }
    Ok(Json(TrialResults { traces }))
}
