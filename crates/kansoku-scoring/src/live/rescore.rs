//! Scorers that assess chosen traces again, because somebody asks for it.
use std::sync::Arc;

use kansoku_model::{ExperimentId, ScorerVersion, TraceId, TraceInfo};
use kansoku_store::{JobId, NewJob, StoreError};

use super::LiveScoring;
use super::assessment::{AssessmentSubject, AssessmentTarget};
use super::job_request::{JobRequest, delete_replaced};
use super::judge_job::JudgeJob;
use super::load::LoadedTrace;
use super::python_job::python_job;
use super::session::{Session, session_of};
use crate::judges::metadata::SCORER_NAME;
use crate::{ScoredTrace, Scorer};

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
                Scorer::Python => python_job(trace, &version, request, now),
                Scorer::Judge(judge) if judge.is_session_level() => {
                    let Some(id) = session_of(&info) else { continue };
                    let session = Session::find(&*self.traces, experiment, id).await?;
                    let Some(session) = session else { continue };
                    let job = JudgeJob::of_session(&session, &version).requested(request);
                    job.to_job(&version.scorer_id, now)
                }
                Scorer::Judge(_) => {
                    let job = JudgeJob::of_trace(trace, &version).requested(request);
                    job.to_job(&version.scorer_id, now)
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
    // Content is decoded and searched, which may take long.
    let work = tokio::task::spawn_blocking(move || {
        let target = AssessmentTarget::trace(&loaded);
        let stored = loaded.info().assessments.clone();
        let decode = |error| StoreError::backend("decode a trace", error);
        let trace: ScoredTrace = loaded.decode().map_err(decode)?;
        let (mut given, mut replaced) = (Vec::new(), Vec::new());
        for (version, scorer) in &checks {
            let Some(feedback) = scorer.check().and_then(|check| check.score(&trace)) else {
                continue;
            };
            replaced.extend(request.replaced(&stored, &version.name, None));
            let subject = AssessmentSubject { target: &target, version, now };
            given.push(subject.assessment_of_check(feedback));
        }
        Ok::<_, StoreError>((given, replaced))
    });
    let panicked = |panicked| StoreError::backend("run checks", panicked);
    let (given, replaced) = work.await.map_err(panicked)??;
    let count = given.len() as u64;
    delete_replaced(live, trace, replaced).await?;
    live.traces.create_missing_assessments(given).await?;
    Ok(count)
}
