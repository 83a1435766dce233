//! Decides which scorers of a backfill assess a trace, and runs its checks.
use std::sync::Arc;

use kansoku_model::{
    Backfill, BackfillScorer, ExperimentId, ScorerVersion, TraceInfo, metadata_key,
};
use kansoku_store::{JobId, NewJob, StoreError};

use super::assessment::assessment_id;
use super::backfill::{BACKFILL_JUDGEMENTS, BACKFILL_PYTHON_JOBS, backfill_subject};
use super::check_tasks::CheckTask;
use super::job_request::JobRequest;
use super::rescore;
use super::sampling::{Candidate, sample};
use super::session::{Session, session_of};
use super::{LiveScoring, budget, scorer_job};
use crate::Scorer;

struct ScorerInBackfill<'a> {
    planned: &'a BackfillScorer,
    version: ScorerVersion,
    scorer: Arc<Scorer>,
}

/// The scorers of a backfill that still exist and can be run.
pub(super) struct BackfillScorers<'a>(Vec<ScorerInBackfill<'a>>);

impl<'a> BackfillScorers<'a> {
    pub(super) async fn load(
        live: &LiveScoring,
        backfill: &'a Backfill,
    ) -> Result<Self, StoreError> {
        let mut scorers = Vec::new();
        for planned in &backfill.scorers {
            let BackfillScorer { name, version, .. } = planned;
            match live.meta.scorer(backfill.experiment_id, name, Some(*version)).await {
                Ok(version) => {
                    let scorer = live.compiled.get(&version);
                    scorers.extend(scorer.map(|scorer| ScorerInBackfill {
                        planned,
                        version,
                        scorer,
                    }));
                }
                Err(StoreError::ScorerNotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self(scorers))
    }

    /// Whether the budgets of today leave room for all judges.
    pub(super) async fn have_budget(
        &self,
        live: &LiveScoring,
        experiment: ExperimentId,
    ) -> Result<bool, StoreError> {
        let judges = self.0.iter().filter(|it| matches!(*it.scorer, Scorer::Judge(_)));
        let judges: Vec<_> = judges.map(|it| it.version.scorer_id.as_str()).collect();
        budget::has_room(live, experiment, &judges).await
    }

    /// Those that are sampled for a trace or session: MLflow's choice for their rates.
    fn sampled(&self, entity: &str, is_session: bool) -> Vec<&ScorerInBackfill<'a>> {
        let of_level = self.0.iter().filter(|it| it.scorer.is_session_level() == is_session);
        let of_level: Vec<_> = of_level.collect();
        let candidates = of_level
            .iter()
            .map(|it| Candidate { name: &it.version.name, sample_rate: it.planned.sample_rate });
        let candidates: Vec<_> = candidates.collect();
        sample(entity, &candidates).into_iter().map(|position| of_level[position]).collect()
    }

    fn have_sessions(&self) -> bool {
        self.0.iter().any(|it| it.scorer.is_session_level())
    }
}

/// The jobs that follow from the traces of a step.
pub(super) struct StepPlan<'a> {
    backfill: &'a Backfill,
    scorers: &'a BackfillScorers<'a>,
    pub(super) jobs: Vec<NewJob>,
    pub(super) checks: Vec<CheckTask>,
}

impl<'a> StepPlan<'a> {
    pub(super) fn new(backfill: &'a Backfill, scorers: &'a BackfillScorers<'a>) -> Self {
        Self { backfill, scorers, jobs: Vec::new(), checks: Vec::new() }
    }

    pub(super) async fn add(
        &mut self,
        live: &LiveScoring,
        trace: &TraceInfo,
    ) -> Result<(), StoreError> {
        // Evaluations score their own traces.
        if trace.metadata.contains_key(metadata_key::SOURCE_RUN) {
            return Ok(());
        }
        let mut checks = Vec::new();
        for chosen in self.scorers.sampled(trace.trace_id.as_str(), false) {
            let version = &chosen.version;
            let first = assessment_id(&trace.trace_id, version, 0);
            if trace.assessments.iter().any(|it| it.assessment_id == first)
                || self.backfill.only_former && !rescore::has_feedback_of(trace, &version.name)
            {
                continue;
            }
            let (request, now) = (JobRequest::of_backfill(self.backfill), live.clock.now());
            if chosen.scorer.check().is_some() {
                checks.push((version.clone(), chosen.scorer.clone()));
                continue;
            }
            let job = scorer_job::of_trace(&chosen.scorer, version, &trace.trace_id, request, now);
            self.add_job(job, chosen);
        }
        if !checks.is_empty() {
            self.checks.push(CheckTask { trace: trace.trace_id.clone(), checks });
        }
        if self.scorers.have_sessions() {
            self.add_session(live, trace).await?;
        }
        Ok(())
    }

    /// Adds the scorers of a session, if the trace is its first one.
    async fn add_session(
        &mut self,
        live: &LiveScoring,
        trace: &TraceInfo,
    ) -> Result<(), StoreError> {
        let Some(id) = session_of(trace) else { return Ok(()) };
        let sampled = self.scorers.sampled(id, true);
        let is_former =
            |name: &str| !self.backfill.only_former || rescore::has_feedback_of(trace, name);
        let sampled: Vec<_> =
            sampled.into_iter().filter(|it| is_former(&it.version.name)).collect();
        if sampled.is_empty() {
            return Ok(());
        }
        let place = live.traces.session_place(&trace.trace_id).await?;
        if place.is_none_or(|place| place.turn != 1) {
            return Ok(());
        }
        let found = Session::find(&*live.traces, self.backfill.experiment_id, id).await?;
        let Some(session) = found else { return Ok(()) };
        for chosen in sampled {
            let (scorer, version) = (&chosen.scorer, &chosen.version);
            let (request, now) = (JobRequest::of_backfill(self.backfill), live.clock.now());
            let job = scorer_job::of_session(scorer, version, &session, request, now);
            self.add_job(job, chosen);
        }
        Ok(())
    }

    fn add_job(&mut self, job: NewJob, scorer: &ScorerInBackfill<'_>) {
        let id = &self.backfill.backfill_id;
        let queue = match *scorer.scorer {
            Scorer::Python { .. } => BACKFILL_PYTHON_JOBS,
            Scorer::Check(_) | Scorer::Judge(_) => BACKFILL_JUDGEMENTS,
        };
        self.jobs.push(NewJob {
            id: JobId::from_key(&format!("backfill {id} {}", job.id)),
            queue: queue.to_owned(),
            subject: backfill_subject(id, &scorer.version.scorer_id),
            ..job
        });
    }
}
