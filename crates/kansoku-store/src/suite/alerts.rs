//! Alert rules, their evaluations, and what is told about them.
use kansoku_model::{
    AlertEvent, AlertRule, AlertRuleId, AlertSettings, AlertSignal, AlertState, AlertStatus,
    Comparison, ExperimentId, StoredSecret, TimestampMs, WebhookEvent, WebhookStatus,
};
use serde_json::json;

use super::Stores;
use super::build::experiment;
use crate::core::webhooks::DELIVERIES;
use crate::{
    ALERT_EVENTS_MAX, AlertEvaluation, AlertEventQuery, AlertNotification, AlertRuleEdit, Job,
    JobQuery, NewAlertRule, NewWebhook, StoreError,
};

fn settings(name: &str) -> AlertSettings {
    AlertSettings {
        name: name.to_owned(),
        signal: AlertSignal::Latency { percentile: 95.0 },
        filter: "tags.a = 'b'".to_owned(),
        comparison: Comparison::Above,
        threshold: 1500.5,
        resolve_threshold: Some(1000.0),
        window_s: 300,
        traces_min: 20,
        for_s: 60,
        resolve_after_s: 120,
        enabled: true,
    }
}

async fn create(stores: &Stores, experiment: ExperimentId, name: &str) -> AlertRule {
    let slack_url = Some(StoredSecret("hush".to_owned()));
    let new = NewAlertRule { settings: settings(name), slack_url };
    stores.meta.create_alert_rule(experiment, new).await.unwrap()
}

async fn edit(stores: &Stores, rule: &AlertRule, edit: AlertRuleEdit) -> Result<(), StoreError> {
    stores.meta.edit_alert_rule(rule.experiment, &rule.rule_id, edit).await
}

async fn read(stores: &Stores, rule: &AlertRule) -> Result<AlertRule, StoreError> {
    stores.meta.alert_rule(rule.experiment, &rule.rule_id).await
}

fn event(rule: &AlertRule, start: i64) -> AlertEvent {
    AlertEvent {
        event_id: format!("{}-{start}", rule.rule_id),
        rule_id: rule.rule_id.to_string(),
        settings: rule.settings.clone(),
        start: TimestampMs(start),
        end: None,
        end_reason: None,
        value: 2000.0,
        peak: 2500.0,
        traces: 40,
        is_notified: true,
    }
}

fn evaluation(rule: &AlertRule, event: AlertEvent) -> AlertEvaluation {
    let state = AlertState {
        status: AlertStatus::Firing,
        since: event.start,
        evaluated: Some(event.start),
        value: Some(event.value),
        traces: event.traces,
        is_complete: true,
        revision: rule.revision,
        recovering_since: None,
        alert: Some(event.clone()),
        problem: Some("it was slow".to_owned()),
    };
    let data = json!({ "event_id": event.event_id });
    AlertEvaluation {
        rule_id: rule.rule_id.clone(),
        experiment: rule.experiment,
        revision: rule.revision,
        state,
        event: Some(event),
        notification: Some(AlertNotification { event: WebhookEvent::AlertFiring, data }),
    }
}

async fn events(
    stores: &Stores,
    experiment: ExperimentId,
    rule: Option<&AlertRuleId>,
) -> Vec<AlertEvent> {
    let rule = rule.cloned();
    let query = AlertEventQuery { experiment, rule, offset: 0, max_results: 10_000 };
    stores.meta.alert_events(query).await.unwrap().0
}

async fn deliveries(stores: &Stores, subject: &str) -> Vec<Job> {
    let (queue, subject) = (DELIVERIES.to_owned(), subject.to_owned());
    let query = JobQuery { queue, subject, offset: 0, max_results: 100 };
    stores.jobs.jobs(query).await.unwrap().0
}

pub async fn a_rule_lives_from_creation_to_deletion(stores: &Stores) {
    let (id, other) = (experiment(stores, "e").await, experiment(stores, "other").await);
    let rule = create(stores, id, "slow").await;
    let foreign = create(stores, other, "foreign").await;
    assert_eq!((rule.settings.clone(), rule.has_slack_url), (settings("slow"), true));
    assert_eq!(read(stores, &rule).await.unwrap(), rule);
    let first = create(stores, id, "errors").await;
    let of_experiment = stores.meta.alert_rules(Some(id)).await.unwrap();
    assert_eq!(of_experiment, [first.clone(), rule.clone()]);
    assert_eq!(stores.meta.alert_rules(None).await.unwrap().len(), 3);
    let url = stores.meta.alert_slack_url(id, &rule.rule_id).await.unwrap();
    assert_eq!(url, Some(StoredSecret("hush".to_owned())));

    let changed = AlertSettings { threshold: 9.0, ..settings("slower") };
    let slack_url = Some(StoredSecret(String::new()));
    let update = AlertRuleEdit::Update { settings: changed.clone(), slack_url };
    edit(stores, &rule, update).await.unwrap();
    let until = Some(TimestampMs(5));
    edit(stores, &rule, AlertRuleEdit::Mute { until }).await.unwrap();
    let read_back = read(stores, &rule).await.unwrap();
    assert_eq!((read_back.settings, read_back.has_slack_url), (changed, false));
    assert_eq!((read_back.revision, read_back.muted_until), (2, until));
    assert_eq!(stores.meta.alert_slack_url(id, &rule.rule_id).await.unwrap(), None);
    edit(stores, &rule, AlertRuleEdit::Mute { until: None }).await.unwrap();
    assert_eq!(read(stores, &rule).await.unwrap().muted_until, None);

    let wrong = stores.meta.edit_alert_rule(other, &rule.rule_id, AlertRuleEdit::Delete).await;
    assert!(matches!(wrong, Err(StoreError::AlertRuleNotFound(_))), "{wrong:?}");
    stores.meta.delete_experiment(other).await.unwrap();
    assert_eq!(stores.meta.alert_rules(None).await.unwrap().len(), 2);
    let new = NewAlertRule { settings: settings("late"), slack_url: None };
    let late = stores.meta.create_alert_rule(other, new).await;
    assert!(matches!(late, Err(StoreError::ExperimentDeleted(_))), "{late:?}");
    assert_eq!(read(stores, &foreign).await.unwrap(), foreign);

    edit(stores, &rule, AlertRuleEdit::Delete).await.unwrap();
    for gone in
        [read(stores, &rule).await.map(drop), edit(stores, &rule, AlertRuleEdit::Delete).await]
    {
        assert!(matches!(gone, Err(StoreError::AlertRuleNotFound(_))), "{gone:?}");
    }
}

pub async fn an_experiment_has_so_many_rules_at_most(stores: &Stores) {
    let id = experiment(stores, "e").await;
    for number in 0..AlertSettings::COUNT_MAX {
        create(stores, id, &format!("rule {number}")).await;
    }
    let new = NewAlertRule { settings: settings("one more"), slack_url: None };
    let refused = stores.meta.create_alert_rule(id, new).await.unwrap_err().to_string();
    assert_eq!(refused, "an experiment has 100 alert rules at most; delete one first");
    create(stores, experiment(stores, "other").await, "elsewhere").await;
}

pub async fn an_evaluation_is_stored_with_its_alert_and_its_deliveries(stores: &Stores) {
    let id = experiment(stores, "e").await;
    let rule = create(stores, id, "slow").await;
    let new = NewWebhook {
        name: "w".to_owned(),
        url: "https://example.com".to_owned(),
        description: None,
        events: vec![WebhookEvent::AlertFiring],
        secret: None,
        status: WebhookStatus::Active,
        experiments: vec![id],
    };
    let webhook = stores.meta.create_webhook(new.clone()).await.unwrap();
    let elsewhere = NewWebhook { experiments: vec![ExperimentId::DEFAULT], ..new };
    let elsewhere = stores.meta.create_webhook(elsewhere).await.unwrap();

    let fired = evaluation(&rule, event(&rule, 10));
    for _ in 0..2 {
        // A repeated write tells nobody twice.
        stores.meta.record_alert_evaluations(vec![fired.clone()]).await.unwrap();
    }
    assert_eq!(read(stores, &rule).await.unwrap().state, fired.state);
    assert_eq!(events(stores, id, None).await, [event(&rule, 10)]);
    let told = deliveries(stores, webhook.webhook_id.as_str()).await;
    let [job] = &told[..] else { panic!("one delivery: {told:?}") };
    assert_eq!((job.kind.as_str(), job.payload.contains("-10")), ("alert.firing", true));
    let slack = deliveries(stores, rule.rule_id.as_str()).await;
    assert_eq!(
        slack.iter().map(|job| job.kind.as_str()).collect::<Vec<_>>(),
        ["slack:alert.firing"]
    );
    assert_eq!(deliveries(stores, elsewhere.webhook_id.as_str()).await, []);

    let over = AlertEvent { end: Some(TimestampMs(20)), ..event(&rule, 10) };
    let later = [evaluation(&rule, over.clone()), evaluation(&rule, event(&rule, 30))];
    let later = later.map(|it| AlertEvaluation { notification: None, ..it });
    stores.meta.record_alert_evaluations(later.to_vec()).await.unwrap();
    assert_eq!(events(stores, id, Some(&rule.rule_id)).await, [event(&rule, 30), over]);
    assert_eq!(deliveries(stores, rule.rule_id.as_str()).await.len(), 1);
    let query = AlertEventQuery { experiment: id, rule: None, offset: 0, max_results: 1 };
    let (page, more) = stores.meta.alert_events(query).await.unwrap();
    assert_eq!((page, more), (vec![event(&rule, 30)], true));

    edit(stores, &rule, AlertRuleEdit::Delete).await.unwrap();
    assert_eq!(events(stores, id, None).await, []);
    assert_eq!(deliveries(stores, rule.rule_id.as_str()).await, []);
}

pub async fn an_evaluation_of_a_changed_rule_does_nothing(stores: &Stores) {
    let id = experiment(stores, "e").await;
    let rule = create(stores, id, "slow").await;
    let deleted = create(stores, id, "deleted").await;
    let disabled = AlertSettings { enabled: false, ..settings("slow") };
    let update = AlertRuleEdit::Update { settings: disabled, slack_url: None };
    edit(stores, &rule, update).await.unwrap();
    edit(stores, &deleted, AlertRuleEdit::Delete).await.unwrap();
    let old = [&rule, &deleted].map(|rule| evaluation(rule, event(rule, 10)));
    stores.meta.record_alert_evaluations(old.to_vec()).await.unwrap();
    let changed = read(stores, &rule).await.unwrap();
    assert_eq!((changed.state, changed.revision, changed.has_slack_url), (rule.state, 2, true));
    assert_eq!(events(stores, id, None).await, []);
    assert_eq!(deliveries(stores, rule.rule_id.as_str()).await, []);
}

pub async fn so_many_alerts_of_a_rule_are_kept(stores: &Stores) {
    let id = experiment(stores, "e").await;
    let (rule, other) = (create(stores, id, "slow").await, create(stores, id, "other").await);
    let of_rule = (0..=ALERT_EVENTS_MAX as i64).map(|start| evaluation(&rule, event(&rule, start)));
    let all = [evaluation(&other, event(&other, 0))].into_iter().chain(of_rule);
    let all = all.map(|it| AlertEvaluation { notification: None, ..it });
    stores.meta.record_alert_evaluations(all.collect()).await.unwrap();
    let kept = events(stores, id, Some(&rule.rule_id)).await;
    assert_eq!((kept.len(), kept.last().map(|it| it.start.0)), (ALERT_EVENTS_MAX, Some(1)));
    assert_eq!(events(stores, id, Some(&other.rule_id)).await.len(), 1);
}
