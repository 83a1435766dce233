//! The scorers that assess the new traces of an experiment, in the form that runs.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use kansoku_filter::Filter;
use kansoku_model::{ExperimentId, ScorerVersion};
use kansoku_store::{MetaStore, StoreError};

use super::sampling::{Candidate, sample};
use crate::Scorer;

/// Compiled scorers beyond this number are forgotten, and compiled again when needed.
const COMPILED_MAX: usize = 1_000;

#[derive(Clone)]
pub(super) struct ActiveScorer {
    pub(super) version: ScorerVersion,
    pub(super) scorer: Arc<Scorer>,
    sample_rate: f64,
    filter_text: Option<String>,
    filter: Arc<Filter>,
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
        let filter = Filter::parse(config.filter.as_deref().unwrap_or_default()).ok()?;
        Some(ActiveScorer {
            version,
            scorer,
            sample_rate: config.sample_rate,
            filter_text: config.filter.filter(|text| !text.is_empty()),
            filter: Arc::new(filter),
        })
    });
    Ok(scorers.collect())
}

/// The scorers that sampling chooses for a trace or session, with those that share a filter in one
/// group. Sampling is per filter, as in MLflow.
pub(super) fn choose<'a>(
    entity: &str,
    scorers: &[&'a ActiveScorer],
) -> Vec<(&'a Filter, Vec<&'a ActiveScorer>)> {
    let mut groups: Vec<Vec<&ActiveScorer>> = Vec::new();
    for scorer in scorers {
        match groups.iter_mut().find(|group| group[0].filter_text == scorer.filter_text) {
            Some(group) => group.push(scorer),
            None => groups.push(vec![scorer]),
        }
    }
    let chosen = groups.into_iter().map(|group| {
        let candidate = |it: &&'a ActiveScorer| Candidate {
            name: &it.version.name,
            sample_rate: it.sample_rate,
        };
        let candidates: Vec<_> = group.iter().map(candidate).collect();
        let positions = sample(entity, &candidates);
        let filter: &Filter = &group[0].filter;
        (filter, positions.into_iter().map(|position| group[position]).collect::<Vec<_>>())
    });
    chosen.filter(|(_, scorers)| !scorers.is_empty()).collect()
}
