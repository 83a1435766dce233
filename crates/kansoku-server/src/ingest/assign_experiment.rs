//! Assigns an experiment to each trace of a request. The first of these that names one decides: the
//! request's headers, the resource of the spans, the settings for the service; else it is the
//! default experiment.
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::HeaderMap;
use kansoku_model::{Coded, ErrorCode, ExperimentHint, ExperimentId, TraceId, TraceSpans};
use kansoku_otlp::{Rejected, Rejections};
use kansoku_store::StoreError;

use super::header_text;
use crate::{ApiError, App, params::experiment::active};

const EXPERIMENT_ID: &str = "x-mlflow-experiment-id";
const EXPERIMENT_NAME: &str = "x-mlflow-experiment-name";

/// The time for which an experiment's existence is cached. The store rejects a write to a deleted
/// experiment in any case.
const REMEMBERED: Duration = Duration::from_secs(5);
/// The most experiments that are cached; beyond that, all are forgotten.
const REMEMBERED_MAX: usize = 10_000;

/// The rules for experiments, and a cache of the experiments that exist.
pub struct ExperimentRules {
    /// Names of experiments by `service.name`.
    services: BTreeMap<String, String>,
    /// Whether a resource may name an experiment that does not exist yet.
    create: bool,
    known: Mutex<HashMap<ExperimentHint, (ExperimentId, Instant)>>,
}

impl Default for ExperimentRules {
    fn default() -> Self {
        Self::new(BTreeMap::new(), true)
    }
}

impl ExperimentRules {
    pub fn new(services: BTreeMap<String, String>, create: bool) -> Self {
        Self { services, create, known: Mutex::default() }
    }

    /// Clears the cache; called when the store rejected an experiment.
    pub(super) fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn remembered(&self, hint: &ExperimentHint) -> Option<ExperimentId> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, since) = known.get(hint)?;
        (since.elapsed() < REMEMBERED).then_some(*id)
    }

    fn remember(&self, hint: ExperimentHint, id: ExperimentId) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if REMEMBERED_MAX <= known.len() {
            known.clear();
        }
        known.insert(hint, (id, Instant::now()));
    }

    /// The experiment that `hint` refers to; it is created if it is missing and `create` is set.
    async fn resolve(
        &self,
        app: &App,
        hint: &ExperimentHint,
        create: bool,
    ) -> Result<ExperimentId, StoreError> {
        // The cache is shared by all callers, so the caller's rights are checked first.
        if let Some(rights) = app.access.rights() {
            rights.check_hint(hint).await?;
        }
        let meta = &*app.meta;
        if let Some(id) = self.remembered(hint) {
            return Ok(id);
        }
        let id = match hint {
            ExperimentHint::Id(id) => active(meta.experiment(*id).await?)?,
            ExperimentHint::Name(name) if create => meta.find_or_create_experiment(name).await?,
            ExperimentHint::Name(name) => active(meta.experiment_by_name(name).await?)?,
        };
        self.remember(hint.clone(), id);
        Ok(id)
    }
}

/// The way in which the traces of a request are assigned to experiments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assignment {
    /// All belong to this experiment, which the store checks.
    Fixed(ExperimentId),
    /// The headers name this experiment.
    Named(ExperimentId),
    /// Each trace by its resource, or by the settings for its service.
    ByResource,
}

/// The experiment in the headers. If it does not exist, the request fails.
pub(super) async fn in_headers(app: &App, headers: &HeaderMap) -> Result<Assignment, ApiError> {
    if let Some(id) = header_text(headers, EXPERIMENT_ID) {
        let id = id.parse().map_err(ApiError::invalid)?;
        if let Some(rights) = app.access.rights() {
            rights.check(id).await?;
        }
        return Ok(Assignment::Named(id));
    }
    let Some(name) = header_text(headers, EXPERIMENT_NAME) else {
        return Ok(Assignment::ByResource);
    };
    let hint = ExperimentHint::Name(name.to_owned());
    Ok(Assignment::Named(app.experiments.resolve(app, &hint, false).await?))
}

/// The traces of a batch with their experiments.
#[derive(Default)]
pub(super) struct Assigned {
    pub(super) traces: Vec<(ExperimentId, TraceSpans)>,
    /// Spans of traces that cannot be stored: the experiment that they name is not available, or
    /// their trace id is taken by another experiment.
    pub(super) unroutable: Rejections,
    /// Experiments that were resolved from resources or settings.
    pub(super) by_resource: HashSet<ExperimentId>,
}

pub(super) async fn assign(
    app: &App,
    assignment: Assignment,
    traces: Vec<TraceSpans>,
) -> Result<Assigned, ApiError> {
    let mut assigned = Assigned::default();
    let named = match assignment {
        Assignment::Fixed(experiment) => {
            assigned.traces = traces.into_iter().map(|trace| (experiment, trace)).collect();
            return Ok(assigned);
        }
        Assignment::Named(experiment) => Some(experiment),
        Assignment::ByResource => None,
    };
    let foreign = foreign_traces(app, &traces).await?;
    for trace in traces {
        if let Some(reason) = foreign.get(&trace.trace_id) {
            reject(&trace, reason, &mut assigned.unroutable);
            continue;
        }
        let experiment = match named {
            Some(named) => named,
            None => match of_trace(app, &trace).await {
                Ok(None) => ExperimentId::DEFAULT,
                Ok(Some(id)) => {
                    assigned.by_resource.insert(id);
                    id
                }
                Err(error) if is_final(&error) => {
                    reject(&trace, &error.to_string(), &mut assigned.unroutable);
                    continue;
                }
                Err(error) => return Err(error.into()),
            },
        };
        assigned.traces.push((experiment, trace));
    }
    Ok(assigned)
}

/// Those of the traces that exist in experiments that the caller may not write to, each with the
/// reason for rejecting it.
async fn foreign_traces(
    app: &App,
    traces: &[TraceSpans],
) -> Result<HashMap<TraceId, String>, StoreError> {
    let Some(rights) = app.access.rights() else { return Ok(HashMap::new()) };
    let ids: Vec<TraceId> = traces.iter().map(|trace| trace.trace_id.clone()).collect();
    let foreign = rights.foreign_traces(&ids).await?;
    let with_reason = |id: TraceId| {
        let reason = rights.foreign_trace(&id).to_string();
        (id, reason)
    };
    Ok(foreign.into_iter().map(with_reason).collect())
}

async fn of_trace(app: &App, trace: &TraceSpans) -> Result<Option<ExperimentId>, StoreError> {
    let rules = &app.experiments;
    if let Some(hint) = &trace.experiment {
        return rules.resolve(app, hint, rules.create).await.map(Some);
    }
    let service = trace.service_name.as_ref();
    let Some(name) = service.and_then(|service| rules.services.get(service)) else {
        return default_experiment(app).await;
    };
    let hint = ExperimentHint::Name(name.clone());
    rules.resolve(app, &hint, true).await.map(Some)
}

/// The experiment of traces that name none; `None` for the default one.
async fn default_experiment(app: &App) -> Result<Option<ExperimentId>, StoreError> {
    let Some(rights) = app.access.rights() else { return Ok(None) };
    if let Some(only) = rights.only_experiment() {
        return app.experiments.resolve(app, &only, true).await.map(Some);
    }
    rights.check(ExperimentId::DEFAULT).await.map(|()| None)
}

/// Whether the same spans would be rejected again.
fn is_final(error: &StoreError) -> bool {
    matches!(
        error.code(),
        ErrorCode::ResourceDoesNotExist
            | ErrorCode::InvalidParameterValue
            | ErrorCode::ResourceAlreadyExists
            | ErrorCode::PermissionDenied
    )
}

/// Adds all spans of a trace as rejected. Log records without spans count as one per trace.
fn reject(trace: &TraceSpans, reason: &str, rejected: &mut Rejections) {
    let mut reject = |span_name: String| {
        let (service_name, reason) = (trace.service_name.clone(), reason.to_owned());
        rejected.add(Rejected { span_name, service_name, reason });
    };
    if trace.rows.is_empty() {
        return reject(format!("log records of {}", trace.trace_id));
    }
    trace.rows.iter().for_each(|row| reject(row.name.clone()));
}
