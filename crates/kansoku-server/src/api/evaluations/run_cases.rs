//! Reads of the cases of runs.
use std::collections::HashSet;

use kansoku_analytics::{
    evaluation::case::{self, Case, CaseFold, is_of_run},
    filter_text::equals,
};
use kansoku_filter::Filter;
use kansoku_model::{Coded, ErrorCode, ExperimentId, ModelId, Run, RunId, TraceId};
use kansoku_store::{Coverage, ScanProjection, ScanQuery, ScannedTrace, StoreError};

use crate::{ApiError, App};

/// The most cases of a run that is shown in full or compared.
const CASES_MAX: usize = 100_000;
/// The memory charged for the cases of a run, in bytes.
pub(super) const RUN_CHARGE: usize = 8 << 20;
/// The most traces of a run without a tag that are searched for feedback.
const SAMPLE: usize = 100;

/// A run with its cases.
pub(super) struct RunCases {
    pub(super) run: Run,
    pub(super) cases: Vec<Case>,
    /// The logged model that most of the traces name.
    pub(super) model: Option<ModelId>,
    /// Whether these are all cases of the run.
    pub(super) complete: bool,
    has_too_many: bool,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum EvaluationError {
    #[error(
        "run `{run}` has more than {CASES_MAX} traces, the most that an evaluation can have; \
         search its traces instead"
    )]
    TooManyCases { run: RunId },
}

impl Coded for EvaluationError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::TooManyCases { .. } => ErrorCode::InvalidParameterValue,
        }
    }
}

impl RunCases {
    /// Reads the cases of a run. If it has too many, the newest are read.
    pub(super) async fn read(app: &App, run: Run, inputs: bool) -> Result<Self, ApiError> {
        let query = scan_query(app, &run, case::projection(inputs))?;
        let fold = CaseFold::new(run.info.run_id.clone());
        let (fold, Coverage { traces, complete, .. }) =
            app.traces.fold_scan(query, fold, CaseFold::add).await?;
        let has_too_many = !complete && CASES_MAX <= traces as usize;
        Ok(Self { run, model: fold.model(), cases: fold.finish(), complete, has_too_many })
    }

    /// Fails unless these are all cases of the run.
    pub(super) fn require_all(self, app: &App) -> Result<Self, ApiError> {
        if self.has_too_many {
            let run = self.run.info.run_id;
            return Err(EvaluationError::TooManyCases { run }.into());
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
    let projection = ScanProjection { trace_id: true, ..ScanProjection::default() };
    let query = scan_query(app, run, projection)?;
    let query = ScanQuery { filter: query.filter.clone().and(filter), ..query };
    let add = |found: &mut HashSet<TraceId>, scanned: &ScannedTrace| {
        found.extend(scanned.trace_id.clone());
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
        traces_max: CASES_MAX,
        deadline: app.limits.search_deadline,
    })
}
