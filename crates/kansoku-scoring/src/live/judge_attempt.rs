//! One attempt of a judge.
use std::sync::Arc;
use std::time::Duration;

use kansoku_model::{Assessment, DurationMs, ScorerVersion, TraceId};
use kansoku_store::core::retry::next_attempt;
use kansoku_store::{Job, JobOutcome, StoreError};

use super::assessment::{AssessmentSubject, AssessmentTarget};
use super::budget::SkippedJudge;
use super::call_slot::{CallResult, CallSlot};
use super::failures::FailedJob;
use super::job_request::{delete_outdated, delete_replaced};
use super::job_scorers::{JobScorer, JobScorers};
use super::judge_material::StoredMaterial;
use super::judge_trace::{self, JudgeRun, StartTime};
use super::scorer_job::ScorerJob;
use super::{LiveScoring, budget, report};
use crate::judges::JudgeOutcome;
use crate::judges::metadata::SCORER_ERROR;
use crate::models::{ModelClient, ModelError};
use crate::{Scorer, ScorerFeedback};

/// The pause before an assessment that could not be stored is stored again.
const STORE_PAUSE: Duration = Duration::from_secs(1);
/// How often that is tried: the answer of a model is paid for.
const STORE_ATTEMPTS_MAX: usize = 300;

pub(super) struct Attempt {
    job: Job,
    judge_job: ScorerJob,
    version: Arc<ScorerVersion>,
    has_budget: bool,
    scorer: Arc<Scorer>,
    pub(super) client: Arc<ModelClient>,
    /// The model's URI, which names its gate.
    pub(super) model: String,
}

pub(super) enum Preparation {
    Ready(Box<Attempt>),
    /// There is nothing to ask.
    Settled(JobOutcome),
}

impl Attempt {
    pub(super) async fn prepare(
        live: &LiveScoring,
        job: Job,
        scorers: &mut JobScorers,
    ) -> Result<Preparation, StoreError> {
        let obsolete = Ok(Preparation::Settled(JobOutcome::Obsolete));
        let Ok(judge_job) = serde_json::from_str::<ScorerJob>(&job.payload) else {
            return obsolete;
        };
        let Some(JobScorer { version, has_budget }) = scorers.find(live, &judge_job).await? else {
            return obsolete;
        };
        let Some(scorer) = live.compiled.get(&version) else { return obsolete };
        let Scorer::Judge(judge) = &*scorer else { return obsolete };
        let (model, client) = match live.models.of_judge(judge) {
            Ok(found) => found,
            Err(message) => {
                give_up(live, &job, &judge_job, &version, message).await?;
                return obsolete;
            }
        };
        let attempt = Self { job, judge_job, version, has_budget, scorer, client, model };
        Ok(Preparation::Ready(Box::new(attempt)))
    }

    /// Whether live traces go first.
    pub(super) fn is_backfill(&self) -> bool {
        self.judge_job.request.backfill.is_some()
    }

    /// Asks the judge, and stores its assessments.
    pub(super) async fn run(self, live: &LiveScoring, slot: CallSlot) {
        let outcome = match self.judge(live, slot).await {
            Ok(outcome) => outcome,
            Err(error) => {
                report("read what a judge is to assess", &error);
                self.retry(live, None, error.to_string())
            }
        };
        let is_last = !matches!(outcome, JobOutcome::Retry { .. });
        match live.jobs.settle_job(&self.job.id, outcome).await {
            Ok(()) if is_last => live.answers.forget(&self.job.id),
            Ok(()) => {}
            // Its lease ends, and its stored assessment is found.
            Err(error) => report("store that a judge ended", &error),
        }
    }

    async fn judge(&self, live: &LiveScoring, slot: CallSlot) -> Result<JobOutcome, StoreError> {
        let nothing = Ok(JobOutcome::Obsolete);
        let Scorer::Judge(judge) = &*self.scorer else { return nothing };
        if self.has_budget && budget::is_used_up(live, &self.version).await? {
            if self.is_backfill() {
                return Ok(budget::retry_tomorrow(live));
            }
            budget::count_skipped(live, vec![SkippedJudge::new(&self.version)]).await;
            return nothing;
        }
        let stored = StoredMaterial::find(live, &self.judge_job).await?;
        let Some(stored) = stored else { return nothing };
        let target = stored.target.clone();
        let request = &self.judge_job.request;
        if stored.is_judged_by(&self.version, request) {
            delete_outdated(live, &target, &self.version).await?;
            return nothing;
        }
        let replaced = stored.replaced(&self.version, request);
        let material = stored.load(live).await?;
        let input = material.input();
        if judge_trace::is_of_judge(input) {
            return nothing;
        }
        let (job, version, client) = (&self.job, &self.version, &*self.client);
        let answers = live.answers.of_job(&job.id, live.clock.now());
        let start = StartTime::now(&*live.clock);
        let outcome = judge.score_again(client, input, &answers).await;
        let failure = outcome.model_error.as_ref().filter(|error| error.is_worth_retrying());
        let retry_after = failure
            .and_then(ModelError::retry_after)
            .map(|pause| DurationMs(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX)));
        slot.give_back(match failure {
            Some(_) => CallResult::Failed { retry_after },
            None => CallResult::Answered,
        });
        let cost = live.models.cost(client, outcome.new_usage(), live.clock.now());
        let count_usage = budget::count_usage(live, version, &outcome, cost);
        let run = JudgeRun { job, version, client, input, start };
        let judge_trace = judge_trace::create(live, &run, &outcome).await;
        let judge_trace_id = judge_trace.as_ref().map(|trace| trace.id.clone());
        let store_call = async {
            tokio::join!(count_usage, judge_trace::store(live, judge_trace));
        };
        if let Some(error) = failure
            && let retry @ JobOutcome::Retry { .. } =
                self.retry(live, retry_after, error.to_string())
        {
            store_call.await;
            return Ok(retry);
        }
        if let Some(reason) = failure_reason(&outcome) {
            FailedJob::of_judge(job, version, &target).keep(live, &reason).await?;
        }
        delete_replaced(live, target.trace_id(), replaced).await?;
        let assessments = self.assessments(live, &target, outcome, judge_trace_id);
        // All is written at once, so that nothing waits for the other.
        let ((), stored) = tokio::join!(store_call, store(live, assessments));
        stored?;
        delete_outdated(live, &target, version).await?;
        Ok(JobOutcome::Obsolete)
    }

    fn assessments(
        &self,
        live: &LiveScoring,
        target: &AssessmentTarget,
        outcome: JudgeOutcome,
        judge_trace: Option<TraceId>,
    ) -> Vec<Assessment> {
        let subject = AssessmentSubject { target, version: &self.version, now: live.clock.now() };
        let feedbacks = outcome.feedbacks.into_iter().enumerate();
        let link = judge_trace.map(|id| (Assessment::SCORER_TRACE_KEY.to_owned(), id.to_string()));
        let assessments = feedbacks.map(|(number, mut judged)| {
            let cost = live.models.cost(&self.client, judged.usage, subject.now);
            judged.feedback.metadata.extend(link.clone());
            subject.assessment_of_judge(number, judged, &self.model, cost)
        });
        assessments.collect()
    }

    /// The outcome of an attempt that may be repeated.
    fn retry(
        &self,
        live: &LiveScoring,
        retry_after: Option<DurationMs>,
        result: String,
    ) -> JobOutcome {
        let Job { created, attempts, .. } = &self.job;
        let now = live.clock.now();
        match next_attempt(*created, *attempts, now, retry_after, rand::random()) {
            Some(at) => JobOutcome::Retry { at, result },
            None => JobOutcome::Failed { result },
        }
    }
}

/// Stores that a judge cannot judge a trace or a session.
async fn give_up(
    live: &LiveScoring,
    job: &Job,
    judge_job: &ScorerJob,
    version: &ScorerVersion,
    reason: String,
) -> Result<(), StoreError> {
    let Some(stored) = StoredMaterial::find(live, judge_job).await? else { return Ok(()) };
    if stored.is_judged_by(version, &judge_job.request) {
        return Ok(());
    }
    let replaced = stored.replaced(version, &judge_job.request);
    let target = &stored.target;
    FailedJob::of_judge(job, version, target).keep(live, &reason).await?;
    delete_replaced(live, target.trace_id(), replaced).await?;
    let subject = AssessmentSubject { target, version, now: live.clock.now() };
    let failed = ScorerFeedback::failed(SCORER_ERROR, reason);
    store(live, vec![subject.assessment(0, failed, subject.judge_source(None))]).await
}

/// The reason why a judge did not judge.
fn failure_reason(outcome: &JudgeOutcome) -> Option<String> {
    if let Some(error) = &outcome.model_error {
        return Some(error.to_string());
    }
    let error = outcome.feedbacks.iter().find_map(|it| it.feedback.error.as_ref())?;
    Some(error.error_message.clone().unwrap_or_else(|| "the judge failed".to_owned()))
}

async fn store(live: &LiveScoring, assessments: Vec<Assessment>) -> Result<(), StoreError> {
    for _ in 1..STORE_ATTEMPTS_MAX {
        match live.traces.create_missing_assessments(assessments.clone()).await {
            Ok(()) => return Ok(()),
            Err(error) => report("store the assessment of a judge", &error),
        }
        tokio::time::sleep(STORE_PAUSE).await;
    }
    live.traces.create_missing_assessments(assessments).await
}
