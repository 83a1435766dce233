//! The reference engine: a store in memory, only for tests.
//!
//! It is the simplest implementation of the contract, using `core` and the evaluator of filters. It
//! passes the whole suite, and engines are compared with it. It implements the required methods and
//! none of the provided ones. It is not optimized, and writes nothing to disk.
mod access;
mod alerts;
mod archive;
mod backfills;
mod datasets;
mod issues;
mod jobs;
mod label_schemas;
mod ledger;
mod logged_models;
mod maintenance;
mod meta;
mod reads;
mod registered_models;
mod review_queues;
mod scan;
mod scorer_usage;
mod scorers;
mod scoring_failures;
mod trace;
mod webhooks;
mod writes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kansoku_model::{
    Backfill, Clock, DatasetId, Experiment, ExperimentId, Issue, IssueId, LabelSchema,
    LabelSchemaId, LifecycleStage, LoggedModel, Metric, ModelId, ReviewQueueId, Run, RunId,
    ScoringFailure, StoredSecret, SystemClock, TimestampMs, TraceId, Webhook, WebhookId,
};
use tokio::sync::{broadcast, watch};

use crate::{Job, Ledger, SavedView, StoreError, TraceChange};
use access::Access;
use alerts::Alerts;
use archive::{Archive, Changed};
use datasets::StoredDataset;
use registered_models::RegisteredModels;
use review_queues::StoredQueue;
use scorer_usage::Spending;
use scorers::Scorers;
use trace::Trace;

/// Capacity of the change channel.
const CHANGES_MAX: usize = 4096;

/// A store in memory.
pub struct ReferenceStore {
    state: Mutex<State>,
    changes: broadcast::Sender<TraceChange>,
    jobs_added: watch::Sender<u64>,
    clock: Arc<dyn Clock>,
}

/// The content of the store.
#[derive(Default)]
struct State {
    traces: BTreeMap<TraceId, Trace>,
    /// The last number that was given to a chunk.
    chunks: i64,
    experiments: BTreeMap<ExperimentId, Experiment>,
    runs: BTreeMap<RunId, Run>,
    /// All logged values of all metrics.
    metrics: BTreeMap<RunId, Vec<Metric>>,
    /// With all values of their metrics.
    models: BTreeMap<ModelId, LoggedModel>,
    issues: BTreeMap<IssueId, Issue>,
    views: BTreeMap<String, SavedView>,
    registered_models: RegisteredModels,
    alerts: Alerts,
    scorers: Scorers,
    spending: Spending,
    /// The oldest first.
    backfills: Vec<Backfill>,
    /// The oldest first.
    scoring_failures: Vec<ScoringFailure>,
    datasets: BTreeMap<DatasetId, StoredDataset>,
    label_schemas: BTreeMap<LabelSchemaId, LabelSchema>,
    review_queues: BTreeMap<ReviewQueueId, StoredQueue>,
    webhooks: BTreeMap<WebhookId, (Webhook, Option<StoredSecret>)>,
    /// Each with its queue, in the order in which they were added.
    jobs: Vec<(String, Job)>,
    ledger: Ledger,
    clock_marks: crate::ClockMarks,
    archive: Archive,
    access: Access,
}

impl Default for ReferenceStore {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl ReferenceStore {
    /// An empty store, with the default experiment.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let now = clock.now();
        let default = Experiment {
            experiment_id: ExperimentId::DEFAULT,
            name: "Default".to_owned(),
            artifact_location: String::new(),
            lifecycle_stage: LifecycleStage::Active,
            creation_time: now,
            last_update_time: now,
            tags: Vec::new(),
        };
        let experiments = BTreeMap::from([(ExperimentId::DEFAULT, default)]);
        let state = Mutex::new(State { experiments, ..State::default() });
        let (changes, jobs_added) = (broadcast::channel(CHANGES_MAX).0, watch::channel(0).0);
        Self { state, changes, jobs_added, clock }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> TimestampMs {
        self.clock.now()
    }

    fn changed(
        &self,
        state: &mut State,
        experiment: ExperimentId,
        trace_id: &TraceId,
        what: Changed,
    ) {
        state.archive.note(experiment, trace_id, what, self.now());
        // An error means that there are no receivers.
        let _ = self.changes.send(TraceChange { experiment, trace_id: trace_id.clone() });
    }
}

impl State {
    fn trace(&self, id: &TraceId) -> Result<&Trace, StoreError> {
        self.traces.get(id).ok_or_else(|| StoreError::TraceNotFound(id.clone()))
    }

    /// Fails if an experiment is deleted or unknown.
    fn require_active(&self, id: ExperimentId) -> Result<(), StoreError> {
        match self.experiments.get(&id).map(|experiment| experiment.lifecycle_stage) {
            Some(LifecycleStage::Active) => Ok(()),
            Some(LifecycleStage::Deleted) => Err(StoreError::ExperimentDeleted(id)),
            None => Err(StoreError::ExperimentNotFound(id)),
        }
    }

    fn traces_of(&self, experiment: ExperimentId) -> impl Iterator<Item = &Trace> {
        self.traces.values().filter(move |trace| trace.row.experiment == experiment)
    }
}

#[cfg(test)]
mod tests;
