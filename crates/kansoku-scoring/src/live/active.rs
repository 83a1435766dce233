//! The scorers that assess the new traces of an experiment, in the form that runs.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use kansoku_filter::Filter;
use kansoku_model::{ExperimentId, ScorerVersion, TraceId};
use kansoku_store::StoreError;

use super::load::{FilterContext, LoadedTrace};
use super::sampling::{Candidate, sample};
use super::{LiveScoring, budget};
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
    /// The share of what is sampled that its budgets leave, from 0 to 1.
    pub(super) open_share: f64,
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
    live: &LiveScoring,
    experiment: ExperimentId,
) -> Result<Arc<[ActiveScorer]>, StoreError> {
    let active = live.meta.active_scorers(experiment).await?.into_iter();
    let scorers = active.filter_map(|(version, config)| {
        let scorer = live.compiled.get(&version)?;
        // It was checked when it was set; a filter of a later version matches nothing.
        let filter_text = config.filter.filter(|text| !text.is_empty());
        let filter = filter_text.as_deref().map(Filter::parse).transpose().ok()?;
        let (sample_rate, open_share) = (config.sample_rate, 1.0);
        Some(ActiveScorer { version, scorer, sample_rate, filter_text, filter, open_share })
    });
    let mut scorers: Vec<ActiveScorer> = scorers.collect();
    let is_judge = |it: &ActiveScorer| matches!(*it.scorer, Scorer::Judge(_));
    let judges = scorers.iter().filter(|it| is_judge(it));
    let judge_ids: Vec<_> = judges.map(|it| it.version.scorer_id.clone()).collect();
    if let Some(shares) = budget::open_shares(live, experiment, &judge_ids).await? {
        let judges = scorers.iter_mut().filter(|it| is_judge(it));
        judges.zip(shares).for_each(|(judge, share)| judge.open_share = share);
    }
    Ok(scorers.into())
}

/// A trace or a session that scorers may assess.
#[derive(Clone, Copy, Debug)]
pub(super) enum ScoredEntity<'a> {
    Trace(&'a TraceId),
    Session(&'a str),
}

impl ScoredEntity<'_> {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Trace(trace) => trace.as_str(),
            Self::Session(session) => session,
        }
    }

    fn is_session(self) -> bool {
        matches!(self, Self::Session(_))
    }
}

/// The positions of the scorers that sampling chooses, with those that share a filter in one group.
/// Sampling is per filter, as in MLflow.
pub(super) fn choose(entity: ScoredEntity<'_>, scorers: &[ActiveScorer]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (position, scorer) in scorers.iter().enumerate() {
        if scorer.scorer.is_session_level() != entity.is_session() {
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
        let chosen = sample(entity.id(), &candidates).into_iter();
        chosen.map(|position| group[position]).collect::<Vec<_>>()
    });
    chosen.filter(|group| !group.is_empty()).collect()
}

/// The context for the filters of chosen scorers; `None` if none of them has a filter.
pub(super) async fn filter_context(
    live: &LiveScoring,
    loaded: &LoadedTrace,
    scorers: &[ActiveScorer],
    groups: &[Vec<usize>],
) -> Result<Option<FilterContext>, StoreError> {
    match groups.iter().any(|group| scorers[group[0]].filter.is_some()) {
        true => Ok(Some(loaded.filter_context(&*live.traces).await?)),
        false => Ok(None),
    }
}

/// The chosen scorers whose filter the trace matches. Its content may be searched, which takes long.
pub(super) fn matching<'a>(
    loaded: &LoadedTrace,
    scorers: &'a [ActiveScorer],
    groups: Vec<Vec<usize>>,
    context: Option<&FilterContext>,
) -> Vec<&'a ActiveScorer> {
    let is_matched = |group: &Vec<usize>| match (&scorers[group[0]].filter, context) {
        (Some(filter), Some(context)) => loaded.matches(filter, context),
        _ => true,
    };
    let matched = groups.into_iter().filter(is_matched).flatten();
    matched.map(|position| &scorers[position]).collect()
}
