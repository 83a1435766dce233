//! Evaluates rules when they are due.
use std::sync::Arc;
use std::time::{Duration, Instant};

use kansoku_model::{
    AlertEvent, AlertRule, AlertState, Clock, Coded as _, ErrorCode, Experiment, TimestampMs,
};
use kansoku_store::{
    AlertEvaluation, AlertNotification, JobQueue, MetaStore, StoreError, TraceStore,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::transition::{Transition, advance, restart};
use crate::{PublicUrl, metrics, notification};

/// The pause after an error of the store.
const STORE_PAUSE: Duration = Duration::from_secs(5);
/// The longest sleep, after which the clock is read again.
const SLEEP_MAX: Duration = Duration::from_secs(600);
/// The longest reason of a failed evaluation, in characters.
const PROBLEM_CHARS_MAX: usize = 500;

pub struct Alerting {
    pub(crate) traces: Arc<dyn TraceStore>,
    pub(crate) meta: Arc<dyn MetaStore>,
    pub(crate) jobs: Arc<dyn JobQueue>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The queues whose jobs wait for scorers.
    pub(crate) queues: Vec<&'static str>,
    pub(crate) url: PublicUrl,
    changed: watch::Sender<()>,
}

impl Alerting {
    pub fn new(
        traces: Arc<dyn TraceStore>,
        meta: Arc<dyn MetaStore>,
        jobs: Arc<dyn JobQueue>,
        clock: Arc<dyn Clock>,
        queues: Vec<&'static str>,
        url: PublicUrl,
    ) -> Self {
        Self { traces, meta, jobs, clock, queues, url, changed: watch::channel(()).0 }
    }

    /// Wakes the loop after a rule was created, changed or deleted.
    pub fn rules_changed(&self) {
        self.changed.send_replace(());
    }

    /// An example of the notification that a rule fires.
    pub fn example(&self, rule: &AlertRule, experiment: &Experiment) -> AlertNotification {
        notification::example(&self.url, rule, experiment, self.clock.now())
    }

    /// Evaluates rules as they become due, until `stop` is cancelled. Sleeps while there are none.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut changed = self.changed.subscribe();
        while !stop.is_cancelled() {
            changed.borrow_and_update();
            let pause = match self.evaluate_due().await {
                Ok(None) => SLEEP_MAX,
                Ok(Some(next)) => {
                    let wait = next.since(self.clock.now()).0.max(1).cast_unsigned();
                    Duration::from_millis(wait).min(SLEEP_MAX)
                }
                Err(error) => {
                    report("evaluate the alert rules", &error);
                    STORE_PAUSE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                _ = changed.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Evaluates the rules that are due, and returns when the next one is; `None` without rules.
    pub async fn evaluate_due(&self) -> Result<Option<TimestampMs>, StoreError> {
        let mut rules = self.meta.alert_rules(None).await?;
        let mut evaluations = Vec::new();
        let mut experiment: Option<Experiment> = None;
        for rule in &mut rules {
            let now = self.clock.now();
            if now < due(rule, now) {
                continue;
            }
            let known = experiment.take().filter(|it| it.experiment_id == rule.experiment);
            let own = match known {
                Some(known) => known,
                None => self.meta.experiment(rule.experiment).await?,
            };
            self.evaluate(rule, &own, &mut evaluations).await;
            experiment = Some(own);
        }
        metrics::set_rules(&rules);
        if !evaluations.is_empty() {
            let notifications: Vec<_> =
                evaluations.iter().filter_map(|it| it.notification.clone()).collect();
            self.meta.record_alert_evaluations(evaluations).await?;
            notifications.iter().for_each(metrics::count_notification);
        }
        let now = self.clock.now();
        let enabled = rules.iter().filter(|rule| rule.settings.enabled);
        Ok(enabled.map(|rule| due(rule, now)).min())
    }

    async fn evaluate(
        &self,
        rule: &mut AlertRule,
        experiment: &Experiment,
        evaluations: &mut Vec<AlertEvaluation>,
    ) {
        if rule.state.revision != rule.revision {
            let restarted = restart(rule, self.clock.now());
            evaluations.push(self.evaluation(rule, experiment, restarted));
        }
        if !rule.settings.enabled {
            return;
        }
        let (begin, now) = (Instant::now(), self.clock.now());
        let seen = self.observe(rule, experiment, now).await;
        metrics::count_evaluation(seen.is_ok(), begin.elapsed());
        let after = match seen {
            Ok(seen) => advance(rule, &rule.state, seen, now),
            Err(error) => {
                report("evaluate an alert rule", &error);
                let problem = error.to_string().chars().take(PROBLEM_CHARS_MAX).collect();
                let (evaluated, problem) = (Some(now), Some(problem));
                let state = AlertState { evaluated, problem, ..rule.state.clone() };
                Transition { state, event: None }
            }
        };
        evaluations.push(self.evaluation(rule, experiment, after));
    }

    /// Gives the rule its new state, and adds the notification of it.
    fn evaluation(
        &self,
        rule: &mut AlertRule,
        experiment: &Experiment,
        Transition { mut state, mut event }: Transition,
    ) -> AlertEvaluation {
        let now = self.clock.now();
        let notification = match (&mut state.alert, &event) {
            (Some(alert), _) if !alert.is_notified && !rule.is_muted(now) => {
                alert.is_notified = true;
                event = Some(alert.clone());
                Some(notification::of_alert(&self.url, rule, alert, experiment, now))
            }
            (_, Some(over)) if over.end.is_some() && over.is_notified => {
                Some(notification::of_alert(&self.url, rule, over, experiment, now))
            }
            _ => None,
        };
        rule.state = state.clone();
        if let Some(event) = &event {
            log(rule, event);
        }
        AlertEvaluation {
            rule_id: rule.rule_id.clone(),
            experiment: rule.experiment,
            revision: rule.revision,
            state,
            event,
            notification,
        }
    }
}

/// When a rule is evaluated next. All rules of an interval are due at the same time, so that their
/// results are stored by one write.
fn due(rule: &AlertRule, now: TimestampMs) -> TimestampMs {
    let is_changed = rule.state.revision != rule.revision;
    match rule.state.evaluated {
        _ if is_changed => TimestampMs(0),
        _ if !rule.settings.enabled => TimestampMs(i64::MAX),
        None => TimestampMs(0),
        // The clock was set back.
        Some(evaluated) if now < evaluated => TimestampMs(0),
        Some(evaluated) => {
            let interval = rule.settings.interval().0;
            let next = evaluated.0.div_euclid(interval).saturating_add(1).saturating_mul(interval);
            TimestampMs(next)
        }
    }
}

fn log(rule: &AlertRule, event: &AlertEvent) {
    let id = &rule.rule_id;
    match event.end {
        Some(_) => tracing::info!(alert.rule.id = %id, "an alert of the rule `{id}` is over"),
        None if rule.state.evaluated == Some(event.start) => {
            tracing::info!(alert.rule.id = %id, "the alert rule `{id}` fires");
        }
        None => {}
    }
}

fn report(doing: &'static str, error: &StoreError) {
    match error.code() {
        // The store is busy or stopping, or its disk is full, which it logs itself.
        ErrorCode::ResourceExhausted | ErrorCode::TemporarilyUnavailable => {}
        _ => {
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, "could not {doing}; it is tried again");
        }
    }
}
