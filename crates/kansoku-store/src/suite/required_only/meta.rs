//! The required methods of the stores of metadata.
use async_trait::async_trait;
use kansoku_model::{
    AlertEvent, AlertRule, AlertRuleId, Dataset, DatasetId, DatasetRecord, DatasetVersion,
    Experiment, ExperimentId, Issue, IssueId, KeyValue, LabelSchema, LabelSchemaId, LoggedModel,
    LoggedModelInfo, ModelId, ModelVersion, OnlineScoringConfig, RegisteredModel, ReviewItem,
    ReviewQueue, ReviewQueueId, Run, RunId, RunInfo, ScorerVersion, StoredSecret, Webhook,
    WebhookId,
};

use super::RequiredOnly;
use crate::*;

#[async_trait]
impl ExperimentStore for RequiredOnly {
    async fn create_experiment(&self, new: NewExperiment) -> Result<ExperimentId, StoreError> {
        self.meta.create_experiment(new).await
    }

    async fn experiment(&self, id: ExperimentId) -> Result<Experiment, StoreError> {
        self.meta.experiment(id).await
    }

    async fn search_experiments(
        &self,
        search: ExperimentSearch,
    ) -> Result<(Vec<Experiment>, bool), StoreError> {
        self.meta.search_experiments(search).await
    }

    async fn edit_experiment(
        &self,
        id: ExperimentId,
        edit: ExperimentEdit,
    ) -> Result<(), StoreError> {
        self.meta.edit_experiment(id, edit).await
    }
}

#[async_trait]
impl RunStore for RequiredOnly {
    async fn create_run(&self, info: RunInfo, tags: Vec<KeyValue>) -> Result<Run, StoreError> {
        self.meta.create_run(info, tags).await
    }

    async fn run(&self, id: &RunId) -> Result<Run, StoreError> {
        self.meta.run(id).await
    }

    async fn search_runs(&self, search: RunSearch) -> Result<(Vec<Run>, bool), StoreError> {
        self.meta.search_runs(search).await
    }

    async fn edit_run(&self, id: &RunId, edit: RunEdit) -> Result<(), StoreError> {
        self.meta.edit_run(id, edit).await
    }

    async fn metric_history(
        &self,
        query: MetricHistory,
    ) -> Result<(Vec<kansoku_model::Metric>, bool), StoreError> {
        self.meta.metric_history(query).await
    }
}

#[async_trait]
impl LoggedModelStore for RequiredOnly {
    async fn create_logged_model(
        &self,
        info: LoggedModelInfo,
        params: Vec<KeyValue>,
        tags: Vec<KeyValue>,
    ) -> Result<LoggedModel, StoreError> {
        self.meta.create_logged_model(info, params, tags).await
    }

    async fn logged_model(&self, id: &ModelId) -> Result<LoggedModel, StoreError> {
        self.meta.logged_model(id).await
    }

    async fn search_logged_models(
        &self,
        search: LoggedModelSearch,
    ) -> Result<(Vec<LoggedModel>, bool), StoreError> {
        self.meta.search_logged_models(search).await
    }

    async fn edit_logged_model(
        &self,
        id: &ModelId,
        edit: LoggedModelEdit,
    ) -> Result<(), StoreError> {
        self.meta.edit_logged_model(id, edit).await
    }
}

#[async_trait]
impl IssueStore for RequiredOnly {
    async fn create_issue(&self, issue: Issue) -> Result<Issue, StoreError> {
        self.meta.create_issue(issue).await
    }

    async fn issue(&self, id: &IssueId) -> Result<Issue, StoreError> {
        self.meta.issue(id).await
    }

    async fn search_issues(
        &self,
        search: IssueSearch,
    ) -> Result<(Vec<FoundIssue>, bool), StoreError> {
        self.meta.search_issues(search).await
    }

    async fn edit_issue(&self, id: &IssueId, edit: IssueEdit) -> Result<(), StoreError> {
        self.meta.edit_issue(id, edit).await
    }
}

#[async_trait]
impl RegisteredModelStore for RequiredOnly {
    async fn create_registered_model(
        &self,
        new: NewRegisteredModel,
    ) -> Result<RegisteredModel, StoreError> {
        self.meta.create_registered_model(new).await
    }

    async fn registered_model(&self, name: &str) -> Result<RegisteredModel, StoreError> {
        self.meta.registered_model(name).await
    }

    async fn search_registered_models(
        &self,
        search: RegisteredModelSearch,
    ) -> Result<(Vec<RegisteredModel>, bool), StoreError> {
        self.meta.search_registered_models(search).await
    }

    async fn edit_registered_model(
        &self,
        name: &str,
        edit: RegisteredModelEdit,
    ) -> Result<(), StoreError> {
        self.meta.edit_registered_model(name, edit).await
    }

    async fn create_model_version(&self, new: NewModelVersion) -> Result<ModelVersion, StoreError> {
        self.meta.create_model_version(new).await
    }

    async fn model_version(&self, name: &str, version: i64) -> Result<ModelVersion, StoreError> {
        self.meta.model_version(name, version).await
    }

    async fn search_model_versions(
        &self,
        search: ModelVersionSearch,
    ) -> Result<(Vec<ModelVersion>, bool), StoreError> {
        self.meta.search_model_versions(search).await
    }

    async fn edit_model_version(
        &self,
        name: &str,
        version: i64,
        edit: ModelVersionEdit,
    ) -> Result<(), StoreError> {
        self.meta.edit_model_version(name, version, edit).await
    }
}

#[async_trait]
impl ScorerStore for RequiredOnly {
    async fn register_scorer(
        &self,
        experiment: ExperimentId,
        name: &str,
        serialized: &str,
    ) -> Result<ScorerVersion, StoreError> {
        self.meta.register_scorer(experiment, name, serialized).await
    }

    async fn scorers(
        &self,
        experiments: Option<Vec<ExperimentId>>,
    ) -> Result<Vec<ScorerVersion>, StoreError> {
        self.meta.scorers(experiments).await
    }

    async fn scorer_versions(
        &self,
        experiment: ExperimentId,
        name: &str,
    ) -> Result<Vec<ScorerVersion>, StoreError> {
        self.meta.scorer_versions(experiment, name).await
    }

    async fn delete_scorer(
        &self,
        experiment: ExperimentId,
        name: &str,
        version: Option<i64>,
    ) -> Result<(), StoreError> {
        self.meta.delete_scorer(experiment, name, version).await
    }

    async fn set_online_scoring(
        &self,
        experiment: ExperimentId,
        name: &str,
        sample_rate: f64,
        filter: Option<String>,
    ) -> Result<OnlineScoringConfig, StoreError> {
        self.meta.set_online_scoring(experiment, name, sample_rate, filter).await
    }

    async fn online_scoring(
        &self,
        scorer_ids: &[String],
    ) -> Result<Vec<OnlineScoringConfig>, StoreError> {
        self.meta.online_scoring(scorer_ids).await
    }
}

#[async_trait]
impl AlertStore for RequiredOnly {
    async fn create_alert_rule(
        &self,
        experiment: ExperimentId,
        new: NewAlertRule,
    ) -> Result<AlertRule, StoreError> {
        self.meta.create_alert_rule(experiment, new).await
    }

    async fn alert_rules(
        &self,
        experiment: Option<ExperimentId>,
    ) -> Result<Vec<AlertRule>, StoreError> {
        self.meta.alert_rules(experiment).await
    }

    async fn edit_alert_rule(
        &self,
        experiment: ExperimentId,
        id: &AlertRuleId,
        edit: AlertRuleEdit,
    ) -> Result<(), StoreError> {
        self.meta.edit_alert_rule(experiment, id, edit).await
    }

    async fn alert_slack_url(
        &self,
        experiment: ExperimentId,
        id: &AlertRuleId,
    ) -> Result<Option<StoredSecret>, StoreError> {
        self.meta.alert_slack_url(experiment, id).await
    }

    async fn record_alert_evaluations(
        &self,
        evaluations: Vec<AlertEvaluation>,
    ) -> Result<(), StoreError> {
        self.meta.record_alert_evaluations(evaluations).await
    }

    async fn alert_events(
        &self,
        query: AlertEventQuery,
    ) -> Result<(Vec<AlertEvent>, bool), StoreError> {
        self.meta.alert_events(query).await
    }
}

#[async_trait]
impl ViewStore for RequiredOnly {
    async fn view(&self, view_id: &str) -> Result<SavedView, StoreError> {
        self.meta.view(view_id).await
    }

    async fn views(&self, experiment: ExperimentId) -> Result<Vec<SavedView>, StoreError> {
        self.meta.views(experiment).await
    }

    async fn create_view(
        &self,
        experiment: ExperimentId,
        name: &str,
        state: &str,
    ) -> Result<SavedView, StoreError> {
        self.meta.create_view(experiment, name, state).await
    }

    async fn update_view(
        &self,
        view_id: &str,
        update: ViewUpdate,
    ) -> Result<SavedView, StoreError> {
        self.meta.update_view(view_id, update).await
    }

    async fn delete_view(&self, view_id: &str) -> Result<(), StoreError> {
        self.meta.delete_view(view_id).await
    }
}

#[async_trait]
impl DatasetStore for RequiredOnly {
    async fn create_dataset(&self, new: NewDataset) -> Result<Dataset, StoreError> {
        self.meta.create_dataset(new).await
    }

    async fn dataset(&self, id: &DatasetId) -> Result<Dataset, StoreError> {
        self.meta.dataset(id).await
    }

    async fn search_datasets(
        &self,
        search: DatasetSearch,
    ) -> Result<(Vec<Dataset>, bool), StoreError> {
        self.meta.search_datasets(search).await
    }

    async fn edit_dataset(
        &self,
        id: &DatasetId,
        edit: DatasetEdit,
    ) -> Result<RecordCounts, StoreError> {
        self.meta.edit_dataset(id, edit).await
    }

    async fn dataset_records(
        &self,
        query: RecordQuery,
    ) -> Result<(Vec<DatasetRecord>, bool), StoreError> {
        self.meta.dataset_records(query).await
    }

    async fn dataset_versions(
        &self,
        id: &DatasetId,
        before: Option<u64>,
        max_results: usize,
    ) -> Result<Vec<DatasetVersion>, StoreError> {
        self.meta.dataset_versions(id, before, max_results).await
    }
}

#[async_trait]
impl LabelSchemaStore for RequiredOnly {
    async fn create_label_schema(&self, new: NewLabelSchema) -> Result<LabelSchema, StoreError> {
        self.meta.create_label_schema(new).await
    }

    async fn label_schema(&self, id: &LabelSchemaId) -> Result<LabelSchema, StoreError> {
        self.meta.label_schema(id).await
    }

    async fn label_schemas(
        &self,
        query: LabelSchemaQuery,
    ) -> Result<(Vec<LabelSchema>, bool), StoreError> {
        self.meta.label_schemas(query).await
    }

    async fn edit_label_schema(
        &self,
        id: &LabelSchemaId,
        edit: LabelSchemaEdit,
    ) -> Result<(), StoreError> {
        self.meta.edit_label_schema(id, edit).await
    }
}

#[async_trait]
impl ReviewQueueStore for RequiredOnly {
    async fn create_review_queue(&self, new: NewReviewQueue) -> Result<ReviewQueue, StoreError> {
        self.meta.create_review_queue(new).await
    }

    async fn review_queue(&self, id: &ReviewQueueId) -> Result<ReviewQueue, StoreError> {
        self.meta.review_queue(id).await
    }

    async fn review_queues(
        &self,
        query: ReviewQueueQuery,
    ) -> Result<(Vec<ReviewQueue>, bool), StoreError> {
        self.meta.review_queues(query).await
    }

    async fn edit_review_queue(
        &self,
        id: &ReviewQueueId,
        edit: ReviewQueueEdit,
    ) -> Result<(), StoreError> {
        self.meta.edit_review_queue(id, edit).await
    }

    async fn review_items(
        &self,
        query: ReviewItemQuery,
    ) -> Result<(Vec<ReviewItem>, bool), StoreError> {
        self.meta.review_items(query).await
    }
}

#[async_trait]
impl WebhookStore for RequiredOnly {
    async fn create_webhook(&self, new: NewWebhook) -> Result<Webhook, StoreError> {
        self.meta.create_webhook(new).await
    }

    async fn webhook(&self, id: &WebhookId) -> Result<Webhook, StoreError> {
        self.meta.webhook(id).await
    }

    async fn webhooks(&self, query: WebhookQuery) -> Result<(Vec<Webhook>, bool), StoreError> {
        self.meta.webhooks(query).await
    }

    async fn edit_webhook(&self, id: &WebhookId, edit: WebhookEdit) -> Result<(), StoreError> {
        self.meta.edit_webhook(id, edit).await
    }

    async fn webhook_secret(&self, id: &WebhookId) -> Result<Option<StoredSecret>, StoreError> {
        self.meta.webhook_secret(id).await
    }
}
