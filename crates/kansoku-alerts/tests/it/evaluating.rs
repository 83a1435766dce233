//! When rules fire, when alerts are over, and the notifications of both.
use std::sync::Arc;
use std::time::Duration;

use kansoku_model::{AlertEnd, AlertSettings};
use kansoku_store::{AlertRuleEdit, AlertStore as _, ExperimentStore as _};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::world::{HERE, MINUTE, World, errors};

#[tokio::test]
async fn a_rule_fires_and_its_alert_is_over_when_the_value_is_back() {
    let world = World::new();
    let rule = world.rule(errors()).await;
    world.traces(1, 3).await;
    let fired = world.evaluate(&rule).await;
    assert_eq!((fired.state.status.as_str(), fired.state.value), ("firing", Some(0.75)));
    assert_eq!((fired.state.traces, fired.state.is_complete), (4, true));
    let jobs = world.notifications(&rule).await;
    let notification: Value = serde_json::from_str(&jobs[0].payload).unwrap();
    assert_eq!(notification["summary"], "Error rate is 75 % (above 50 %) over 5 minutes, 4 traces");
    let link = notification["traces_url"].as_str().unwrap();
    assert!(link.starts_with("https://kansoku.example/e/0/traces?q="), "{link}");

    world.advance_ms(MINUTE);
    world.traces(4, 0).await;
    assert_eq!(world.status(&rule).await, "firing");
    world.advance_ms(MINUTE);
    assert_eq!(world.status(&rule).await, "ok");
    let events = world.events().await;
    let [event] = &events[..] else { panic!("one alert: {events:?}") };
    assert_eq!((event.peak, event.end_reason), (0.75, Some(AlertEnd::Recovered)));
    assert_eq!(event.end.map(|end| end.0), Some(world.now()));
    assert_eq!(world.notification_kinds(&rule).await, ["firing", "resolved"]);
    world.advance_ms(MINUTE);
    assert_eq!(world.status(&rule).await, "ok");
    assert_eq!(world.notification_kinds(&rule).await.len(), 2);
}

#[tokio::test]
async fn a_restart_tells_nothing_twice_and_loses_no_alert() {
    let world = World::new();
    let rule = world.rule(errors()).await;
    world.traces(0, 4).await;
    assert_eq!(world.status(&rule).await, "firing");
    let world = world.restart().await;
    assert_eq!(world.status(&rule).await, "firing");
    world.advance_ms(2 * MINUTE);
    let world = world.restart().await;
    assert_eq!(world.status(&rule).await, "firing");
    assert_eq!(
        (world.notification_kinds(&rule).await, world.events().await.len()),
        (vec!["firing".to_owned()], 1)
    );
}

#[tokio::test]
async fn an_alert_without_traces_is_over_for_that_reason() {
    let world = World::new();
    let rule = world.rule(errors()).await;
    world.traces(0, 3).await;
    assert_eq!(world.status(&rule).await, "no_data");
    world.advance_ms(MINUTE);
    world.traces(0, 1).await;
    assert_eq!(world.status(&rule).await, "firing");
    for _ in 0..7 {
        world.advance_ms(MINUTE);
        world.evaluate(&rule).await;
    }
    assert_eq!(world.status(&rule).await, "no_data");
    assert_eq!(world.events().await[0].end_reason, Some(AlertEnd::NoData));
}

#[tokio::test]
async fn a_muted_rule_tells_when_it_is_no_longer_muted() {
    let world = World::new();
    let rule = world.rule(errors()).await;
    world.mute(&rule, Some(world.now() + MINUTE)).await;
    world.traces(0, 4).await;
    assert_eq!(world.status(&rule).await, "firing");
    assert_eq!((world.notification_kinds(&rule).await.len(), world.events().await.len()), (0, 1));
    world.advance_ms(MINUTE);
    world.evaluate(&rule).await;
    assert_eq!(world.notification_kinds(&rule).await, ["firing"]);
    // Those who were notified of an alert are notified of its end.
    world.mute(&rule, Some(i64::MAX)).await;
    world.traces(10, 0).await;
    for _ in 0..2 {
        world.advance_ms(MINUTE);
        world.evaluate(&rule).await;
    }
    assert_eq!(world.notification_kinds(&rule).await, ["firing", "resolved"]);
}

#[tokio::test]
async fn nobody_is_told_that_an_alert_is_over_which_they_never_heard_of() {
    let world = World::new();
    let rule = world.rule(errors()).await;
    world.mute(&rule, Some(i64::MAX)).await;
    world.traces(0, 4).await;
    assert_eq!(world.status(&rule).await, "firing");
    world.traces(10, 0).await;
    for _ in 0..2 {
        world.advance_ms(MINUTE);
        world.evaluate(&rule).await;
    }
    assert_eq!(world.events().await[0].end_reason, Some(AlertEnd::Recovered));
    assert_eq!(world.notification_kinds(&rule).await.len(), 0);
}

#[tokio::test]
async fn a_changed_rule_ends_its_alert_and_begins_anew() {
    let world = World::new();
    let rule = world.rule(errors()).await;
    world.traces(1, 3).await;
    assert_eq!(world.status(&rule).await, "firing");
    world.change(&rule, AlertSettings { name: "renamed".to_owned(), ..errors() }).await;
    assert_eq!(world.status(&rule).await, "firing");
    assert_eq!(world.events().await.len(), 1);
    world.change(&rule, AlertSettings { threshold: 0.8, ..errors() }).await;
    assert_eq!(world.status(&rule).await, "ok");
    assert_eq!(world.events().await[0].end_reason, Some(AlertEnd::RuleChanged));
    assert_eq!(world.notification_kinds(&rule).await, ["firing", "resolved"]);
    world.change(&rule, AlertSettings { threshold: 0.7, ..errors() }).await;
    assert_eq!(world.status(&rule).await, "firing");
    world.change(&rule, AlertSettings { enabled: false, threshold: 0.7, ..errors() }).await;
    assert_eq!(world.status(&rule).await, "ok");
    let next = world.alerting.evaluate_due().await.unwrap();
    assert_eq!(next, None, "no rule is evaluated");
    assert_eq!(world.events().await.len(), 2);
}

#[tokio::test]
async fn rules_of_a_deleted_experiment_rest() {
    let world = World::new();
    let rule = world.rule(errors()).await;
    world.traces(0, 4).await;
    world.store.delete_experiment(HERE).await.unwrap();
    assert_eq!(world.alerting.evaluate_due().await.unwrap(), None);
    world.store.restore_experiment(HERE).await.unwrap();
    assert_eq!(world.status(&rule).await, "firing");
}

#[tokio::test]
async fn a_rule_is_due_once_in_its_interval() {
    let world = World::new();
    assert_eq!(world.alerting.evaluate_due().await.unwrap(), None);
    let rule = world.rule(errors()).await;
    let next = world.alerting.evaluate_due().await.unwrap().unwrap();
    assert_eq!(next.0, world.now() - 1 + MINUTE);
    world.advance_ms(MINUTE - 2);
    let evaluated = world.evaluate(&rule).await.state.evaluated;
    assert_ne!(evaluated.map(|time| time.0), Some(world.now()));
    world.advance_ms(1);
    let evaluated = world.evaluate(&rule).await.state.evaluated;
    assert_eq!(evaluated.map(|time| time.0), Some(world.now()));
    // The clock is set back.
    world.advance_ms(-10 * MINUTE);
    let evaluated = world.evaluate(&rule).await.state.evaluated;
    assert_eq!(evaluated.map(|time| time.0), Some(world.now()));
}

#[tokio::test]
async fn the_loop_evaluates_a_rule_as_soon_as_it_is_told_of_it() {
    let world = World::new();
    let stop = CancellationToken::new();
    let running = tokio::spawn(world.alerting.clone().run(stop.clone()));
    world.traces(0, 4).await;
    let rule = world.rule(errors()).await;
    let fires = async {
        loop {
            world.alerting.rules_changed();
            let read = world.store.alert_rule(HERE, &rule.rule_id).await.unwrap();
            if read.state.alert.is_some() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), fires).await.unwrap();
    let edit = AlertRuleEdit::Delete;
    world.store.edit_alert_rule(HERE, &rule.rule_id, edit).await.unwrap();
    stop.cancel();
    running.await.unwrap();
    assert_eq!(Arc::strong_count(&world.alerting), 1);
}
