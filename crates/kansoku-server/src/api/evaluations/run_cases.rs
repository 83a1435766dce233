//! Reads of the cases of runs.
use std::collections::HashSet;

use kansoku_analytics::{
    evaluation::{
        case::{self, Case, CaseFold, is_of_run},
        summary::CaseFigures,
    },
    filter_text::equals,
};
use kansoku_filter::Filter;
use kansoku_model::{
    Coded, ErrorCode, ExperimentId, FeedbackSettings, ModelId, Run, RunId, TraceId,
};
use kansoku_otlp::preview::{plain_request, plain_response};
use kansoku_store::{Coverage, ScanProjection, ScanQuery, ScannedTrace, StoreError};

use crate::{ApiError, App};

/// The memory charged for the cases of a run, in bytes.
pub(super) const RUN_CHARGE: usize = 8 << 20;
/// The most traces of a run without a tag that are searched for feedback.
const SAMPLE: usize = 100;

/// The cases of a run.
pub(super) struct RunCases {
    pub(super) cases: Vec<Case>,
    model: Option<ModelId>,
    complete: bool,
    has_too_many: bool,
}

/// The figures of the cases of a run.
#[derive(Clone, Debug)]
pub(super) struct RunFigures {
    pub(super) figures: CaseFigures,
    /// The logged model that most of the traces name.
    pub(super) model: Option<ModelId>,
    /// Whether these are the figures of all cases of the run.
    pub(super) complete: bool,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum EvaluationError {
    #[error(
        "run `{run}` has more than {max} traces, the most that an evaluation can have; search its \
         traces instead"
    )]
    TooManyCases { run: RunId, max: usize },

    #[error(
        "no row of this comparison has the key `{key}`; the runs may have changed since the key was \
         read"
    )]
    RowNotFound { key: String },
}

impl Coded for EvaluationError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::TooManyCases { .. } => ErrorCode::InvalidParameterValue,
            Self::RowNotFound { .. } => ErrorCode::ResourceDoesNotExist,
        }
    }
}

impl RunCases {
    /// Reads the cases of a run. If it has too many, the newest are read.
    pub(super) async fn read(app: &App, run: &Run) -> Result<Self, ApiError> {
        Self::read_with(app, run, false).await
    }

    /// Reads all cases of a run, with their inputs; fails if they cannot all be read.
    pub(super) async fn read_all(app: &App, run: &Run) -> Result<Self, ApiError> {
        Self::read_with(app, run, true).await?.require_all(app, run)
    }

    async fn read_with(app: &App, run: &Run, inputs: bool) -> Result<Self, ApiError> {
        let query = scan_query(app, run, case::projection(inputs))?;
        let max = query.traces_max;
        let fold = CaseFold::new(run.info.run_id.clone());
        let (fold, Coverage { traces, complete, .. }) =
            app.traces.fold_scan(query, fold, CaseFold::add).await?;
        let has_too_many = !complete && max <= traces as usize;
        Ok(Self { model: fold.model(), cases: fold.finish(), complete, has_too_many })
    }

    pub(super) fn figures(&self, settings: &FeedbackSettings) -> RunFigures {
        RunFigures {
            figures: CaseFigures::new(&self.cases, settings),
            model: self.model.clone(),
            complete: self.complete,
        }
    }

    /// Fails unless these are all cases of the run.
    pub(super) fn require_all(self, app: &App, run: &Run) -> Result<Self, ApiError> {
        if self.has_too_many {
            let (run, max) = (run.info.run_id.clone(), app.limits.evaluation_cases_max);
            return Err(EvaluationError::TooManyCases { run, max }.into());
        }
        match self.complete {
            true => Ok(self),
            false => Err(deadline_exceeded(app)),
        }
    }
}

fn deadline_exceeded(app: &App) -> ApiError {
    StoreError::DeadlineExceeded { deadline: app.limits.search_deadline, waited: None }.into()
}

/// A run of this experiment.
pub(super) async fn run_of(
    app: &App,
    experiment: ExperimentId,
    run_id: &str,
) -> Result<Run, ApiError> {
    let id = RunId(run_id.to_owned());
    let run = app.meta.run(&id).await?;
    match run.info.experiment_id == experiment {
        true => Ok(run),
        false => Err(StoreError::RunNotFound(id).into()),
    }
}

/// Whether one of the newest traces of a run has feedback that counts for it.
pub(super) async fn has_feedback(app: &App, run: &Run) -> Result<bool, ApiError> {
    let projection = ScanProjection { assessments: true, ..ScanProjection::default() };
    let query = ScanQuery { traces_max: SAMPLE, ..scan_query(app, run, projection)? };
    let id = run.info.run_id.clone();
    let add = move |found: &mut bool, scanned: &ScannedTrace| {
        let mut feedback = scanned.assessments.iter().filter(|it| &*it.kind == "feedback");
        *found |= feedback.any(|it| is_of_run(&id, it.source_run.as_deref()));
    };
    Ok(app.traces.fold_scan(query, false, add).await?.0)
}

/// The traces of a run that match a filter.
pub(super) async fn matching(
    app: &App,
    run: &Run,
    filter: Filter,
) -> Result<HashSet<TraceId>, ApiError> {
    let query = scan_query(app, run, ScanProjection::default())?;
    let query = ScanQuery { filter: query.filter.clone().and(filter), ..query };
    traces_where(app, query, |_| true).await
}

/// The traces of a run whose input or output, as lists show it, contains a text in any case.
pub(super) async fn with_text(
    app: &App,
    run: &Run,
    text: &str,
) -> Result<HashSet<TraceId>, ApiError> {
    let projection = ScanProjection { previews: true, ..ScanProjection::default() };
    let query = scan_query(app, run, projection)?;
    let text = text.to_lowercase();
    let has_text = move |shown: Option<String>| {
        shown.is_some_and(|shown| shown.to_lowercase().contains(&text))
    };
    traces_where(app, query, move |trace| {
        has_text(trace.request_preview.as_deref().and_then(plain_request))
            || has_text(trace.response_preview.as_deref().and_then(plain_response))
    })
    .await
}

async fn traces_where(
    app: &App,
    mut query: ScanQuery,
    keep: impl Fn(&ScannedTrace) -> bool + Send + 'static,
) -> Result<HashSet<TraceId>, ApiError> {
    query.projection.trace_id = true;
    let add = move |found: &mut HashSet<TraceId>, scanned: &ScannedTrace| {
        found.extend(scanned.trace_id.clone().filter(|_| keep(scanned)));
    };
    let (found, coverage) = app.traces.fold_scan(query, HashSet::new(), add).await?;
    match coverage.complete {
        true => Ok(found),
        false => Err(deadline_exceeded(app)),
    }
}

fn scan_query(app: &App, run: &Run, projection: ScanProjection) -> Result<ScanQuery, ApiError> {
    let filter = Filter::parse(&equals("run_id", run.info.run_id.as_str()))?;
    Ok(ScanQuery {
        experiment: run.info.experiment_id,
        filter,
        from: None,
        to: None,
        projection,
        traces_max: app.limits.evaluation_cases_max,
        deadline: app.limits.search_deadline,
    })
}
