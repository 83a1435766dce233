//! Secrets that are encrypted in the store.
use kansoku_model::{StoredSecret, WebhookEvent, WebhookId};
use kansoku_store::{JobState, WebhookEdit, WebhookStore as _, WebhookUpdate};

use crate::receiver::Receiver;
use crate::world::World;

const CREATED: [WebhookEvent; 1] = [WebhookEvent::PromptCreated];
const OTHER_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

async fn stored(world: &World, webhook: &WebhookId) -> String {
    world.store.webhook_secret(webhook).await.unwrap().unwrap().0
}

/// The error of the last attempt of the only delivery, which waits for another.
async fn error(world: &World, webhook: &WebhookId) -> String {
    let (job, result) = world.only(webhook).await;
    assert_eq!((job.state, result.status), (JobState::Waiting, None));
    result.error.unwrap()
}

#[tokio::test]
async fn a_lost_or_other_key_delays_deliveries_until_it_is_back_or_the_secret_is_set() {
    let (mut receiver, world) = (Receiver::start([]).await, World::here());
    let webhook = world.webhook(&receiver.url(), &CREATED).await;
    assert!(!stored(&world, &webhook).await.contains("hush"));
    let key = std::fs::read(world.key_file()).unwrap();

    std::fs::remove_file(world.key_file()).unwrap();
    world.prompt("greet").await;
    assert_eq!(world.send_due().await, 1);
    let message = error(&world, &webhook).await;
    assert!(message.starts_with("the key file of the webhooks is missing"), "{message}");
    let shown = world.store.webhook(&webhook).await.unwrap();
    let test = world.deliveries.test(&shown, CREATED[0]).await;
    assert_eq!((test.status, test.error), (None, Some(message)));

    std::fs::write(world.key_file(), OTHER_KEY).unwrap();
    world.clock.advance_ms(60_000);
    assert_eq!(world.send_due().await, 1);
    let message = error(&world, &webhook).await;
    assert!(message.starts_with("the secret was encrypted with another key"), "{message}");
    assert!(receiver.arrived().is_empty());

    std::fs::write(world.key_file(), key).unwrap();
    world.clock.advance_ms(60_000);
    assert_eq!(world.send_due().await, 1);
    assert!(receiver.next().await.headers.contains_key("x-mlflow-signature"));
    assert_eq!(world.only(&webhook).await.0.state, JobState::Succeeded);
}

#[tokio::test]
async fn a_secret_that_is_set_again_is_encrypted_with_the_present_key() {
    let (mut receiver, world) = (Receiver::start([]).await, World::here());
    let webhook = world.webhook(&receiver.url(), &CREATED).await;
    std::fs::write(world.key_file(), OTHER_KEY).unwrap();
    let secret = kansoku_model::WebhookSecret("new".to_owned());
    let secret = Some(world.deliveries.secrets.encrypt(secret).await.unwrap());
    let update = WebhookUpdate { secret, ..WebhookUpdate::default() };
    world.store.edit_webhook(&webhook, WebhookEdit::Update(update)).await.unwrap();
    world.prompt("greet").await;
    assert_eq!(world.send_due().await, 1);
    assert!(receiver.next().await.headers.contains_key("x-mlflow-signature"));
}

#[tokio::test]
async fn secrets_of_an_older_version_sign_and_are_encrypted_at_the_next_start() {
    let (mut receiver, world) = (Receiver::start([]).await, World::here());
    let old = StoredSecret("hush".to_owned());
    let webhook = world.webhook_with(&receiver.url(), &CREATED, old).await;
    world.prompt("one").await;
    assert_eq!(world.send_due().await, 1);
    assert!(receiver.next().await.headers.contains_key("x-mlflow-signature"));

    world.deliveries.encrypt_old_secrets().await;
    let encrypted = stored(&world, &webhook).await;
    assert!(encrypted.starts_with("aes-256-gcm:"), "{encrypted}");
    world.deliveries.encrypt_old_secrets().await;
    assert_eq!(stored(&world, &webhook).await, encrypted);
    let decrypted = world.deliveries.secrets.decrypt(StoredSecret(encrypted)).await.unwrap();
    assert_eq!(decrypted.0, "hush");
}

#[tokio::test]
async fn an_old_secret_is_kept_if_it_cannot_be_encrypted() {
    let (receiver, world) = (Receiver::start([]).await, World::here());
    let old = StoredSecret("hush".to_owned());
    let webhook = world.webhook_with(&receiver.url(), &CREATED, old).await;
    std::fs::write(world.key_file(), "no key").unwrap();
    world.deliveries.encrypt_old_secrets().await;
    assert_eq!(stored(&world, &webhook).await, "hush");
}
