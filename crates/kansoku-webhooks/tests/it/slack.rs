//! Deliveries to the Slack webhooks of alert rules.
use kansoku_model::{
    AlertRule, AlertSettings, AlertSignal, AlertState, Comparison, ExperimentId, StoredSecret,
    WebhookEvent, WebhookSecret,
};
use kansoku_store::core::webhooks::{DELIVERIES, DeliveryResult};
use kansoku_store::{
    AlertEvaluation, AlertNotification, AlertRuleEdit, AlertStore as _, Job, JobQuery,
    JobQueue as _, JobState, NewAlertRule,
};
use serde_json::json;

use crate::receiver::{Answer, Receiver};
use crate::world::World;

const HERE: ExperimentId = ExperimentId::DEFAULT;

async fn rule(world: &World, url: &str) -> AlertRule {
    let settings = AlertSettings {
        name: "errors".to_owned(),
        signal: AlertSignal::ErrorRate,
        filter: String::new(),
        comparison: Comparison::Above,
        threshold: 0.5,
        resolve_threshold: None,
        window_s: 300,
        traces_min: 1,
        for_s: 0,
        resolve_after_s: 60,
        enabled: true,
    };
    let url = world.deliveries.secrets.encrypt(WebhookSecret(url.to_owned())).await.unwrap();
    let new = NewAlertRule { settings, slack_url: Some(url) };
    world.store.create_alert_rule(HERE, new).await.unwrap()
}

fn notification(number: u32) -> AlertNotification {
    let data = json!({
        "experiment_id": "0", "experiment": "Default", "rule": "errors", "number": number,
        "summary": "Error rate is 75 % (above 50 %)",
        "traces_url": "https://kansoku.example/e/0/traces", "rule_url": "/e/0/alerts",
    });
    AlertNotification { event: WebhookEvent::AlertFiring, data }
}

async fn tell(world: &World, rule: &AlertRule, number: u32) {
    let evaluation = AlertEvaluation {
        rule_id: rule.rule_id.clone(),
        experiment: HERE,
        revision: rule.revision,
        state: AlertState::default(),
        event: None,
        notification: Some(notification(number)),
    };
    world.store.record_alert_evaluations(vec![evaluation]).await.unwrap();
}

async fn log(world: &World, rule: &AlertRule) -> Vec<Job> {
    let (queue, subject) = (DELIVERIES.to_owned(), rule.rule_id.to_string());
    let query = JobQuery { queue, subject, offset: 0, max_results: 10 };
    world.store.jobs(query).await.unwrap().0
}

#[tokio::test]
async fn the_slack_webhook_of_a_rule_gets_a_message_and_again_if_it_was_down() {
    let (mut receiver, world) = (Receiver::start([Answer::Status(503, "")]).await, World::here());
    let rule = rule(&world, &receiver.url()).await;
    tell(&world, &rule, 1).await;
    assert_eq!(world.send_due().await, 1);
    world.clock.advance_ms(60_000);
    assert_eq!(world.send_due().await, 1);
    let (first, second) = (receiver.next().await, receiver.next().await);
    assert_eq!((&first.path[..], &first.body), ("/hook", &second.body));
    let text = first.json()["text"].as_str().unwrap().to_owned();
    assert!(text.contains("Firing: errors") && text.contains("Error rate is 75 %"), "{text}");
    assert!(text.contains("<https://kansoku.example/e/0/traces|Show the traces>"), "{text}");
    assert_eq!(first.headers["content-type"], "application/json");
    assert!(!first.headers.contains_key("x-mlflow-signature"));
    let jobs = log(&world, &rule).await;
    assert_eq!((jobs.len(), jobs[0].state, jobs[0].attempts), (1, JobState::Succeeded, 2));
}

#[tokio::test]
async fn nothing_is_sent_after_the_url_or_the_rule_was_removed() {
    let (mut receiver, world) = (Receiver::start([]).await, World::here());
    let (silent, deleted) =
        (rule(&world, &receiver.url()).await, rule(&world, &receiver.url()).await);
    tell(&world, &silent, 1).await;
    tell(&world, &deleted, 2).await;
    let settings = silent.settings.clone();
    let slack_url = Some(StoredSecret(String::new()));
    let update = AlertRuleEdit::Update { settings, slack_url };
    world.store.edit_alert_rule(HERE, &silent.rule_id, update).await.unwrap();
    world.store.edit_alert_rule(HERE, &deleted.rule_id, AlertRuleEdit::Delete).await.unwrap();
    world.send_due().await;
    assert_eq!((receiver.arrived().len(), log(&world, &silent).await.len()), (0, 0));
}

#[tokio::test]
async fn a_private_address_is_not_sent_to_and_the_result_does_not_have_the_url() {
    let client = kansoku_webhooks::WebhookClient::new(kansoku_webhooks::WebhookRules::default());
    let world = World::new(client);
    let rule = rule(&world, "https://127.0.0.1/services/secret").await;
    tell(&world, &rule, 1).await;
    assert_eq!(world.send_due().await, 1);
    let jobs = log(&world, &rule).await;
    assert_eq!(jobs[0].state, JobState::Failed);
    let error = DeliveryResult::of_job(&jobs[0]).error.unwrap();
    assert!(error.contains("not public") && !error.contains("secret"), "{error}");
    let url = world.store.alert_slack_url(HERE, &rule.rule_id).await.unwrap().unwrap();
    let test = world.deliveries.test_slack(url, &notification(1)).await;
    assert!(test.status.is_none() && !test.error.unwrap().contains("secret"));
}
