//! The scorers that assess the new traces of an experiment, in the form that runs.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use kansoku_filter::Filter;
use kansoku_model::{ExperimentId, ScorerVersion, TraceId};
use kansoku_store::{MetaStore, StoreError};

use super::sampling::{Candidate, sample};
use crate::Scorer;

/// Compiled scorers beyond this number are forgotten, and compiled again when needed.
const COMPILED_MAX: usize = 1_000;

pub(super) struct ActiveScorer {
    pub(super) version: ScorerVersion,
    pub(super) scorer: Arc<Scorer>,
    sample_rate: f64,
    filter_text: Option<String>,
    /// `None` if it assesses all traces.
    pub(super) filter: Option<Filter>,
}

/// The id and the version of a scorer, which never changes.
type ScorerKey = (String, i64);

/// Scorers in the form that runs; `None` for those that this server cannot run.
#[derive(Default)]
pub(super) struct CompiledScorers(Mutex<HashMap<ScorerKey, Option<Arc<Scorer>>>>);

impl CompiledScorers {
    /// The scorer; `None` if this version of the server cannot run it.
    pub(super) fn get(&self, version: &ScorerVersion) -> Option<Arc<Scorer>> {
        let key = (version.scorer_id.clone(), version.version);
        let mut compiled = self.0.lock().expect("compiling never panics");
        if let Some(known) = compiled.get(&key) {
            return known.clone();
        }
        let scorer = match Scorer::parse(&version.serialized) {
            Ok(scorer) => Some(Arc::new(scorer)),
            Err(error) => {
                tracing::warn!(
                    experiment.id = %version.experiment_id,
                    scorer = version.name,
                    "cannot run the scorer `{}` (version {}): {error}",
                    version.name,
                    version.version
                );
                None
            }
        };
        if COMPILED_MAX <= compiled.len() {
            compiled.clear();
        }
        compiled.insert(key, scorer.clone());
        scorer
    }
}

/// The active scorers of an experiment that can be run.
pub(super) async fn load(
    meta: &dyn MetaStore,
    compiled: &CompiledScorers,
    experiment: ExperimentId,
) -> Result<Arc<[ActiveScorer]>, StoreError> {
    let active = meta.active_scorers(experiment).await?.into_iter();
    let scorers = active.filter_map(|(version, config)| {
        let scorer = compiled.get(&version)?;
        // It was checked when it was set; a filter of a later version matches nothing.
        let filter_text = config.filter.filter(|text| !text.is_empty());
        let filter = filter_text.as_deref().map(Filter::parse).transpose().ok()?;
        Some(ActiveScorer { version, scorer, sample_rate: config.sample_rate, filter_text, filter })
    });
    Ok(scorers.collect())
}

/// The positions of the scorers that sampling chooses for a trace, with those that share a filter in
/// one group. Sampling is per filter, as in MLflow.
pub(super) fn choose(trace: &TraceId, scorers: &[ActiveScorer]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (position, scorer) in scorers.iter().enumerate() {
        if scorer.scorer.is_session_level() {
            continue;
        }
        let shares = |group: &&mut Vec<usize>| scorers[group[0]].filter_text == scorer.filter_text;
        match groups.iter_mut().find(shares) {
            Some(group) => group.push(position),
            None => groups.push(vec![position]),
        }
    }
    let candidate = |position: &usize| {
        let ActiveScorer { version, sample_rate, .. } = &scorers[*position];
        Candidate { name: &version.name, sample_rate: *sample_rate }
    };
    let chosen = groups.into_iter().map(|group| {
        let candidates: Vec<_> = group.iter().map(candidate).collect();
        let chosen = sample(trace.as_str(), &candidates).into_iter();
        chosen.map(|position| group[position]).collect::<Vec<_>>()
    });
    chosen.filter(|group| !group.is_empty()).collect()
}
