use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use kansoku_filter::ExperimentFilter;
use kansoku_model::{
    DatasetSummary, Experiment, ExperimentId, Issue, IssueId, KeyValue, LoggedModel,
    LoggedModelInfo, Metric, ModelId, Run, RunId, RunInfo, ViewType,
};
use kansoku_store::{
    ExperimentEdit, ExperimentSearch, ExperimentStore, FoundIssue, IssueEdit, IssueSearch,
    IssueStore, LoggedModelEdit, LoggedModelSearch, LoggedModelStore, MetaStore, MetricHistory,
    MetricSample, NewExperiment, RunEdit, RunSearch, RunStore, SavedView, StoreError, ViewStore,
    ViewUpdate,
};

use crate::auth::rights::BoundRights;

/// The number of experiments that are read at a time to find those of the token.
const EXPERIMENTS_AT_ONCE: usize = 1000;

pub(crate) struct ScopedMeta {
    pub(super) inner: Arc<dyn MetaStore>,
    pub(super) rights: Arc<BoundRights>,
}

impl ScopedMeta {
    pub(crate) fn new(inner: Arc<dyn MetaStore>, rights: Arc<BoundRights>) -> Self {
        Self { inner, rights }
    }

    /// Fails for a view of another experiment as if the view did not exist.
    async fn check_view(&self, view_id: &str) -> Result<(), StoreError> {
        let view = self.inner.view(view_id).await?;
        match self.rights.includes(view.experiment).await? {
            true => Ok(()),
            false => Err(StoreError::ViewNotFound(view_id.to_owned())),
        }
    }

    /// An issue of another experiment looks as if it did not exist.
    async fn check_issue(&self, id: &IssueId) -> Result<(), StoreError> {
        let issue = self.inner.issue(id).await?;
        match self.rights.includes(issue.experiment_id).await? {
            true => Ok(()),
            false => Err(StoreError::IssueNotFound(id.clone())),
        }
    }

    async fn own_experiments(&self) -> Result<Vec<ExperimentId>, StoreError> {
        let mut own = Vec::new();
        loop {
            let page = ExperimentSearch {
                filter: ExperimentFilter::all(),
                order_by: Vec::new(),
                view: ViewType::All,
                offset: own.len(),
                max_results: EXPERIMENTS_AT_ONCE,
            };
            let (experiments, more) = self.search_experiments(page).await?;
            own.extend(experiments.into_iter().map(|experiment| experiment.experiment_id));
            if !more {
                return Ok(own);
            }
        }
    }
}

#[async_trait]
impl ExperimentStore for ScopedMeta {
    async fn create_experiment(&self, new: NewExperiment) -> Result<ExperimentId, StoreError> {
        self.rights.check_new_name(&new.name)?;
        self.inner.create_experiment(new).await
    }

    async fn experiment(&self, id: ExperimentId) -> Result<Experiment, StoreError> {
        self.rights.check(id).await?;
        self.inner.experiment(id).await
    }

    async fn experiment_by_name(&self, name: &str) -> Result<Experiment, StoreError> {
        self.rights.check_name(name).await?;
        self.inner.experiment_by_name(name).await
    }

    async fn search_experiments(
        &self,
        search: ExperimentSearch,
    ) -> Result<(Vec<Experiment>, bool), StoreError> {
        let (mut offset, mut to_skip, mut found) = (0, search.offset, Vec::new());
        loop {
            let page =
                ExperimentSearch { offset, max_results: EXPERIMENTS_AT_ONCE, ..search.clone() };
            let (experiments, more) = self.inner.search_experiments(page).await?;
            offset += experiments.len();
            for experiment in experiments {
                if !self.rights.allows(experiment.experiment_id, &experiment.name) {
                    continue;
                }
                if 0 < to_skip {
                    to_skip -= 1;
                } else if found.len() < search.max_results {
                    found.push(experiment);
                } else {
                    return Ok((found, true));
                }
            }
            if !more {
                return Ok((found, false));
            }
        }
    }

    async fn edit_experiment(
        &self,
        id: ExperimentId,
        edit: ExperimentEdit,
    ) -> Result<(), StoreError> {
        self.rights.check(id).await?;
        if let ExperimentEdit::Rename(name) = &edit {
            self.rights.check_new_name(name)?;
        }
        self.inner.edit_experiment(id, edit).await
    }
}

#[async_trait]
impl ViewStore for ScopedMeta {
    async fn view(&self, view_id: &str) -> Result<SavedView, StoreError> {
        self.check_view(view_id).await?;
        self.inner.view(view_id).await
    }

    async fn views(&self, experiment: ExperimentId) -> Result<Vec<SavedView>, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.views(experiment).await
    }

    async fn create_view(
        &self,
        experiment: ExperimentId,
        name: &str,
        state: &str,
    ) -> Result<SavedView, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.create_view(experiment, name, state).await
    }

    async fn update_view(
        &self,
        view_id: &str,
        update: ViewUpdate,
    ) -> Result<SavedView, StoreError> {
        self.check_view(view_id).await?;
        self.inner.update_view(view_id, update).await
    }

    async fn delete_view(&self, view_id: &str) -> Result<(), StoreError> {
        self.check_view(view_id).await?;
        self.inner.delete_view(view_id).await
    }
}

#[async_trait]
impl RunStore for ScopedMeta {
    async fn create_run(&self, info: RunInfo, tags: Vec<KeyValue>) -> Result<Run, StoreError> {
        self.rights.check(info.experiment_id).await?;
        self.inner.create_run(info, tags).await
    }

    async fn run(&self, id: &RunId) -> Result<Run, StoreError> {
        self.rights.check_run(id).await?;
        self.inner.run(id).await
    }

    async fn search_runs(&self, search: RunSearch) -> Result<(Vec<Run>, bool), StoreError> {
        self.rights.check_all(&search.experiments).await?;
        self.inner.search_runs(search).await
    }

    async fn edit_run(&self, id: &RunId, edit: RunEdit) -> Result<(), StoreError> {
        self.rights.check_run(id).await?;
        if let RunEdit::Log { metrics, .. } = &edit {
            let models = metrics.iter().filter_map(|metric| metric.subject.model_id.as_ref());
            for model in models.collect::<BTreeSet<_>>() {
                match self.rights.check_logged_model(model).await {
                    Err(StoreError::LoggedModelNotFound(model)) => {
                        return Err(StoreError::MetricModelNotFound(model));
                    }
                    checked => checked?,
                }
            }
        }
        self.inner.edit_run(id, edit).await
    }

    async fn metric_history(
        &self,
        query: MetricHistory,
    ) -> Result<(Vec<Metric>, bool), StoreError> {
        self.rights.check_run(&query.run).await?;
        self.inner.metric_history(query).await
    }

    async fn metric_sample(&self, query: MetricSample) -> Result<Vec<Metric>, StoreError> {
        self.rights.check_run(&query.run).await?;
        self.inner.metric_sample(query).await
    }

    async fn dataset_summaries(
        &self,
        experiments: &[ExperimentId],
    ) -> Result<Vec<DatasetSummary>, StoreError> {
        self.rights.check_all(experiments).await?;
        self.inner.dataset_summaries(experiments).await
    }
}

#[async_trait]
impl LoggedModelStore for ScopedMeta {
    async fn create_logged_model(
        &self,
        info: LoggedModelInfo,
        params: Vec<KeyValue>,
        tags: Vec<KeyValue>,
    ) -> Result<LoggedModel, StoreError> {
        self.rights.check(info.experiment_id).await?;
        self.inner.create_logged_model(info, params, tags).await
    }

    async fn logged_model(&self, id: &ModelId) -> Result<LoggedModel, StoreError> {
        self.rights.check_logged_model(id).await?;
        self.inner.logged_model(id).await
    }

    async fn search_logged_models(
        &self,
        search: LoggedModelSearch,
    ) -> Result<(Vec<LoggedModel>, bool), StoreError> {
        self.rights.check_all(&search.experiments).await?;
        self.inner.search_logged_models(search).await
    }

    async fn edit_logged_model(
        &self,
        id: &ModelId,
        edit: LoggedModelEdit,
    ) -> Result<(), StoreError> {
        self.rights.check_logged_model(id).await?;
        self.inner.edit_logged_model(id, edit).await
    }
}

#[async_trait]
impl IssueStore for ScopedMeta {
    async fn create_issue(&self, issue: Issue) -> Result<Issue, StoreError> {
        self.rights.check(issue.experiment_id).await?;
        self.inner.create_issue(issue).await
    }

    async fn issue(&self, id: &IssueId) -> Result<Issue, StoreError> {
        self.check_issue(id).await?;
        self.inner.issue(id).await
    }

    /// Without experiments: in those of the token.
    async fn search_issues(
        &self,
        search: IssueSearch,
    ) -> Result<(Vec<FoundIssue>, bool), StoreError> {
        let experiments = match &search.experiments {
            Some(experiments) => {
                self.rights.check_all(experiments).await?;
                experiments.clone()
            }
            None => self.own_experiments().await?,
        };
        self.inner.search_issues(IssueSearch { experiments: Some(experiments), ..search }).await
    }

    async fn edit_issue(&self, id: &IssueId, edit: IssueEdit) -> Result<(), StoreError> {
        self.check_issue(id).await?;
        self.inner.edit_issue(id, edit).await
    }
}
