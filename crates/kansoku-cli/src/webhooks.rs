//! Gives the server what sends webhooks.
use std::sync::Arc;

use async_trait::async_trait;
use kansoku_model::{SystemClock, Webhook, WebhookEvent};
use kansoku_server::{WebhookSender, WebhookTest};
use kansoku_sqlite::SqliteStore;
use kansoku_webhooks::{Deliveries, TestOutcome, WebhookClient};

use crate::config::Settings;

/// The deliveries of a store.
pub(crate) fn deliveries(settings: &Settings, store: Arc<SqliteStore>) -> Arc<Deliveries> {
    Arc::new(Deliveries {
        traces: store.clone(),
        webhooks: store.clone(),
        jobs: store,
        client: Arc::new(WebhookClient::new(settings.webhook_rules())),
        clock: Arc::new(SystemClock),
    })
}

/// Checks URLs and sends examples for the routes of the server.
pub(crate) struct Sender(pub(crate) Arc<Deliveries>);

#[async_trait]
impl WebhookSender for Sender {
    async fn check_url(&self, url: &str) -> Result<(), String> {
        self.0.client.check_url(url).await.map_err(|error| error.to_string())
    }

    async fn test(&self, webhook: &Webhook, event: WebhookEvent) -> WebhookTest {
        let TestOutcome { status, body, error } = self.0.test(webhook, event).await;
        WebhookTest { status, body, error }
    }
}
