//! Gives the server what sends webhooks.
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use kansoku_model::{StoredSecret, SystemClock, Webhook, WebhookEvent, WebhookSecret};
use kansoku_server::{WebhookSender, WebhookTest};
use kansoku_sqlite::SqliteStore;
use kansoku_webhooks::{Deliveries, SecretCipher, TestOutcome, WebhookClient};

use crate::config::Settings;
use crate::data;

/// The deliveries of a store. Fails if the settings name a file that has no key.
pub(crate) fn deliveries(
    settings: &Settings,
    store: Arc<SqliteStore>,
) -> anyhow::Result<Arc<Deliveries>> {
    let secrets = match &settings.webhook_key_file {
        None => SecretCipher::with_own_key_file(data::webhook_key(&settings.data)),
        Some(file) => SecretCipher::with_key_file(file.clone())
            .with_context(|| format!("`webhook_key_file` is {}", file.display()))?,
    };
    Ok(Arc::new(Deliveries {
        traces: store.clone(),
        webhooks: store.clone(),
        jobs: store,
        client: Arc::new(WebhookClient::new(settings.webhook_rules())),
        secrets,
        clock: Arc::new(SystemClock),
    }))
}

/// Checks URLs, encrypts secrets and sends examples for the routes of the server.
pub(crate) struct Sender(pub(crate) Arc<Deliveries>);

#[async_trait]
impl WebhookSender for Sender {
    async fn check_url(&self, url: &str) -> Result<(), String> {
        self.0.client.check_url(url).await.map_err(|error| error.to_string())
    }

    async fn encrypt(&self, secret: WebhookSecret) -> Result<StoredSecret, String> {
        self.0.secrets.encrypt(secret).await.map_err(|error| error.to_string())
    }

    async fn is_readable(&self, secret: StoredSecret) -> bool {
        self.0.secrets.decrypt(secret).await.is_ok()
    }

    async fn test(&self, webhook: &Webhook, event: WebhookEvent) -> WebhookTest {
        let TestOutcome { status, body, error } = self.0.test(webhook, event).await;
        WebhookTest { status, body, error }
    }
}
