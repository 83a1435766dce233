//! Alert rules and alerts.
use std::collections::BTreeMap;

use async_trait::async_trait;
use kansoku_model::{AlertEvent, AlertRule, AlertRuleId, ExperimentId, StoredSecret};

use super::meta::page;
use super::{ReferenceStore, State};
use crate::core::alerts::{self, slack_job};
use crate::core::webhooks::{DELIVERIES, Event};
use crate::{
    ALERT_EVENTS_MAX, AlertEvaluation, AlertEventQuery, AlertRuleEdit, AlertStore, NewAlertRule,
    StoreError,
};

#[derive(Default)]
pub(super) struct Alerts {
    rules: BTreeMap<AlertRuleId, (AlertRule, Option<StoredSecret>)>,
    events: Vec<(ExperimentId, AlertEvent)>,
}

#[async_trait]
impl AlertStore for ReferenceStore {
    async fn create_alert_rule(
        &self,
        experiment: ExperimentId,
        new: NewAlertRule,
    ) -> Result<AlertRule, StoreError> {
        let now = self.now();
        let mut state = self.state();
        state.require_active(experiment)?;
        let all = &mut state.alerts.rules;
        let of_experiment = all.values().filter(|(rule, _)| rule.experiment == experiment).count();
        alerts::check_count(of_experiment, all.len())?;
        let rule = alerts::create(experiment, &new, now);
        let url = new.slack_url.filter(|url| !url.0.is_empty());
        all.insert(rule.rule_id.clone(), (rule.clone(), url));
        Ok(rule)
    }

    async fn alert_rules(
        &self,
        experiment: Option<ExperimentId>,
    ) -> Result<Vec<AlertRule>, StoreError> {
        let state = self.state();
        let is_asked = |rule: &&AlertRule| match experiment {
            Some(experiment) => rule.experiment == experiment,
            None => state.require_active(rule.experiment).is_ok(),
        };
        let rules = state.alerts.rules.values().map(|(rule, _)| rule);
        let mut found: Vec<_> = rules.filter(is_asked).cloned().collect();
        found.sort_by_key(|rule| {
            (rule.experiment, rule.settings.name.clone(), rule.rule_id.clone())
        });
        Ok(found)
    }

    async fn edit_alert_rule(
        &self,
        experiment: ExperimentId,
        id: &AlertRuleId,
        edit: AlertRuleEdit,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut state = self.state();
        let (rule, url) = state.stored_rule(experiment, id)?;
        match edit {
            AlertRuleEdit::Update { settings, slack_url } => {
                alerts::update(rule, settings, now);
                if let Some(new) = slack_url {
                    *url = Some(new).filter(|new| !new.0.is_empty());
                    rule.has_slack_url = url.is_some();
                }
            }
            AlertRuleEdit::Mute { until } => rule.muted_until = until,
            AlertRuleEdit::Delete => {
                state.alerts.rules.remove(id);
                state.alerts.events.retain(|(_, event)| event.rule_id != id.as_str());
                state.jobs.retain(|(queue, job)| queue != DELIVERIES || job.subject != id.as_str());
            }
        }
        Ok(())
    }

    async fn alert_slack_url(
        &self,
        experiment: ExperimentId,
        id: &AlertRuleId,
    ) -> Result<Option<StoredSecret>, StoreError> {
        self.state().stored_rule(experiment, id).map(|(_, url)| url.clone())
    }

    async fn record_alert_evaluations(
        &self,
        evaluations: Vec<AlertEvaluation>,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        for evaluation in evaluations {
            self.record_evaluation(&mut state, evaluation);
        }
        Ok(())
    }

    async fn alert_events(
        &self,
        query: AlertEventQuery,
    ) -> Result<(Vec<AlertEvent>, bool), StoreError> {
        let state = self.state();
        let events = state.alerts.events.iter().filter(|(experiment, event)| {
            let is_of_rule = |rule: &AlertRuleId| event.rule_id == rule.as_str();
            *experiment == query.experiment && query.rule.as_ref().is_none_or(is_of_rule)
        });
        let mut found: Vec<_> = events.map(|(_, event)| event.clone()).collect();
        found.sort_by(|a, b| (b.start, &b.event_id).cmp(&(a.start, &a.event_id)));
        Ok(page(found, query.offset, query.max_results))
    }
}

impl ReferenceStore {
    fn record_evaluation(&self, state: &mut State, evaluation: AlertEvaluation) {
        let now = self.now();
        let AlertEvaluation { rule_id, experiment, revision, state: after, event, notification } =
            evaluation;
        let Ok((rule, url)) = state.stored_rule(experiment, &rule_id) else { return };
        if rule.revision != revision {
            return;
        }
        rule.state = after;
        let has_url = url.is_some();
        if let Some(event) = event {
            let events = &mut state.alerts.events;
            events.retain(|(_, stored)| stored.event_id != event.event_id);
            events.push((experiment, event));
            events.sort_by_key(|(_, event)| event.start);
            let is_of_rule =
                |(_, event): &&(ExperimentId, AlertEvent)| event.rule_id == rule_id.as_str();
            let mut too_many =
                events.iter().filter(is_of_rule).count().saturating_sub(ALERT_EVENTS_MAX);
            events.retain(|(_, event)| {
                let is_old = event.rule_id == rule_id.as_str() && 0 < too_many;
                too_many -= usize::from(is_old);
                !is_old
            });
        }
        if let Some(told) = notification {
            if has_url {
                self.add(state, vec![slack_job(&rule_id, &told, now)]);
            }
            self.record_event(state, Some(Event::of_alert(&told, experiment)));
        }
    }
}

impl State {
    fn stored_rule(
        &mut self,
        experiment: ExperimentId,
        id: &AlertRuleId,
    ) -> Result<&mut (AlertRule, Option<StoredSecret>), StoreError> {
        let found = self.alerts.rules.get_mut(id);
        let found = found.filter(|(rule, _)| rule.experiment == experiment);
        found.ok_or_else(|| StoreError::AlertRuleNotFound(id.clone()))
    }
}
