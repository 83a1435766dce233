//! Nothing is sent to this machine or its network unless the rules allow it.
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kansoku_model::WebhookEvent;
use kansoku_store::JobState;
use kansoku_webhooks::{Lookup, UrlError, WebhookClient, WebhookRules};

use crate::receiver::Receiver;
use crate::world::World;

const STRICT: WebhookRules = WebhookRules { allow_private: false, allow_http: true };

/// Gives the addresses in their order, and the last one again and again.
struct Addresses {
    all: Mutex<Vec<Vec<IpAddr>>>,
    asked: Arc<AtomicUsize>,
}

#[async_trait]
impl Lookup for Addresses {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut all = self.all.lock().unwrap();
        if all.is_empty() {
            return Err(io::Error::other("no such host"));
        }
        Ok(if 1 < all.len() { all.remove(0) } else { all[0].clone() })
    }
}

fn client(all: &[&[&str]]) -> (WebhookClient, Arc<AtomicUsize>) {
    let parse = |texts: &&[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    let all = Mutex::new(all.iter().map(parse).collect());
    let asked = Arc::new(AtomicUsize::new(0));
    let lookup = Addresses { all, asked: asked.clone() };
    (WebhookClient::with_lookup(STRICT, Arc::new(lookup)), asked)
}

#[tokio::test]
async fn a_name_with_a_private_address_is_refused_when_it_is_given() {
    for private in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"] {
        // One public address among several does not help.
        let (client, _) = client(&[&["1.1.1.1", private]]);
        let refused = client.check_url("https://hooks.example.com/x").await;
        assert!(matches!(refused, Err(UrlError::PrivateAddress { .. })), "{private}: {refused:?}");
    }
    let (known, _) = client(&[&["1.1.1.1", "2606:4700:4700::1111"]]);
    assert_eq!(known.check_url("https://hooks.example.com/x").await, Ok(()));
    let (unknown, _) = client(&[]);
    let refused = unknown.check_url("https://hooks.example.com/x").await;
    assert!(matches!(refused, Err(UrlError::Unresolved { .. })), "{refused:?}");
}

#[tokio::test]
async fn the_name_of_this_machine_is_refused() {
    let client = WebhookClient::new(STRICT);
    let refused = client.check_url("http://localhost/x").await;
    assert!(matches!(refused, Err(UrlError::PrivateAddress { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_refused_at_the_connection() {
    let mut receiver = Receiver::start([]).await;
    let (client, asked) = client(&[&["1.1.1.1"], &["127.0.0.1"]]);
    let url = format!("http://rebinding.example.com:{}/x", receiver.port);
    assert_eq!(client.check_url(&url).await, Ok(()));
    let world = World::new(client);
    let webhook = world.webhook(&url, &[WebhookEvent::PromptCreated]).await;
    world.prompt("greet").await;
    assert_eq!(world.send_due().await, 1);
    assert_eq!(asked.load(Ordering::Relaxed), 2, "the connection looks up the name once");
    assert_eq!(receiver.arrived().len(), 0);
    let (job, result) = world.only(&webhook).await;
    assert_eq!((job.state, job.attempts), (JobState::Failed, 1));
    assert!(result.error.unwrap().contains("is not public"));
}

#[tokio::test]
async fn an_address_in_the_url_is_refused_at_the_connection() {
    let mut receiver = Receiver::start([]).await;
    let (client, _) = client(&[&["1.1.1.1"]]);
    let world = World::new(client);
    let port = receiver.port;
    for host in ["127.0.0.1", "127.1", "[::ffff:127.0.0.1]", "[::1]", "169.254.169.254"] {
        let url = format!("http://{host}:{port}/x");
        let webhook = world.webhook(&url, &[WebhookEvent::PromptCreated]).await;
        world.prompt(&format!("for {host}")).await;
        world.send_due().await;
        let log = world.log(&webhook).await;
        assert!(log.iter().all(|job| job.state == JobState::Failed), "{host}: {log:?}");
        assert!(!log.is_empty(), "{host}");
    }
    assert_eq!(receiver.arrived().len(), 0);
}

#[tokio::test]
async fn a_name_that_is_not_found_now_may_be_found_later() {
    let (client, _) = client(&[]);
    let world = World::new(client);
    let url = "http://hooks.example.com/x";
    let webhook = world.webhook(url, &[WebhookEvent::PromptCreated]).await;
    world.prompt("greet").await;
    assert_eq!(world.send_due().await, 1);
    let (job, result) = world.only(&webhook).await;
    assert_eq!(job.state, JobState::Waiting);
    let error = result.error.unwrap();
    assert!(error.contains("cannot be resolved"), "{error}");
}
