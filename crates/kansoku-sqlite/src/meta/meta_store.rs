//! [`MetaStore`] on SQLite: every write through the writer, every read through a reader.
use async_trait::async_trait;
use kansoku_model::{
    Experiment, ExperimentId, KeyValue, LifecycleStage, Metric, Run, RunId, RunInfo,
};
use serde_json::Value;

use crate::SqliteStore;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::meta::{experiments, runs, views};
use kansoku_store::{
    ExperimentSearch, MetaStore, NewExperiment, RunSearch, RunUpdate, SavedView, StoreError,
    ViewUpdate,
};

#[async_trait]
impl MetaStore for SqliteStore {
    async fn create_experiment(&self, new: NewExperiment) -> Result<ExperimentId, StoreError> {
        let now = self.options.clock.now();
        self.write("create an experiment", move |db| experiments::create(db, &new, now)).await
    }

    async fn experiment(&self, id: ExperimentId) -> Result<Experiment, StoreError> {
        self.look_up("read an experiment", move |db| experiments::get(db, id)).await
    }

    async fn experiment_by_name(&self, name: &str) -> Result<Experiment, StoreError> {
        let name = name.to_owned();
        self.look_up("read an experiment", move |db| experiments::by_name(db, &name)).await
    }

    async fn search_experiments(
        &self,
        search: ExperimentSearch,
    ) -> Result<(Vec<Experiment>, bool), StoreError> {
        self.read("search experiments", move |db| experiments::search(db, &search)).await
    }

    async fn rename_experiment(&self, id: ExperimentId, name: &str) -> Result<(), StoreError> {
        let (name, now) = (name.to_owned(), self.options.clock.now());
        self.write("rename an experiment", move |db| experiments::rename(db, id, &name, now)).await
    }

    async fn delete_experiment(&self, id: ExperimentId) -> Result<(), StoreError> {
        self.move_experiment(id, LifecycleStage::Active, LifecycleStage::Deleted).await
    }

    async fn restore_experiment(&self, id: ExperimentId) -> Result<(), StoreError> {
        self.move_experiment(id, LifecycleStage::Deleted, LifecycleStage::Active).await
    }

    async fn set_experiment_tag(
        &self,
        id: ExperimentId,
        key: &str,
        value: &str,
    ) -> Result<(), StoreError> {
        let (key, value, now) = (key.to_owned(), value.to_owned(), self.options.clock.now());
        let set = move |db: &Tx<'_>| experiments::set_tag(db, id, &key, &value, now);
        self.write("set an experiment's tag", set).await
    }

    async fn delete_experiment_tag(&self, id: ExperimentId, key: &str) -> Result<(), StoreError> {
        let (key, now) = (key.to_owned(), self.options.clock.now());
        let delete = move |db: &Tx<'_>| experiments::delete_tag(db, id, &key, now);
        self.write("delete an experiment's tag", delete).await
    }

    async fn view(&self, view_id: &str) -> Result<SavedView, StoreError> {
        let view_id = view_id.to_owned();
        self.read("read a saved view", move |db| views::get(db, &view_id)).await
    }

    async fn views(&self, experiment: ExperimentId) -> Result<Vec<SavedView>, StoreError> {
        self.look_up("read saved views", move |db| views::all(db, experiment)).await
    }

    async fn create_view(
        &self,
        experiment: ExperimentId,
        name: &str,
        state: &str,
    ) -> Result<SavedView, StoreError> {
        let (name, state, now) = (name.to_owned(), state.to_owned(), self.options.clock.now());
        let create = move |db: &Tx<'_>| views::create(db, experiment, &name, &state, now);
        self.write("save a view", create).await
    }

    async fn update_view(
        &self,
        view_id: &str,
        update: ViewUpdate,
    ) -> Result<SavedView, StoreError> {
        let (view_id, now) = (view_id.to_owned(), self.options.clock.now());
        let change = move |db: &Tx<'_>| views::update(db, &view_id, &update, now);
        self.write("change a saved view", change).await
    }

    async fn delete_view(&self, view_id: &str) -> Result<(), StoreError> {
        let view_id = view_id.to_owned();
        self.write("delete a saved view", move |db| views::delete(db, &view_id)).await
    }

    async fn create_run(&self, info: RunInfo, tags: Vec<KeyValue>) -> Result<Run, StoreError> {
        self.write("create a run", move |db| runs::create(db, &info, &tags)).await
    }

    async fn run(&self, id: &RunId) -> Result<Run, StoreError> {
        let id = id.clone();
        self.look_up("read a run", move |db| runs::get(db, &id)).await
    }

    async fn update_run(&self, id: &RunId, update: RunUpdate) -> Result<RunInfo, StoreError> {
        let id = id.clone();
        self.write("update a run", move |db| runs::update(db, &id, &update)).await
    }

    async fn delete_run(&self, id: &RunId) -> Result<(), StoreError> {
        let id = id.clone();
        self.write("delete a run", move |db| runs::set_stage(db, &id, LifecycleStage::Deleted))
            .await
    }

    async fn restore_run(&self, id: &RunId) -> Result<(), StoreError> {
        let id = id.clone();
        self.write("restore a run", move |db| runs::set_stage(db, &id, LifecycleStage::Active))
            .await
    }

    async fn search_runs(&self, search: RunSearch) -> Result<(Vec<Run>, bool), StoreError> {
        let find = move |db: &_| runs::search(db, &search);
        self.scan("search runs", self.options.read_deadline, find).await
    }

    async fn log_batch(
        &self,
        id: &RunId,
        metrics: Vec<Metric>,
        params: Vec<KeyValue>,
        tags: Vec<KeyValue>,
    ) -> Result<(), StoreError> {
        let id = id.clone();
        let log = move |db: &Tx<'_>| runs::log_batch(db, &id, &metrics, &params, &tags);
        self.write("log to a run", log).await
    }

    async fn delete_run_tag(&self, id: &RunId, key: &str) -> Result<(), StoreError> {
        let (id, key) = (id.clone(), key.to_owned());
        self.write("delete a run's tag", move |db| runs::delete_tag(db, &id, &key)).await
    }

    async fn log_inputs(
        &self,
        id: &RunId,
        datasets: Vec<Value>,
        model_inputs: Vec<Value>,
        model_outputs: Vec<Value>,
    ) -> Result<(), StoreError> {
        let id = id.clone();
        let log =
            move |db: &Tx<'_>| runs::log_inputs(db, &id, datasets, model_inputs, model_outputs);
        self.write("log inputs of a run", log).await
    }

    async fn metric_history(&self, id: &RunId, key: &str) -> Result<Vec<Metric>, StoreError> {
        let (id, key) = (id.clone(), key.to_owned());
        self.read("read a metric", move |db| runs::metric_history(db, &id, &key)).await
    }
}

impl SqliteStore {
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        write: impl FnOnce(&Tx<'_>) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(doing, 0, write).await
    }

    async fn move_experiment(
        &self,
        id: ExperimentId,
        from: LifecycleStage,
        to: LifecycleStage,
    ) -> Result<(), StoreError> {
        let now = self.options.clock.now();
        let go = move |db: &Tx<'_>| experiments::move_stage(db, id, from, to, now);
        self.write("change an experiment's stage", go).await
    }
}
