//! Alert rules as a token for some experiments may use them.
use async_trait::async_trait;
use kansoku_model::{AlertEvent, AlertRule, AlertRuleId, ExperimentId, StoredSecret};
use kansoku_store::{
    AlertEvaluation, AlertEventQuery, AlertRuleEdit, AlertStore, NewAlertRule, StoreError,
};

use super::meta::ScopedMeta;

#[async_trait]
impl AlertStore for ScopedMeta {
    async fn create_alert_rule(
        &self,
        experiment: ExperimentId,
        new: NewAlertRule,
    ) -> Result<AlertRule, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.create_alert_rule(experiment, new).await
    }

    async fn alert_rules(
        &self,
        experiment: Option<ExperimentId>,
    ) -> Result<Vec<AlertRule>, StoreError> {
        if let Some(asked) = experiment {
            self.rights.check(asked).await?;
            return self.inner.alert_rules(experiment).await;
        }
        let mut own = Vec::new();
        for rule in self.inner.alert_rules(None).await? {
            if self.rights.includes(rule.experiment).await? {
                own.push(rule);
            }
        }
        Ok(own)
    }

    async fn alert_rule(
        &self,
        experiment: ExperimentId,
        id: &AlertRuleId,
    ) -> Result<AlertRule, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.alert_rule(experiment, id).await
    }

    async fn edit_alert_rule(
        &self,
        experiment: ExperimentId,
        id: &AlertRuleId,
        edit: AlertRuleEdit,
    ) -> Result<(), StoreError> {
        self.rights.check(experiment).await?;
        self.inner.edit_alert_rule(experiment, id, edit).await
    }

    async fn alert_slack_url(
        &self,
        experiment: ExperimentId,
        id: &AlertRuleId,
    ) -> Result<Option<StoredSecret>, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.alert_slack_url(experiment, id).await
    }

    async fn record_alert_evaluations(
        &self,
        evaluations: Vec<AlertEvaluation>,
    ) -> Result<(), StoreError> {
        for evaluation in &evaluations {
            self.rights.check(evaluation.experiment).await?;
        }
        self.inner.record_alert_evaluations(evaluations).await
    }

    async fn alert_events(
        &self,
        query: AlertEventQuery,
    ) -> Result<(Vec<AlertEvent>, bool), StoreError> {
        self.rights.check(query.experiment).await?;
        self.inner.alert_events(query).await
    }
}
