//! The answers of workers to the jobs of Python scorers.
use kansoku_model::{Assessment, AssessmentValue, TimestampMs};
use kansoku_store::{JobId, JobOutcome, StoreError};
use serde_json::Value;

use super::LiveScoring;
use super::assessment::AssessmentSubject;
use super::failures::FailedJob;
use super::job_request::{delete_outdated, delete_replaced};
use super::python_job::PythonJob;
use crate::ScorerFeedback;
use crate::judges::metadata::SCORER_ERROR;

impl LiveScoring {
    /// Stores the feedback of a leased job. Returns whether it was still leased.
    pub async fn answer_python_job(
        &self,
        id: &JobId,
        feedback: Vec<Assessment>,
    ) -> Result<bool, StoreError> {
        let Some(job) = self.leased_python_job(id) else { return Ok(false) };
        self.store_python_answer(&job, feedback).await?;
        self.python.remove(id);
        Ok(true)
    }

    pub(super) async fn store_python_answer(
        &self,
        job: &PythonJob,
        feedback: Vec<Assessment>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        if let Some(reason) = feedback.iter().find_map(error_message) {
            job.failed().keep(self, reason).await?;
        }
        delete_replaced(self, job.trace_id(), job.replaced.clone()).await?;
        let feedback = feedback.into_iter().enumerate();
        let assessments = feedback.map(|(number, given)| job.assessment(number, given, now));
        self.traces.create_missing_assessments(assessments.collect()).await?;
        delete_outdated(self, &job.target, &job.version).await?;
        self.jobs.settle_job(&job.id, JobOutcome::Obsolete).await
    }

    /// Makes a leased job due again. Returns whether it was still leased.
    pub async fn give_back_python_job(&self, id: &JobId) -> Result<bool, StoreError> {
        if self.leased_python_job(id).is_none() {
            return Ok(false);
        }
        let outcome = JobOutcome::Retry { at: self.clock.now(), result: "given back".to_owned() };
        self.jobs.settle_job(id, outcome).await?;
        self.python.remove(id);
        Ok(true)
    }
}

impl PythonJob {
    /// The assessment to store for one that a worker answered with. Only its name, value and reason
    /// are the scorer's to choose: a person's feedback is not given by code.
    fn assessment(&self, number: usize, given: Assessment, now: TimestampMs) -> Assessment {
        let subject = self.subject(now);
        let source = match given.source.source_type.as_str() {
            "CODE" | "LLM_JUDGE" => given.source,
            _ => subject.code_source(),
        };
        let Assessment { assessment_name, value, rationale, metadata, .. } = given;
        let feedback = ScorerFeedback { value: Value::Null, rationale, error: None, metadata };
        let assessment = subject.assessment(number, feedback, source);
        Assessment { assessment_name, value, ..assessment }
    }

    fn subject(&self, now: TimestampMs) -> AssessmentSubject<'_> {
        AssessmentSubject { target: &self.target, version: &self.version, now }
    }

    fn failed(&self) -> FailedJob<'_> {
        let Self { id, attempts, version, .. } = self;
        let (trace, session) = (self.trace_id(), self.session_id());
        FailedJob { id, attempts: *attempts, version, trace, session }
    }

    /// Feedback that says why the scorer did not run.
    pub(super) fn failure(&self, message: String) -> Assessment {
        let subject = self.subject(TimestampMs(0));
        let failed = ScorerFeedback::failed(SCORER_ERROR, message);
        subject.assessment(0, failed, subject.code_source())
    }
}

fn error_message(given: &Assessment) -> Option<&str> {
    let AssessmentValue::Feedback { error: Some(error), .. } = &given.value else { return None };
    Some(error.error_message.as_deref().unwrap_or("the scorer failed"))
}
