//! Scorers that assess chosen traces again, because somebody asks for it.
use kansoku_model::{ExperimentId, TraceId, TraceInfo};
use kansoku_store::{JobId, NewJob, StoreError};

use super::check_tasks::{self, CheckTask};
use super::job_request::JobRequest;
use super::session::{Session, session_of};
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
        let (mut jobs, mut checked) = (Vec::new(), Vec::new());
        for info in self.traces.infos(traces).await? {
            let trace = &info.trace_id;
            let request = request.clone();
            let job = match &*scorer {
                Scorer::Check(_) => {
                    let checks = vec![(version.clone(), scorer.clone())];
                    checked.push(CheckTask { trace: trace.clone(), checks });
                    continue;
                }
                scorer if scorer.is_session_level() => {
                    let Some(id) = session_of(&info) else { continue };
                    let session = Session::find(&*self.traces, experiment, id).await?;
                    let Some(session) = session else { continue };
                    scorer_job::of_session(scorer, &version, &session, request, now)
                }
                scorer => scorer_job::of_trace(scorer, &version, trace, request, now),
            };
            let id = JobId::from_key(&format!("again at {} {}", now.0, job.id));
            jobs.push(NewJob { id, ..job });
        }
        let count = jobs.len() + checked.len();
        self.jobs.add_jobs(jobs).await?;
        check_tasks::run(self, checked, &request).await?;
        Ok(count)
    }
}

/// Whether a scorer, in any version, gave feedback on the trace.
pub(super) fn has_feedback_of(trace: &TraceInfo, scorer: &str) -> bool {
    let is_by_scorer = |name: Option<&String>| name.is_some_and(|name| name == scorer);
    trace.assessments.iter().any(|it| is_by_scorer(it.metadata.get(SCORER_NAME)))
}
