use async_trait::async_trait;
use kansoku_filter::{ExperimentOrderBy, RunOrderBy};
use kansoku_model::{
    Experiment, ExperimentId, KeyValue, LifecycleStage, Metric, Run, RunDataset, RunId, RunInfo,
    ViewType,
};

use super::{ReferenceStore, State};
use crate::core::{runs, views};
use crate::{
    ExperimentEdit, ExperimentSearch, ExperimentStore, MetricHistory, NewExperiment, RunEdit,
    RunSearch, RunStore, SavedView, StoreError, ViewStore, ViewUpdate,
};

#[async_trait]
impl ExperimentStore for ReferenceStore {
    async fn create_experiment(&self, new: NewExperiment) -> Result<ExperimentId, StoreError> {
        let now = self.now();
        let mut state = self.state();
        state.require_free(&new.name)?;
        let last = state.experiments.keys().next_back().map_or(0, |id| id.0);
        let experiment_id = ExperimentId(last + 1);
        let mut experiment = Experiment {
            experiment_id,
            name: new.name,
            artifact_location: new.artifact_location.unwrap_or_default(),
            lifecycle_stage: LifecycleStage::Active,
            creation_time: now,
            last_update_time: now,
            tags: Vec::new(),
        };
        new.tags.into_iter().for_each(|tag| runs::put(&mut experiment.tags, tag));
        state.experiments.insert(experiment_id, experiment);
        Ok(experiment_id)
    }

    async fn experiment(&self, id: ExperimentId) -> Result<Experiment, StoreError> {
        self.state().experiments.get(&id).cloned().ok_or(StoreError::ExperimentNotFound(id))
    }

    async fn search_experiments(
        &self,
        search: ExperimentSearch,
    ) -> Result<(Vec<Experiment>, bool), StoreError> {
        let state = self.state();
        let found = state.experiments.values();
        let found = found.filter(|it| is_shown(search.view, it.lifecycle_stage));
        let mut found: Vec<_> = found.filter(|it| search.filter.matches(it)).cloned().collect();
        found.sort_by(|a, b| ExperimentOrderBy::compare(&search.order_by, a, b));
        Ok(page(found, search.offset, search.max_results))
    }

    async fn edit_experiment(
        &self,
        id: ExperimentId,
        edit: ExperimentEdit,
    ) -> Result<(), StoreError> {
        use LifecycleStage::{Active, Deleted};
        let now = self.now();
        let mut state = self.state();
        let missing = StoreError::ExperimentNotFound(id);
        let Some(known) = state.experiments.get(&id) else { return Err(missing) };
        let mut changed = known.clone();
        match edit {
            ExperimentEdit::Rename(_) if known.lifecycle_stage == Deleted => {
                return Err(StoreError::RenameDeletedExperiment);
            }
            ExperimentEdit::Rename(name) => {
                if name != changed.name {
                    state.require_free(&name)?;
                }
                changed.name = name;
            }
            ExperimentEdit::Delete if known.lifecycle_stage == Deleted => return Err(missing),
            ExperimentEdit::Delete => changed.lifecycle_stage = Deleted,
            ExperimentEdit::Restore if known.lifecycle_stage == Active => return Err(missing),
            ExperimentEdit::Restore => changed.lifecycle_stage = Active,
            ExperimentEdit::SetTag { key, value } => {
                state.require_active(id)?;
                runs::put(&mut changed.tags, KeyValue { key, value });
            }
            ExperimentEdit::DeleteTag { key } => {
                state.require_active(id)?;
                if !runs::remove(&mut changed.tags, &key) {
                    return Err(StoreError::ExperimentTagNotFound { experiment: id, key });
                }
            }
        }
        changed.last_update_time = now;
        state.experiments.insert(id, changed);
        Ok(())
    }
}

#[async_trait]
impl RunStore for ReferenceStore {
    async fn create_run(&self, info: RunInfo, tags: Vec<KeyValue>) -> Result<Run, StoreError> {
        let mut state = self.state();
        state.require_active(info.experiment_id)?;
        let mut run = Run {
            info: info.clone(),
            metrics: Vec::new(),
            params: Vec::new(),
            tags: Vec::new(),
            dataset_inputs: Vec::new(),
            model_inputs: Vec::new(),
            model_outputs: Vec::new(),
        };
        runs::set_tags(&mut run, tags);
        state.runs.insert(info.run_id.clone(), run);
        state.run(&info.run_id)
    }

    async fn run(&self, id: &RunId) -> Result<Run, StoreError> {
        self.state().run(id)
    }

    async fn search_runs(&self, search: RunSearch) -> Result<(Vec<Run>, bool), StoreError> {
        let state = self.state();
        let mut found = Vec::new();
        for run in state.runs.values() {
            let RunInfo { experiment_id, lifecycle_stage, .. } = run.info;
            if !search.experiments.contains(&experiment_id)
                || !is_shown(search.view, lifecycle_stage)
            {
                continue;
            }
            let run = state.run(&run.info.run_id)?;
            let own = state.experiments.get(&experiment_id).map(|it| it.artifact_location.clone());
            let location = own
                .filter(|location| !location.is_empty())
                .unwrap_or_else(|| format!("mlflow-artifacts:/{experiment_id}"));
            if search.filter.matches(&run, &location) {
                found.push(run);
            }
        }
        found.sort_by(|a, b| RunOrderBy::compare(&search.order_by, a, b));
        Ok(page(found, search.offset, search.max_results))
    }

    async fn edit_run(&self, id: &RunId, edit: RunEdit) -> Result<(), StoreError> {
        let mut state = self.state();
        let mut run = state.run(id)?;
        let metrics = runs::edit(&mut run, edit)?;
        for input in &mut run.dataset_inputs {
            input.dataset = state.first_logged(run.info.experiment_id, &input.dataset);
        }
        let mut models = metrics.iter().filter_map(|metric| metric.subject.model_id.as_ref());
        if let Some(unknown) = models.find(|model| !state.models.contains_key(*model)) {
            return Err(StoreError::MetricModelNotFound(unknown.clone()));
        }
        metrics.iter().for_each(|metric| state.add_to_model(id, metric));
        let known = state.metrics.entry(id.clone()).or_default();
        for metric in metrics {
            if !known.iter().any(|known| runs::is_same_point(known, &metric)) {
                known.push(metric);
            }
        }
        state.runs.insert(id.clone(), run);
        Ok(())
    }

    async fn metric_history(
        &self,
        query: MetricHistory,
    ) -> Result<(Vec<Metric>, bool), StoreError> {
        let state = self.state();
        let logged = state.metrics.get(&query.run).into_iter().flatten();
        let mut history: Vec<_> =
            logged.filter(|metric| metric.key == query.key).cloned().collect();
        history.sort_by(|a, b| a.timestamp.cmp(&b.timestamp).then(runs::compare_points(a, b)));
        Ok(page(history, query.offset, query.max_results))
    }
}

#[async_trait]
impl ViewStore for ReferenceStore {
    async fn view(&self, view_id: &str) -> Result<SavedView, StoreError> {
        self.state().view(view_id).cloned()
    }

    async fn views(&self, experiment: ExperimentId) -> Result<Vec<SavedView>, StoreError> {
        let mut views = self.state().views_of(experiment);
        views::sort(&mut views);
        Ok(views)
    }

    async fn create_view(
        &self,
        experiment: ExperimentId,
        name: &str,
        state: &str,
    ) -> Result<SavedView, StoreError> {
        let now = self.now();
        let mut stored = self.state();
        stored.require_active(experiment)?;
        if SavedView::COUNT_MAX <= stored.views_of(experiment).len() as u64 {
            return Err(StoreError::Invalid("too many saved views".to_owned()));
        }
        let view = SavedView {
            view_id: format!("v-{:032x}", rand::random::<u128>()),
            experiment,
            name: name.to_owned(),
            state: state.to_owned(),
            position: None,
            create_time: now,
            update_time: now,
        };
        stored.views.insert(view.view_id.clone(), view.clone());
        Ok(view)
    }

    async fn update_view(
        &self,
        view_id: &str,
        update: ViewUpdate,
    ) -> Result<SavedView, StoreError> {
        let now = self.now();
        let mut state = self.state();
        let mut view = state.view(view_id)?.clone();
        view.name = update.name.unwrap_or(view.name);
        view.state = update.state.unwrap_or(view.state);
        view.update_time = now;
        let experiment = view.experiment;
        state.views.insert(view_id.to_owned(), view);
        if let Some(place) = update.place {
            let moved = views::with_moved(state.views_of(experiment), view_id, place);
            state.views.extend(moved.into_iter().map(|view| (view.view_id.clone(), view)));
        }
        state.view(view_id).cloned()
    }

    async fn delete_view(&self, view_id: &str) -> Result<(), StoreError> {
        let mut state = self.state();
        state.view(view_id)?;
        state.views.remove(view_id);
        Ok(())
    }
}

impl State {
    /// Fails if an experiment has the name; a deleted one keeps its name.
    fn require_free(&self, name: &str) -> Result<(), StoreError> {
        match self.experiments.values().any(|experiment| experiment.name == name) {
            true => Err(StoreError::ExperimentExists(name.to_owned())),
            false => Ok(()),
        }
    }

    /// A run with the latest value of each metric.
    fn run(&self, id: &RunId) -> Result<Run, StoreError> {
        let run = self.runs.get(id).ok_or_else(|| StoreError::RunNotFound(id.clone()))?;
        let logged = self.metrics.get(id).into_iter().flatten();
        let mut metrics: Vec<Metric> = logged.cloned().collect();
        metrics.sort_by(|a, b| a.key.cmp(&b.key).then(runs::compare_points(b, a)));
        metrics.dedup_by(|later, first| later.key == first.key);
        Ok(Run { metrics, ..run.clone() })
    }

    fn views_of(&self, experiment: ExperimentId) -> Vec<SavedView> {
        self.views.values().filter(|view| view.experiment == experiment).cloned().collect()
    }

    /// The dataset as the experiment knows it under this name and digest.
    fn first_logged(&self, experiment: ExperimentId, dataset: &RunDataset) -> RunDataset {
        let runs = self.runs.values().filter(|run| run.info.experiment_id == experiment);
        let mut known = runs.flat_map(|run| &run.dataset_inputs).map(|input| &input.dataset);
        known.find(|it| runs::is_same_dataset(it, dataset)).unwrap_or(dataset).clone()
    }

    fn view(&self, id: &str) -> Result<&SavedView, StoreError> {
        self.views.get(id).ok_or_else(|| StoreError::ViewNotFound(id.to_owned()))
    }
}

fn is_shown(view: ViewType, stage: LifecycleStage) -> bool {
    match view {
        ViewType::ActiveOnly => stage == LifecycleStage::Active,
        ViewType::DeletedOnly => stage == LifecycleStage::Deleted,
        ViewType::All => true,
    }
}

/// A page of the results, and whether more follow.
pub(super) fn page<T>(all: Vec<T>, offset: usize, max_results: usize) -> (Vec<T>, bool) {
    let more = offset.saturating_add(max_results) < all.len();
    (all.into_iter().skip(offset).take(max_results).collect(), more)
}
