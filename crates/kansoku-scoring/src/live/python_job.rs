//! The jobs of Python scorers. The server runs no Python: a worker leases a job, and answers with
//! feedback, which is stored once, however often the job is leased.
use kansoku_filter::eval::root_of;
use kansoku_model::{AssessmentId, DurationMs, ScorerVersion, TimestampMs, TraceId};
use kansoku_store::{Job, JobId, JobOrder, JobOutcome, JobSource, StoreError};

use super::assessment::AssessmentTarget;
use super::backfill::{self, BACKFILL_PYTHON_JOBS};
use super::job_request::delete_outdated;
use super::scorer_job::ScorerJob;
use super::session::Session;
use super::{LiveScoring, active_version};

/// The queue of Python scorers that are to run; their subjects are the ids of scorers.
pub const PYTHON_JOBS: &str = "scoring.python";

/// Larger traces are not given to workers, nor more traces of a session.
const TRACE_BYTES_MAX: u64 = 16 << 20;
/// How often a job is leased, in case that it takes its worker with it.
const LEASES_MAX: u32 = 5;
/// The number of outdated jobs that one request for a job removes.
const OUTDATED_MAX: usize = 1_000;

/// A Python scorer assesses a trace or a session, for the worker that leased this.
#[derive(Clone, Debug)]
pub struct PythonJob {
    pub id: JobId,
    pub version: ScorerVersion,
    /// The trace, or the latest ones of the session, oldest first.
    pub traces: Vec<TraceId>,
    /// When the lease ends, and the job goes to another worker.
    pub until: TimestampMs,
    pub(super) target: AssessmentTarget,
    /// How often it was leased.
    pub(super) attempts: u32,
    /// The assessments that the answer replaces.
    pub(super) replaced: Vec<AssessmentId>,
}

impl PythonJob {
    /// The trace that gets the feedback, which is the first one of a session.
    pub fn trace_id(&self) -> &TraceId {
        self.target.trace_id()
    }

    /// The session that is assessed as a whole.
    pub fn session_id(&self) -> Option<&str> {
        self.target.session_id()
    }
}

impl LiveScoring {
    /// Leases the newest job for `lease`, but none of the scorers `except`; `None` if none is due.
    pub async fn lease_python_job(
        &self,
        lease: DurationMs,
        except: Vec<String>,
    ) -> Result<Option<PythonJob>, StoreError> {
        if !self.python.admit(self.clock.now()) {
            return Ok(None);
        }
        for _ in 0..OUTDATED_MAX {
            let Some(job) = self.take_python_job(lease, &except).await? else { return Ok(None) };
            let until = TimestampMs(self.clock.now().0.saturating_add(lease.0));
            if let Some(leased) = self.prepare_python_job(&job, until).await? {
                self.python.insert(leased.clone());
                return Ok(Some(leased));
            }
        }
        Ok(None)
    }

    /// Takes a job of a live trace, or else of a backfill.
    async fn take_python_job(
        &self,
        lease: DurationMs,
        except: &[String],
    ) -> Result<Option<Job>, StoreError> {
        let live = JobSource {
            queue: PYTHON_JOBS.to_owned(),
            except_subjects: except.to_vec(),
            order: JobOrder::NewestDue,
        };
        if let Some(job) = self.jobs.take_job(&live, lease).await? {
            return Ok(Some(job));
        }
        match backfill::source(self, BACKFILL_PYTHON_JOBS, except).await? {
            Some(backfills) => self.jobs.take_job(&backfills, lease).await,
            None => Ok(None),
        }
    }

    /// The job for a worker; `None` if it is settled, because there is nothing to run.
    async fn prepare_python_job(
        &self,
        job: &Job,
        until: TimestampMs,
    ) -> Result<Option<PythonJob>, StoreError> {
        let Some(leased) = self.read_python_job(job, until).await? else {
            self.jobs.settle_job(&job.id, JobOutcome::Obsolete).await?;
            return Ok(None);
        };
        let bytes = self.traces.span_bytes(&leased.traces).await?;
        let problem = if TRACE_BYTES_MAX < bytes {
            let mib = TRACE_BYTES_MAX >> 20;
            format!("the trace has more than {mib} MiB of spans, too many for a Python scorer")
        } else if LEASES_MAX < job.attempts {
            format!("{LEASES_MAX} workers took this job, and none answered")
        } else {
            return Ok(Some(leased));
        };
        let failed = leased.failure(problem);
        self.store_python_answer(&leased, vec![failed]).await?;
        Ok(None)
    }

    async fn read_python_job(
        &self,
        job: &Job,
        until: TimestampMs,
    ) -> Result<Option<PythonJob>, StoreError> {
        let Ok(payload) = serde_json::from_str::<ScorerJob>(&job.payload) else { return Ok(None) };
        let experiment = payload.experiment();
        let ScorerJob { scorer, version, trace, session, request, .. } = payload;
        let version = active_version::find(self, experiment, &scorer, version, &request).await?;
        let Some(version) = version else { return Ok(None) };
        let session = match session {
            None => None,
            Some(session) => match Session::find(&*self.traces, experiment, &session.id).await? {
                None => return Ok(None),
                found => found,
            },
        };
        let trace = session.as_ref().map_or(trace, |session| session.first.clone());
        let info = match self.traces.info(&trace).await {
            Ok(info) => info,
            Err(StoreError::TraceNotFound(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let root = root_of(&self.traces.span_rows(&trace).await?).map(|root| root.span_id);
        let mut target = AssessmentTarget::new(trace.clone(), root);
        let mut traces = vec![trace];
        if let Some(session) = &session {
            target = target.with_session(session);
            traces = session.latest_within(&*self.traces, TRACE_BYTES_MAX).await?;
        }
        if request.is_done(&info.assessments, &target.assessment_id(&version, 0)) {
            delete_outdated(self, &target, &version).await?;
            return Ok(None);
        }
        let replaced = request.replaced(&info.assessments, &version.name, target.session_id());
        let (id, attempts) = (job.id.clone(), job.attempts);
        Ok(Some(PythonJob { id, version, traces, until, target, attempts, replaced }))
    }

    /// A job that is leased; `None` if its lease has ended.
    pub fn leased_python_job(&self, id: &JobId) -> Option<PythonJob> {
        self.python.get(id, self.clock.now())
    }

    /// Whether a worker is connected.
    pub fn has_python_worker(&self) -> bool {
        self.python.has_worker(self.clock.now())
    }
}
