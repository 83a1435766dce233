//! Takes deliveries from the queue of jobs, sends them, and stores their outcomes.
//!
//! A delivery is sent at least once: if the process ends between the response and the commit of the
//! result, it is sent again with the same id.
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use kansoku_mlflow::webhook::{delivery_body, example_data};
use kansoku_model::{
    AlertRuleId, Clock, Coded as _, DurationMs, ErrorCode, StoredSecret, TimestampMs, Webhook,
    WebhookEvent, WebhookId, WebhookSecret, WebhookStatus,
};
use kansoku_store::core::alerts::slack_event;
use kansoku_store::core::retry::next_attempt;
use kansoku_store::core::webhooks::DeliveryResult;
use kansoku_store::{
    AlertNotification, Job, JobId, JobOutcome, JobQueue, MetaStore, StoreError, TraceStore,
    WebhookEdit, WebhookQuery, WebhookUpdate, WhichWebhooks,
};
use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::client::{SendError, WebhookClient, WebhookResponse};
use crate::retry::{is_worth_retrying, parse_retry_after};
use crate::secrets::{SecretCipher, is_encrypted};
use crate::sending::Sending;
use crate::{payload, signature, slack};

/// How long a delivery is not taken again: longer than a request may take.
const LEASE: DurationMs = DurationMs(120_000);
/// The number of attempts, by outcome.
const ATTEMPTS: &str = "kansoku_webhook_attempts_total";
/// The largest body that is sent, in bytes.
const BODY_BYTES_MAX: usize = 1 << 20;
/// How much of the response to a test is shown, in bytes.
const TEST_RESPONSE_BYTES_MAX: usize = 16 << 10;
/// The longest error that is stored, in characters.
const ERROR_LENGTH_MAX: usize = 500;
/// The pause after an error of the store.
const STORE_PAUSE: Duration = Duration::from_secs(1);
/// The longest sleep, after which the clock is read again.
const SLEEP_MAX: Duration = Duration::from_secs(600);
/// How long requests may take to end when the server stops.
const STOP_MAX: Duration = Duration::from_secs(5);

pub struct Deliveries {
    pub traces: Arc<dyn TraceStore>,
    pub webhooks: Arc<dyn MetaStore>,
    pub jobs: Arc<dyn JobQueue>,
    pub client: Arc<WebhookClient>,
    pub secrets: SecretCipher,
    pub clock: Arc<dyn Clock>,
}

/// The response to an example, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestOutcome {
    pub status: Option<u16>,
    pub body: String,
    pub error: Option<String>,
}

/// The reason for the next turn of the loop, beside new jobs and the end of a request.
enum Wait {
    /// All places are taken.
    ForPlace,
    Until(TimestampMs),
    Pause(Duration),
    Forever,
}

impl Deliveries {
    /// Encrypts the secrets that an older version stored. Must not run while webhooks change.
    pub async fn encrypt_old_secrets(&self) {
        if let Err(error) = self.try_encrypt_old_secrets().await {
            tracing::warn!(
                error = &*error,
                "could not encrypt the secrets of webhooks that an older version stored; the next \
                 start tries it again"
            );
        }
    }

    async fn try_encrypt_old_secrets(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let query =
            WebhookQuery { which: WhichWebhooks::All, offset: 0, max_results: Webhook::COUNT_MAX };
        for Webhook { webhook_id: id, .. } in self.webhooks.webhooks(query).await?.0 {
            let stored = self.webhooks.webhook_secret(&id).await?;
            if let Some(stored) = stored.filter(|stored| !is_encrypted(stored)) {
                let secret = Some(self.secrets.encrypt(WebhookSecret(stored.0)).await?);
                let update = WebhookUpdate { secret, ..WebhookUpdate::default() };
                self.webhooks.edit_webhook(&id, WebhookEdit::Update(update)).await?;
            }
        }
        Ok(())
    }

    /// Sends deliveries as they become due, until `stop` is cancelled. Sleeps while there are none.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut added = self.jobs.jobs_added();
        let mut sending = Sending::default();
        while !stop.is_cancelled() {
            added.borrow_and_update();
            let wait = self.start_due(&mut sending).await;
            tokio::select! {
                () = stop.cancelled() => break,
                changed = added.changed(), if !matches!(wait, Wait::ForPlace) => {
                    if changed.is_err() {
                        break;
                    }
                }
                () = sending.ended() => {}
                () = self.pause(&wait) => {}
            }
        }
        // A delivery that does not end in time is sent again after the next start.
        let _ = tokio::time::timeout(STOP_MAX, sending.all_ended()).await;
    }

    /// Sends everything that is due, one after the other; returns how many were sent.
    pub async fn send_due(&self) -> Result<usize, StoreError> {
        let (source, mut count) = (Sending::default().source(), 0);
        while let Some(job) = self.jobs.take_job(&source, LEASE).await? {
            self.deliver(job).await;
            count += 1;
        }
        Ok(count)
    }

    async fn pause(&self, wait: &Wait) {
        match wait {
            Wait::ForPlace | Wait::Forever => std::future::pending().await,
            Wait::Pause(pause) => tokio::time::sleep(*pause).await,
            Wait::Until(due) => {
                let pause = due.0.saturating_sub(self.clock.now().0).max(0).cast_unsigned();
                tokio::time::sleep(Duration::from_millis(pause).min(SLEEP_MAX)).await;
            }
        }
    }

    async fn start_due(self: &Arc<Self>, sending: &mut Sending) -> Wait {
        while !sending.is_full() {
            match self.next(sending).await {
                Ok(Ok(job)) => {
                    let (deliveries, subject) = (self.clone(), job.subject.clone());
                    sending.start(subject, async move { deliveries.deliver(job).await });
                }
                Ok(Err(wait)) => return wait,
                Err(error) => {
                    report("take a delivery of a webhook", &error);
                    return Wait::Pause(STORE_PAUSE);
                }
            }
        }
        Wait::ForPlace
    }

    /// The next job, or what to wait for.
    async fn next(&self, sending: &Sending) -> Result<Result<Job, Wait>, StoreError> {
        let source = sending.source();
        if let Some(job) = self.jobs.take_job(&source, LEASE).await? {
            return Ok(Ok(job));
        }
        let due = self.jobs.next_job_due(&source).await?;
        Ok(Err(due.map_or(Wait::Forever, Wait::Until)))
    }

    /// Makes one attempt, and stores its outcome.
    async fn deliver(&self, job: Job) {
        let outcome = match self.attempt(&job).await {
            Ok(outcome) => outcome,
            Err(error) => {
                report("read what a webhook is sent", &error);
                self.failed(&job, DeliveryResult::default(), true, None)
            }
        };
        if let Some(name) = outcome_name(&outcome) {
            metrics::counter!(ATTEMPTS, "outcome" => name).increment(1);
        }
        if let JobOutcome::Failed { result } = &outcome {
            tracing::warn!(
                webhook.id = job.subject,
                delivery.id = %job.id,
                attempts = job.attempts,
                "gave up the delivery `{}` of `{}` to the webhook `{}`: {result}",
                job.id, job.kind, job.subject
            );
        }
        if let Err(error) = self.jobs.settle_job(&job.id, outcome).await {
            // Its lease ends, and it is sent again.
            report("store the result of a delivery", &error);
        }
    }

    async fn attempt(&self, job: &Job) -> Result<JobOutcome, StoreError> {
        if let Some(event) = slack_event(&job.kind) {
            return self.attempt_slack(job, event).await;
        }
        let webhook = match self.webhooks.webhook(&WebhookId(job.subject.clone())).await {
            Ok(webhook) => webhook,
            Err(error) if error.code() == ErrorCode::ResourceDoesNotExist => {
                return Ok(JobOutcome::Obsolete);
            }
            Err(error) => return Err(error),
        };
        let Some(event) = WebhookEvent::from_text(&job.kind) else {
            return Ok(JobOutcome::Obsolete);
        };
        if webhook.status == WebhookStatus::Disabled {
            let result = error_result("the webhook was disabled before it was sent");
            return Ok(self.failed(job, result, false, None));
        }
        let Some(data) = payload::data(&*self.traces, event, &job.payload).await? else {
            return Ok(JobOutcome::Obsolete);
        };
        let body = bounded_body(event, job, &data);
        if BODY_BYTES_MAX < body.len() {
            let message =
                format!("its body has {} bytes, and at most {BODY_BYTES_MAX} are sent", body.len());
            return Ok(self.failed(job, error_result(&message), false, None));
        }
        Ok(self.outcome(job, self.post(&webhook, &job.id, body, 0).await?))
    }

    /// Tells the Slack webhook of an alert rule.
    async fn attempt_slack(
        &self,
        job: &Job,
        event: WebhookEvent,
    ) -> Result<JobOutcome, StoreError> {
        let data: Value = serde_json::from_str(&job.payload).unwrap_or_default();
        let experiment = data["experiment_id"].as_str().unwrap_or_default().parse();
        let Ok(experiment) = experiment else { return Ok(JobOutcome::Obsolete) };
        let rule = AlertRuleId(job.subject.clone());
        let url = match self.webhooks.alert_slack_url(experiment, &rule).await {
            Ok(Some(url)) => url,
            Ok(None) => return Ok(JobOutcome::Obsolete),
            Err(error) if error.code() == ErrorCode::ResourceDoesNotExist => {
                return Ok(JobOutcome::Obsolete);
            }
            Err(error) => return Err(error),
        };
        Ok(self.outcome(job, self.post_slack(url, slack::message(event, &data)).await))
    }

    async fn post_slack(
        &self,
        url: StoredSecret,
        body: String,
    ) -> Result<WebhookResponse, SendError> {
        let url = self.secrets.decrypt(url).await;
        let url = url.map_err(|error| SendError::Failed(error.to_string()))?;
        self.client.post(&url.0, HeaderMap::new(), body, 0).await
    }

    /// Sends a message to a Slack webhook, once and without a job.
    pub async fn test_slack(&self, url: StoredSecret, told: &AlertNotification) -> TestOutcome {
        match self.post_slack(url, slack::message(told.event, &told.data)).await {
            Ok(response) => TestOutcome { status: Some(response.status), ..TestOutcome::default() },
            Err(error) => test_failed(&error.to_string()),
        }
    }

    fn outcome(&self, job: &Job, sent: Result<WebhookResponse, SendError>) -> JobOutcome {
        match sent {
            Ok(response) => self.judge(job, &response),
            Err(SendError::Forbidden(why)) => {
                self.failed(job, error_result(&why.to_string()), false, None)
            }
            Err(SendError::Failed(why)) => self.failed(job, error_result(&why), true, None),
        }
    }

    async fn post(
        &self,
        webhook: &Webhook,
        id: &JobId,
        body: String,
        body_bytes_max: usize,
    ) -> Result<Result<WebhookResponse, SendError>, StoreError> {
        let stored = self.webhooks.webhook_secret(&webhook.webhook_id).await?;
        let secret = match stored {
            None => None,
            Some(stored) => match self.secrets.decrypt(stored).await {
                Ok(secret) => Some(secret),
                Err(error) => return Ok(Err(SendError::Failed(error.to_string()))),
            },
        };
        let headers = signature::headers(id, self.clock.now(), secret.as_ref(), &body);
        Ok(self.client.post(&webhook.url, headers, body, body_bytes_max).await)
    }

    fn judge(&self, job: &Job, response: &WebhookResponse) -> JobOutcome {
        let status = response.status;
        if (200..300).contains(&status) {
            let result = DeliveryResult { status: Some(status), error: None };
            return JobOutcome::Succeeded { result: result.to_text() };
        }
        let error = match status {
            300..400 => "the receiver redirects, which is not followed".to_owned(),
            _ => format!("the receiver answered {status}"),
        };
        let result = DeliveryResult { status: Some(status), error: Some(error) };
        let now = self.clock.now();
        let retry_after = response.retry_after.as_deref();
        let retry_after = retry_after.and_then(|text| parse_retry_after(text, now));
        self.failed(job, result, is_worth_retrying(status), retry_after)
    }

    fn failed(
        &self,
        job: &Job,
        result: DeliveryResult,
        may_be_retried: bool,
        retry_after: Option<DurationMs>,
    ) -> JobOutcome {
        let result = result.to_text();
        let now = self.clock.now();
        let next = next_attempt(job.created, job.attempts, now, retry_after, rand::random());
        match next.filter(|_| may_be_retried) {
            Some(at) => JobOutcome::Retry { at, result },
            None => JobOutcome::Failed { result },
        }
    }

    /// Sends an example of an event, once and without a job.
    pub async fn test(&self, webhook: &Webhook, event: WebhookEvent) -> TestOutcome {
        let body = delivery_body(event, self.clock.now(), &example_data(event));
        match self.post(webhook, &JobId::random(), body, TEST_RESPONSE_BYTES_MAX).await {
            Ok(Ok(response)) => {
                let status = Some(response.status);
                TestOutcome { status, body: response.body, error: None }
            }
            Ok(Err(error)) => test_failed(&error.to_string()),
            Err(error) => {
                report("read the secret of a webhook", &error);
                test_failed("the webhook could not be read")
            }
        }
    }
}

/// The body of a delivery. If a trace or assessment is too large, it is only named.
fn bounded_body(event: WebhookEvent, job: &Job, data: &Value) -> String {
    let body = delivery_body(event, job.created, data);
    if body.len() <= BODY_BYTES_MAX || event.is_mlflows() {
        return body;
    }
    let named: Value = serde_json::from_str(&job.payload).unwrap_or_default();
    delivery_body(event, job.created, &named)
}

/// The name of an outcome in metrics; `None` if nothing was to be sent.
fn outcome_name(outcome: &JobOutcome) -> Option<&'static str> {
    match outcome {
        JobOutcome::Succeeded { .. } => Some("succeeded"),
        JobOutcome::Retry { .. } => Some("retried"),
        JobOutcome::Failed { .. } => Some("failed"),
        JobOutcome::Obsolete => None,
    }
}

fn error_result(error: &str) -> DeliveryResult {
    DeliveryResult { status: None, error: Some(error.chars().take(ERROR_LENGTH_MAX).collect()) }
}

fn test_failed(why: &str) -> TestOutcome {
    TestOutcome { status: None, body: String::new(), error: Some(why.to_owned()) }
}

fn report(doing: &'static str, error: &StoreError) {
    match error.code() {
        // The store is busy or stopping, or its disk is full, which it logs itself.
        ErrorCode::ResourceExhausted | ErrorCode::TemporarilyUnavailable => {}
        _ => {
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, "could not {doing}; it is tried again");
        }
    }
}
