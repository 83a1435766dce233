//! A store with webhooks, and their deliveries.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use kansoku_model::{
    Clock, IS_PROMPT_TAG, StoredSecret, SystemClock, TimestampMs, WebhookEvent, WebhookId,
    WebhookSecret, WebhookStatus,
};
use kansoku_sqlite::{SqliteStore, StoreOptions};
use kansoku_store::core::webhooks::{DELIVERIES, DeliveryResult};
use kansoku_store::{
    Job, JobQuery, JobQueue as _, NewRegisteredModel, NewWebhook, RegisteredModelStore as _,
    WebhookStore as _,
};
use kansoku_webhooks::{Deliveries, SecretCipher, WebhookClient, WebhookRules};

pub(crate) const START_MS: i64 = 1_700_000_000_000;
/// The receivers of the tests are on this machine.
pub(crate) const HERE: WebhookRules = WebhookRules { allow_private: true, allow_http: true };

/// A clock that stands still until a test advances it.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> TimestampMs {
        TimestampMs(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) struct World {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) deliveries: Arc<Deliveries>,
    pub(crate) clock: TestClock,
    folder: tempfile::TempDir,
}

fn open(folder: &Path, clock: Arc<dyn Clock>) -> Arc<SqliteStore> {
    let options = StoreOptions { readers: 2, clock, ..StoreOptions::default() };
    Arc::new(SqliteStore::open(&folder.join("kansoku.db"), options).unwrap())
}

fn deliveries(
    store: &Arc<SqliteStore>,
    client: WebhookClient,
    folder: &Path,
    clock: Arc<dyn Clock>,
) -> Arc<Deliveries> {
    Arc::new(Deliveries {
        traces: store.clone(),
        webhooks: store.clone(),
        jobs: store.clone(),
        client: Arc::new(client),
        secrets: SecretCipher::with_own_key_file(key_file(folder)),
        clock,
    })
}

fn key_file(folder: &Path) -> PathBuf {
    folder.join("webhooks.key")
}

impl World {
    pub(crate) fn new(client: WebhookClient) -> Self {
        let clock = TestClock(Arc::new(AtomicI64::new(START_MS)));
        Self::with_clock(client, Arc::new(clock.clone()), clock)
    }

    fn with_clock(client: WebhookClient, of_store: Arc<dyn Clock>, clock: TestClock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path(), of_store.clone());
        let deliveries = deliveries(&store, client, folder.path(), of_store);
        Self { store, deliveries, clock, folder }
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        key_file(self.folder.path())
    }

    /// A world whose time passes.
    pub(crate) fn in_real_time() -> Self {
        let clock = TestClock(Arc::new(AtomicI64::new(START_MS)));
        Self::with_clock(WebhookClient::new(HERE), Arc::new(SystemClock), clock)
    }

    pub(crate) fn here() -> Self {
        Self::new(WebhookClient::new(HERE))
    }

    /// The same folder in another process.
    pub(crate) async fn restart(self) -> Self {
        self.store.close().await;
        let Self { store, deliveries: old, clock, folder } = self;
        drop((store, old));
        let store = open(folder.path(), Arc::new(clock.clone()));
        let client = WebhookClient::new(HERE);
        let deliveries = deliveries(&store, client, folder.path(), Arc::new(clock.clone()));
        Self { store, deliveries, clock, folder }
    }

    pub(crate) async fn webhook(&self, url: &str, events: &[WebhookEvent]) -> WebhookId {
        let secret = WebhookSecret("hush".to_owned());
        let secret = self.deliveries.secrets.encrypt(secret).await.unwrap();
        self.webhook_with(url, events, secret).await
    }

    /// A webhook with this secret in the store.
    pub(crate) async fn webhook_with(
        &self,
        url: &str,
        events: &[WebhookEvent],
        secret: StoredSecret,
    ) -> WebhookId {
        let new = NewWebhook {
            name: "hook".to_owned(),
            url: url.to_owned(),
            description: None,
            events: events.to_vec(),
            secret: Some(secret),
            status: WebhookStatus::Active,
            experiments: Vec::new(),
        };
        self.store.create_webhook(new).await.unwrap().webhook_id
    }

    /// Creates a prompt, which is an event.
    pub(crate) async fn prompt(&self, name: &str) {
        let new = NewRegisteredModel {
            name: name.to_owned(),
            description: String::new(),
            tags: BTreeMap::from([(IS_PROMPT_TAG.to_owned(), "true".to_owned())]),
        };
        self.store.create_registered_model(new).await.unwrap();
    }

    pub(crate) async fn send_due(&self) -> usize {
        self.deliveries.send_due().await.unwrap()
    }

    /// The deliveries of a webhook, the newest first.
    pub(crate) async fn log(&self, webhook: &WebhookId) -> Vec<Job> {
        let query = JobQuery {
            queue: DELIVERIES.to_owned(),
            subject: webhook.to_string(),
            offset: 0,
            max_results: 100,
        };
        self.store.jobs(query).await.unwrap().0
    }

    /// Its only delivery, and the result of the last attempt.
    pub(crate) async fn only(&self, webhook: &WebhookId) -> (Job, DeliveryResult) {
        let log = self.log(webhook).await;
        let [job] = &log[..] else { panic!("one delivery: {log:?}") };
        (job.clone(), DeliveryResult::of_job(job))
    }
}
