//! Stores demo data, which the binary creates, like traces from an application.
use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::future::try_join_all;
use kansoku_mlflow::{Fields, assessment::read_assessment};
use kansoku_model::{ErrorCode, ExperimentId, Source, TimestampMs, TraceId};
use kansoku_otlp::{Encoding, Signal};
use kansoku_store::NewExperiment;
use serde_json::Value;
use tokio::sync::mpsc;

use super::{
    assign_experiment::Assignment,
    pipeline::{Format, IngestRequest, OpenExport},
};
use crate::{ApiError, App, http::body_budget::Reservation};

/// The name of the experiment.
const EXPERIMENT: &str = "demo";
/// Capacity of the queue of batches to store.
const WAITING_MAX: usize = 2;

/// Creates the traces of a demonstration.
pub trait DemoSource: Send + Sync {
    /// The number of traces that [`DemoSource::generate`] creates.
    fn traces(&self) -> u64;

    /// Passes all traces up to now to `take` in batches, until it breaks. Ids depend on
    /// `experiment`, so that demonstrations do not share ids.
    fn generate(
        &self,
        now: TimestampMs,
        experiment: ExperimentId,
        take: &mut dyn FnMut(DemoBatch) -> ControlFlow<()>,
    );
}

/// Traces that are stored together.
pub struct DemoBatch {
    pub traces: u64,
    /// `TracesData` in protobuf.
    pub otlp: Vec<u8>,
    /// Assessments in MLflow's JSON, each with its trace.
    pub assessments: Vec<(TraceId, Value)>,
}

/// Fills an experiment with demo data once; cheap to clone.
#[derive(Clone, Default)]
pub struct Demo {
    source: Option<Arc<dyn DemoSource>>,
    progress: Arc<Mutex<Option<DemoProgress>>>,
}

#[derive(Clone, Debug)]
pub(crate) struct DemoProgress {
    pub(crate) experiment: ExperimentId,
    pub(crate) stored: u64,
    pub(crate) state: DemoState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DemoState {
    Running,
    Done,
    Failed(String),
}

impl Demo {
    pub fn new(source: Arc<dyn DemoSource>) -> Self {
        Self { source: Some(source), progress: Arc::default() }
    }

    /// The number of traces in the end; `None` if the server has no demo data.
    pub(crate) fn traces(&self) -> Option<u64> {
        self.source.as_ref().map(|source| source.traces())
    }

    /// The progress; `None` if it was not started.
    pub(crate) fn progress(&self) -> Option<DemoProgress> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<DemoProgress>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, change: impl FnOnce(&mut DemoProgress)) {
        if let Some(progress) = &mut *self.lock() {
            change(progress);
        }
    }
}

/// Creates the experiment and fills it in the background. Fails if an experiment of that name exists,
/// even a deleted one.
pub(crate) async fn start(app: &App, source: Source) -> Result<(), ApiError> {
    let Some(traces) = app.demo.source.clone() else {
        return Err(ApiError::missing("this server has no demo data"));
    };
    let new =
        NewExperiment { name: EXPERIMENT.to_owned(), artifact_location: None, tags: Vec::new() };
    let experiment = app.meta.create_experiment(new).await?;
    *app.demo.lock() = Some(DemoProgress { experiment, stored: 0, state: DemoState::Running });
    let app = app.clone();
    tokio::spawn(async move {
        let state = match fill(&app, traces, experiment, source).await {
            Ok(()) => DemoState::Done,
            Err(error) => {
                let message = error.public_message();
                tracing::warn!("the demo data is incomplete: {message}");
                DemoState::Failed(message)
            }
        };
        app.demo.update(|progress| progress.state = state);
    });
    Ok(())
}

async fn fill(
    app: &App,
    traces: Arc<dyn DemoSource>,
    experiment: ExperimentId,
    source: Source,
) -> Result<(), ApiError> {
    let now = app.clock.now();
    let (send, mut batches) = mpsc::channel(WAITING_MAX);
    let make = move || {
        traces.generate(now, experiment, &mut |batch| match send.blocking_send(batch) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        });
    };
    let making = tokio::task::spawn_blocking(make);
    let request = IngestRequest { source, assignment: Assignment::Fixed(experiment), run: None };
    while let Some(batch) = batches.recv().await {
        let stored = batch.traces;
        store(app, &request, batch).await?;
        app.demo.update(|progress| progress.stored += stored);
    }
    let made = making.await;
    made.map_err(|_| ApiError::new(ErrorCode::InternalError, "making the demo data failed"))
}

async fn store(app: &App, request: &IngestRequest, batch: DemoBatch) -> Result<(), ApiError> {
    let reserved = Reservation::of_server(&app.bodies);
    let format = Format::Otlp(Signal::Traces, Encoding::Protobuf);
    let export = OpenExport::open(app, format, batch.otlp.into(), &reserved).await?;
    export.store(app, request).await?;
    let now = app.clock.now();
    let assess = async |(trace, given): (TraceId, Value)| -> Result<(), ApiError> {
        let Value::Object(given) = given else { return Ok(()) };
        let mut assessment = read_assessment(&Fields::new(given), trace, now)?;
        assessment.valid = true;
        app.traces.create_assessment(assessment).await?;
        Ok(())
    };
    try_join_all(batch.assessments.into_iter().map(assess)).await?;
    Ok(())
}
