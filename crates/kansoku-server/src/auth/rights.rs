//! The rights of a token that is bound to some experiments.
//!
//! Access to another experiment is denied with the same message whether or not the experiment
//! exists. A trace or a run in another experiment seems not to exist.
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use kansoku_model::{ExperimentBinding, ExperimentHint, ExperimentId, ModelId, RunId, TraceId};
use kansoku_store::{MetaStore, StoreError, TraceStore};

pub(crate) struct BoundRights {
    /// The name of the token.
    token: String,
    binding: ExperimentBinding,
    traces: Arc<dyn TraceStore>,
    meta: Arc<dyn MetaStore>,
}

impl BoundRights {
    /// `traces` and `meta` are the stores without checks.
    pub(crate) fn new(
        token: String,
        binding: ExperimentBinding,
        (traces, meta): (Arc<dyn TraceStore>, Arc<dyn MetaStore>),
    ) -> Self {
        Self { token, binding, traces, meta }
    }

    pub(crate) fn forbidden(&self, what: impl Into<String>) -> StoreError {
        StoreError::NotPermitted { token: self.token.clone(), what: what.into() }
    }

    fn foreign(&self, id: ExperimentId) -> StoreError {
        self.forbidden(format!("experiment `{id}`"))
    }

    pub(crate) async fn check(&self, id: ExperimentId) -> Result<(), StoreError> {
        if self.includes(id).await? { Ok(()) } else { Err(self.foreign(id)) }
    }

    pub(crate) async fn check_all(&self, ids: &[ExperimentId]) -> Result<(), StoreError> {
        for id in ids.iter().copied().collect::<BTreeSet<_>>() {
            self.check(id).await?;
        }
        Ok(())
    }

    /// Fails if the token may not have an experiment of this name.
    pub(crate) fn check_new_name(&self, name: &str) -> Result<(), StoreError> {
        match self.binding.allows_name(name) {
            true => Ok(()),
            false => Err(self.forbidden(format!("experiment `{name}`"))),
        }
    }

    /// Fails if the name belongs to no experiment of this token. A token that is bound to an id may
    /// use that experiment under any name.
    pub(crate) async fn check_name(&self, name: &str) -> Result<(), StoreError> {
        let Err(error) = self.check_new_name(name) else { return Ok(()) };
        if self.binding.ids.is_empty() {
            return Err(error);
        }
        match self.meta.experiment_by_name(name).await {
            Ok(found) if self.binding.allows_id(found.experiment_id) => Ok(()),
            Ok(_) | Err(StoreError::ExperimentNameNotFound(_)) => Err(error),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn check_hint(&self, hint: &ExperimentHint) -> Result<(), StoreError> {
        match hint {
            ExperimentHint::Id(id) => self.check(*id).await,
            ExperimentHint::Name(name) => self.check_name(name).await,
        }
    }

    /// The experiment for traces that name none: the only one of the token, if it is bound to
    /// exactly one.
    pub(crate) fn only_experiment(&self) -> Option<ExperimentHint> {
        let ExperimentBinding { ids, names, prefixes } = &self.binding;
        match (ids.len(), names.len(), prefixes.len()) {
            (1, 0, 0) => ids.first().map(|id| ExperimentHint::Id(*id)),
            (0, 1, 0) => names.first().map(|name| ExperimentHint::Name(name.clone())),
            _ => None,
        }
    }

    pub(crate) fn allows(&self, id: ExperimentId, name: &str) -> bool {
        self.binding.allows_id(id) || self.binding.allows_name(name)
    }

    /// Whether an experiment is one of this token's. If it does not exist, only its id can match.
    pub(crate) async fn includes(&self, id: ExperimentId) -> Result<bool, StoreError> {
        if self.binding.allows_id(id) {
            return Ok(true);
        }
        if self.binding.names.is_empty() && self.binding.prefixes.is_empty() {
            return Ok(false);
        }
        match self.meta.experiment(id).await {
            Ok(experiment) => Ok(self.binding.allows_name(&experiment.name)),
            Err(StoreError::ExperimentNotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Those of the experiments that the token may use.
    pub(crate) async fn included(
        &self,
        ids: impl IntoIterator<Item = ExperimentId>,
    ) -> Result<HashSet<ExperimentId>, StoreError> {
        let mut included = HashSet::new();
        for id in ids.into_iter().collect::<BTreeSet<_>>() {
            if self.includes(id).await? {
                included.insert(id);
            }
        }
        Ok(included)
    }

    pub(crate) async fn check_trace(&self, trace: &TraceId) -> Result<(), StoreError> {
        match self.sees_trace(trace).await? {
            true => Ok(()),
            false => Err(StoreError::TraceNotFound(trace.clone())),
        }
    }

    pub(crate) async fn sees_trace(&self, trace: &TraceId) -> Result<bool, StoreError> {
        Ok(!self.visible(std::slice::from_ref(trace)).await?.is_empty())
    }

    /// Those of the traces that exist in experiments of this token, in the given order.
    pub(crate) async fn visible(&self, traces: &[TraceId]) -> Result<Vec<TraceId>, StoreError> {
        let experiments = self.traces.experiments_of(traces).await?;
        let included = self.included(experiments.values().copied()).await?;
        let is_visible = |trace: &&TraceId| {
            experiments.get(*trace).is_some_and(|experiment| included.contains(experiment))
        };
        Ok(traces.iter().filter(is_visible).cloned().collect())
    }

    /// Those of the traces that exist in other experiments, so that their ids are taken.
    pub(crate) async fn foreign_traces(
        &self,
        traces: &[TraceId],
    ) -> Result<HashSet<TraceId>, StoreError> {
        let experiments = self.traces.experiments_of(traces).await?;
        let included = self.included(experiments.values().copied()).await?;
        let foreign = experiments.into_iter().filter(|(_, id)| !included.contains(id));
        Ok(foreign.map(|(trace, _)| trace).collect())
    }

    /// Fails if any of the traces is in another experiment.
    pub(crate) async fn check_writable(&self, traces: &[TraceId]) -> Result<(), StoreError> {
        match self.foreign_traces(traces).await?.into_iter().min() {
            None => Ok(()),
            Some(trace) => Err(self.foreign_trace(&trace)),
        }
    }

    pub(crate) fn foreign_trace(&self, trace: &TraceId) -> StoreError {
        self.forbidden(format!("the id of trace `{trace}`, which is taken"))
    }

    pub(crate) async fn check_run(&self, run: &RunId) -> Result<(), StoreError> {
        let info = self.meta.run(run).await?.info;
        match self.includes(info.experiment_id).await? {
            true => Ok(()),
            false => Err(StoreError::RunNotFound(run.clone())),
        }
    }

    pub(crate) async fn check_logged_model(&self, model: &ModelId) -> Result<(), StoreError> {
        let info = self.meta.logged_model(model).await?.info;
        match self.includes(info.experiment_id).await? {
            true => Ok(()),
            false => Err(StoreError::LoggedModelNotFound(model.clone())),
        }
    }
}
