//! Webhooks. Their deliveries are jobs.
use async_trait::async_trait;
use kansoku_model::{ExperimentId, StoredSecret, Webhook, WebhookEvent, WebhookId, WebhookStatus};

use crate::StoreError;

/// Webhooks, which belong to no experiment.
///
/// A write that is an event adds a job for each webhook that receives it, in the same commit.
#[async_trait]
pub trait WebhookStore: Send + Sync {
    /// Fails if there are [`Webhook::COUNT_MAX`] already.
    async fn create_webhook(&self, new: NewWebhook) -> Result<Webhook, StoreError>;

    async fn webhook(&self, id: &WebhookId) -> Result<Webhook, StoreError>;

    /// The newest first and then by id, and whether more follow.
    async fn webhooks(&self, query: WebhookQuery) -> Result<(Vec<Webhook>, bool), StoreError>;

    async fn edit_webhook(&self, id: &WebhookId, edit: WebhookEdit) -> Result<(), StoreError>;

    /// The secret that signs its deliveries, which no other method returns.
    async fn webhook_secret(&self, id: &WebhookId) -> Result<Option<StoredSecret>, StoreError>;
}

#[derive(Clone, Debug)]
pub struct NewWebhook {
    pub name: String,
    pub url: String,
    pub description: Option<String>,
    pub events: Vec<WebhookEvent>,
    pub secret: Option<StoredSecret>,
    pub status: WebhookStatus,
    pub experiments: Vec<ExperimentId>,
}

/// A change of one webhook.
#[derive(Clone, Debug)]
pub enum WebhookEdit {
    Update(WebhookUpdate),
    /// Deletes its deliveries, too.
    Delete,
}

/// The fields that an update sets; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct WebhookUpdate {
    pub name: Option<String>,
    pub url: Option<String>,
    pub description: Option<String>,
    pub events: Option<Vec<WebhookEvent>>,
    /// An empty one removes it.
    pub secret: Option<StoredSecret>,
    pub status: Option<WebhookStatus>,
    pub experiments: Option<Vec<ExperimentId>>,
}

#[derive(Clone, Copy, Debug)]
pub struct WebhookQuery {
    pub which: WhichWebhooks,
    pub offset: usize,
    pub max_results: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichWebhooks {
    All,
    /// Those that receive at least one event of MLflow.
    OfMlflow,
}
