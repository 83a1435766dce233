//! The answers of workers to the jobs of Python scorers.
use std::collections::BTreeMap;

use kansoku_model::{Assessment, AssessmentSource, AssessmentValue, FeedbackError, TimestampMs};
use kansoku_store::{JobId, JobOutcome, StoreError};
use serde_json::Value;

use super::LiveScoring;
use super::assessment::assessment_id;
use super::failures::FailedJob;
use super::job_request::delete_replaced;
use super::python_job::PythonJob;
use crate::judges::metadata::{SCORER_ERROR, SCORER_NAME, SCORER_VERSION};

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
        delete_replaced(self, &job.trace, job.replaced.clone()).await?;
        let feedback = feedback.into_iter().enumerate();
        let assessments = feedback.map(|(number, given)| job.assessment(number, given, now));
        self.traces.create_missing_assessments(assessments.collect()).await?;
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
        let Self { version, trace, root, .. } = self;
        let source = match given.source.source_type.as_str() {
            "CODE" | "LLM_JUDGE" => given.source,
            _ => self.source(),
        };
        let mut metadata = given.metadata;
        metadata.insert(SCORER_NAME.to_owned(), version.name.clone());
        metadata.insert(SCORER_VERSION.to_owned(), version.version.to_string());
        Assessment {
            assessment_id: assessment_id(trace, version, number),
            trace_id: trace.clone(),
            span_id: root.map(|span| span.to_string()),
            source,
            create_time: now,
            last_update_time: now,
            metadata,
            overrides: None,
            valid: true,
            ..given
        }
    }

    fn failed(&self) -> FailedJob<'_> {
        let Self { id, attempts, version, trace, .. } = self;
        FailedJob { id, attempts: *attempts, version, trace, session: None }
    }

    /// Feedback that says why the scorer did not run.
    pub(super) fn failure(&self, message: String) -> Assessment {
        let error = FeedbackError {
            error_code: Some(SCORER_ERROR.to_owned()),
            error_message: Some(message),
            stack_trace: None,
        };
        Assessment {
            assessment_id: assessment_id(&self.trace, &self.version, 0),
            assessment_name: self.version.name.clone(),
            trace_id: self.trace.clone(),
            span_id: None,
            source: self.source(),
            create_time: TimestampMs(0),
            last_update_time: TimestampMs(0),
            value: AssessmentValue::Feedback { value: Value::Null, error: Some(error) },
            rationale: None,
            metadata: BTreeMap::new(),
            overrides: None,
            valid: true,
        }
    }

    fn source(&self) -> AssessmentSource {
        let source_id = Some(self.version.name.clone());
        AssessmentSource { source_type: "CODE".to_owned(), source_id }
    }
}

fn error_message(given: &Assessment) -> Option<&str> {
    let AssessmentValue::Feedback { error: Some(error), .. } = &given.value else { return None };
    Some(error.error_message.as_deref().unwrap_or("the scorer failed"))
}
