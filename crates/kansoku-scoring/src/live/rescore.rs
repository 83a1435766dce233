//! Scorers that assess chosen traces again, because somebody asks for it.
use std::sync::Arc;

use kansoku_model::{ExperimentId, ScorerVersion, TraceId, TraceInfo};
use kansoku_store::{JobId, NewJob, StoreError};

use super::job_request::{JobRequest, delete_replaced};
use super::load::LoadedTrace;
use super::session::{Session, session_of};
use super::trace_tasks::run_checks;
use super::{LiveScoring, scorer_job};
use crate::Scorer;
use crate::judges::metadata::SCORER_NAME;

impl LiveScoring {
    /// Runs the latest version of a scorer on traces, or on their sessions, even if it is stopped. Its
    /// feedback replaces the former one. Returns the number of traces and sessions that it assesses;
    /// checks have done so then.
    pub async fn rescore(
        &self,
        experiment: ExperimentId,
        scorer: &str,
        traces: &[TraceId],
    ) -> Result<usize, StoreError> {
        let version = self.meta.scorer(experiment, scorer, None).await?;
        let Some(scorer) = self.compiled.get(&version) else { return Ok(0) };
        let (now, request) = (self.clock.now(), JobRequest::again(self.clock.now()));
        let mut jobs: Vec<NewJob> = Vec::new();
        let mut count = 0;
        for info in self.traces.infos(traces).await? {
            let trace = &info.trace_id;
            let request = request.clone();
            let job = match &*scorer {
                Scorer::Check(_) => {
                    let checks = vec![(version.clone(), scorer.clone())];
                    assess_with_checks(self, trace, checks, &request).await?;
                    count += 1;
                    continue;
                }
                Scorer::Judge(judge) if judge.is_session_level() => {
                    let Some(id) = session_of(&info) else { continue };
                    let session = Session::find(&*self.traces, experiment, id).await?;
                    let Some(session) = session else { continue };
                    scorer_job::of_session(&version, &session, request, now)
                }
                Scorer::Judge(_) | Scorer::Python => {
                    scorer_job::of_trace(&scorer, &version, trace, request, now)
                }
            };
            let id = JobId::from_key(&format!("again at {} {}", now.0, job.id));
            jobs.push(NewJob { id, ..job });
        }
        count += jobs.len();
        self.jobs.add_jobs(jobs).await?;
        Ok(count)
    }
}

/// Whether a scorer, in any version, gave feedback on the trace.
pub(super) fn has_feedback_of(trace: &TraceInfo, scorer: &str) -> bool {
    let is_by_scorer = |name: Option<&String>| name.is_some_and(|name| name == scorer);
    trace.assessments.iter().any(|it| is_by_scorer(it.metadata.get(SCORER_NAME)))
}

/// Runs checks on a trace, and stores their assessments; returns their number.
pub(super) async fn assess_with_checks(
    live: &LiveScoring,
    trace: &TraceId,
    checks: Vec<(ScorerVersion, Arc<Scorer>)>,
    request: &JobRequest,
) -> Result<u64, StoreError> {
    let Some(loaded) = LoadedTrace::load(&*live.traces, trace).await? else { return Ok(0) };
    let (now, request) = (live.clock.now(), request.clone());
    let work = tokio::task::spawn_blocking(move || {
        let stored = loaded.info().assessments.clone();
        let checks = checks.iter().filter_map(|(version, scorer)| Some((version, scorer.check()?)));
        let given = run_checks(loaded, &checks.collect::<Vec<_>>(), now)?;
        let replaced = given.iter().map(|it| request.replaced(&stored, &it.assessment_name, None));
        let replaced = replaced.flatten().collect();
        Ok::<_, StoreError>((given, replaced))
    });
    let panicked = |panicked| StoreError::backend("run checks", panicked);
    let (given, replaced) = work.await.map_err(panicked)??;
    let count = given.len() as u64;
    delete_replaced(live, trace, replaced).await?;
    live.traces.create_missing_assessments(given).await?;
    Ok(count)
}
