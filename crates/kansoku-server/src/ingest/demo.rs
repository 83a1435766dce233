//! Stores demo data, which the binary creates, like traces from an application, and makes the
//! requests that people would make with them.
use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderValue, Method, Request, header},
};
use futures::future::try_join_all;
use kansoku_mlflow::{Fields, assessment::read_assessment};
use kansoku_model::{ExperimentId, Source, TimestampMs, TraceId};
use kansoku_otlp::{Encoding, Signal};
use kansoku_store::NewExperiment;
use serde_json::Value;
use tokio::sync::mpsc;
use tower::ServiceExt as _;

use super::{
    assign_experiment::Assignment,
    pipeline::{Format, IngestRequest, OpenExport},
};
use crate::{
    ApiError, App,
    http::{ConnectionInfo, body_budget::Reservation},
};

/// The name of the experiment.
const EXPERIMENT: &str = "demo";
/// Capacity of the queue of batches to store.
const WAITING_MAX: usize = 2;
/// The maximum size of a response to a request of the demo data.
const RESPONSE_BYTES_MAX: usize = 4 << 20;

/// Creates the traces of a demonstration.
pub trait DemoSource: Send + Sync {
    /// The number of traces that [`DemoSource::generate`] creates.
    fn traces(&self) -> u64;

    /// Passes all traces up to now to `take` in batches, until it breaks. Returns the requests that
    /// follow. Ids depend on `experiment`, so that demonstrations do not share ids.
    fn generate(
        &self,
        now: TimestampMs,
        experiment: ExperimentId,
        experiment_name: &str,
        take: &mut dyn FnMut(DemoBatch) -> ControlFlow<()>,
    ) -> Box<dyn DemoCalls>;
}

/// Requests to the API of this server, one after another.
pub trait DemoCalls: Send {
    /// The next request; it may depend on the response to the one before. `Err` is a message.
    fn next(&mut self, response: &Value) -> Result<Option<DemoCall>, String>;
}

pub struct DemoCall {
    /// `GET`, `POST` or `PATCH`.
    pub method: &'static str,
    /// Begins with a slash.
    pub path: String,
    pub content_type: &'static str,
    pub body: Vec<u8>,
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

/// The router of this server, for requests that the server makes on behalf of a client.
#[derive(Clone)]
pub(crate) struct OwnRouter(pub(crate) Router);

/// The API of this server with the headers and the connection of a client's request.
pub(crate) struct OwnApi {
    pub(crate) router: OwnRouter,
    pub(crate) headers: HeaderMap,
    pub(crate) connection: Option<ConnectionInfo>,
}

/// Creates the experiment and fills it in the background. Fails if an experiment of that name exists,
/// even a deleted one.
pub(crate) async fn start(app: &App, source: Source, api: OwnApi) -> Result<(), ApiError> {
    let Some(traces) = app.demo.source.clone() else {
        return Err(ApiError::missing("this server has no demo data"));
    };
    let new =
        NewExperiment { name: EXPERIMENT.to_owned(), artifact_location: None, tags: Vec::new() };
    let experiment = app.meta.create_experiment(new).await?;
    *app.demo.lock() = Some(DemoProgress { experiment, stored: 0, state: DemoState::Running });
    let app = app.clone();
    tokio::spawn(async move {
        let state = match fill(&app, traces, experiment, source, &api).await {
            Ok(()) => DemoState::Done,
            Err(message) => {
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
    api: &OwnApi,
) -> Result<(), String> {
    let now = app.clock.now();
    let (send, mut batches) = mpsc::channel(WAITING_MAX);
    let make = move || {
        traces.generate(now, experiment, EXPERIMENT, &mut |batch| match send.blocking_send(batch) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        })
    };
    let making = tokio::task::spawn_blocking(make);
    let request = IngestRequest { source, assignment: Assignment::Fixed(experiment), run: None };
    while let Some(batch) = batches.recv().await {
        let stored = batch.traces;
        store(app, &request, batch).await.map_err(|error| error.public_message())?;
        app.demo.update(|progress| progress.stored += stored);
    }
    let made = making.await;
    let calls = made.map_err(|_| "making the demo data failed".to_owned())?;
    api.make(calls, experiment).await
}

impl OwnApi {
    async fn make(
        &self,
        mut calls: Box<dyn DemoCalls>,
        experiment: ExperimentId,
    ) -> Result<(), String> {
        let mut response = Value::Null;
        while let Some(call) = calls.next(&response)? {
            response = self.make_one(call, experiment).await?;
        }
        Ok(())
    }

    async fn make_one(&self, call: DemoCall, experiment: ExperimentId) -> Result<Value, String> {
        let what = format!("{} {}", call.method, call.path);
        let failed = |reason: String| format!("{what} failed: {reason}");
        let mut request = Request::new(Body::from(call.body));
        *request.method_mut() = Method::from_bytes(call.method.as_bytes()).unwrap_or_default();
        *request.uri_mut() = call.path.parse().map_err(|_| failed("no valid path".to_owned()))?;
        if let Some(connection) = self.connection {
            request.extensions_mut().insert(connection);
        }
        *request.headers_mut() = self.headers.clone();
        let headers = request.headers_mut();
        // These headers described the client's own request.
        for gone in [header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::ACCEPT_ENCODING] {
            headers.remove(gone);
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(call.content_type));
        headers.insert("x-mlflow-experiment-id", HeaderValue::from(experiment.0));
        let Ok(answer) = self.router.0.clone().oneshot(request).await;
        let status = answer.status();
        let body = to_bytes(answer.into_body(), RESPONSE_BYTES_MAX).await;
        let body = body.map_err(|error| failed(error.to_string()))?;
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        match status.is_success() {
            true => Ok(json),
            false => Err(failed(json["message"].as_str().unwrap_or(status.as_str()).to_owned())),
        }
    }
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
