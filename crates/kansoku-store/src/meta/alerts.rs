//! Alert rules with their states, and the alerts that they caused.
use async_trait::async_trait;
use kansoku_model::{
    AlertEvent, AlertRule, AlertRuleId, AlertSettings, AlertState, ExperimentId, StoredSecret,
    TimestampMs, WebhookEvent,
};
use serde_json::Value;

use crate::StoreError;

/// The most alerts of one rule that are kept.
pub const ALERT_EVENTS_MAX: usize = 1000;

#[async_trait]
pub trait AlertStore: Send + Sync {
    /// Fails for an experiment that is not active, and if there are as many rules as there may be.
    async fn create_alert_rule(
        &self,
        experiment: ExperimentId,
        new: NewAlertRule,
    ) -> Result<AlertRule, StoreError>;

    /// The rules of an experiment, by name; `None` asks for those of all active experiments.
    async fn alert_rules(
        &self,
        experiment: Option<ExperimentId>,
    ) -> Result<Vec<AlertRule>, StoreError>;

    /// Fails if the experiment has no such rule.
    async fn alert_rule(
        &self,
        experiment: ExperimentId,
        id: &AlertRuleId,
    ) -> Result<AlertRule, StoreError> {
        let rules = self.alert_rules(Some(experiment)).await?;
        let found = rules.into_iter().find(|rule| rule.rule_id == *id);
        found.ok_or_else(|| StoreError::AlertRuleNotFound(id.clone()))
    }

    /// Fails if the experiment has no such rule.
    async fn edit_alert_rule(
        &self,
        experiment: ExperimentId,
        id: &AlertRuleId,
        edit: AlertRuleEdit,
    ) -> Result<(), StoreError>;

    /// The URL of the Slack webhook of a rule, which no other method returns.
    async fn alert_slack_url(
        &self,
        experiment: ExperimentId,
        id: &AlertRuleId,
    ) -> Result<Option<StoredSecret>, StoreError>;

    /// Stores evaluations with the alerts that began, changed or ended, and adds jobs that tell about
    /// them, in one write. One of a rule that was changed or deleted meanwhile does nothing.
    async fn record_alert_evaluations(
        &self,
        evaluations: Vec<AlertEvaluation>,
    ) -> Result<(), StoreError>;

    /// The alerts of an experiment or of one of its rules, the newest first, and whether more follow.
    async fn alert_events(
        &self,
        query: AlertEventQuery,
    ) -> Result<(Vec<AlertEvent>, bool), StoreError>;
}

#[derive(Clone, Debug)]
pub struct NewAlertRule {
    pub settings: AlertSettings,
    pub slack_url: Option<StoredSecret>,
}

/// A change of one rule.
#[derive(Clone, Debug)]
pub enum AlertRuleEdit {
    Update {
        settings: AlertSettings,
        /// `None` leaves it as it is, and an empty one removes it.
        slack_url: Option<StoredSecret>,
    },
    /// `None` ends it.
    Mute { until: Option<TimestampMs> },
    /// Deletes its alerts, too.
    Delete,
}

/// The result of an evaluation.
#[derive(Clone, Debug)]
pub struct AlertEvaluation {
    pub rule_id: AlertRuleId,
    pub experiment: ExperimentId,
    /// The revision of the rule that was evaluated.
    pub revision: u32,
    pub state: AlertState,
    /// An alert that is new or differs from the stored one.
    pub event: Option<AlertEvent>,
    pub notification: Option<AlertNotification>,
}

/// The notification that an alert began or is over.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertNotification {
    pub event: WebhookEvent,
    pub data: Value,
}

#[derive(Clone, Debug)]
pub struct AlertEventQuery {
    pub experiment: ExperimentId,
    /// `None` for all rules.
    pub rule: Option<AlertRuleId>,
    pub offset: usize,
    pub max_results: usize,
}
