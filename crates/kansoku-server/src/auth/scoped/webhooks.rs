//! Webhooks, which a token for some experiments may neither see nor change: their events are those of
//! prompts and of all experiments.
use async_trait::async_trait;
use kansoku_model::{StoredSecret, Webhook, WebhookId};
use kansoku_store::{NewWebhook, StoreError, WebhookEdit, WebhookQuery, WebhookStore};

use super::meta::ScopedMeta;

impl ScopedMeta {
    fn no_webhooks<T>(&self) -> Result<T, StoreError> {
        Err(self.rights.forbidden("webhooks: they belong to no experiment"))
    }
}

#[async_trait]
impl WebhookStore for ScopedMeta {
    async fn create_webhook(&self, _: NewWebhook) -> Result<Webhook, StoreError> {
        self.no_webhooks()
    }

    async fn webhook(&self, _: &WebhookId) -> Result<Webhook, StoreError> {
        self.no_webhooks()
    }

    async fn webhooks(&self, _: WebhookQuery) -> Result<(Vec<Webhook>, bool), StoreError> {
        self.no_webhooks()
    }

    async fn edit_webhook(&self, _: &WebhookId, _: WebhookEdit) -> Result<(), StoreError> {
        self.no_webhooks()
    }

    async fn webhook_secret(&self, _: &WebhookId) -> Result<Option<StoredSecret>, StoreError> {
        self.no_webhooks()
    }
}
