//! Logged models: versions of an application or model, with parameters, tags and metrics.
use async_trait::async_trait;
use kansoku_filter::{LoggedModelFilter, LoggedModelOrderBy};
use kansoku_model::{
    ExperimentId, KeyValue, LoggedModel, LoggedModelInfo, LoggedModelStatus, ModelId,
};

use crate::StoreError;

/// Logged models. Their metrics are logged to runs, which name the models.
#[async_trait]
pub trait LoggedModelStore: Send + Sync {
    async fn create_logged_model(
        &self,
        info: LoggedModelInfo,
        params: Vec<KeyValue>,
        tags: Vec<KeyValue>,
    ) -> Result<LoggedModel, StoreError>;

    /// A deleted one, too.
    async fn logged_model(&self, id: &ModelId) -> Result<LoggedModel, StoreError>;

    /// The page, and whether more follow; without deleted ones.
    async fn search_logged_models(
        &self,
        search: LoggedModelSearch,
    ) -> Result<(Vec<LoggedModel>, bool), StoreError>;

    /// All or nothing.
    async fn edit_logged_model(
        &self,
        id: &ModelId,
        edit: LoggedModelEdit,
    ) -> Result<(), StoreError>;
}

/// A change of one logged model; deleted ones can be changed, too.
#[derive(Clone, Debug)]
pub enum LoggedModelEdit {
    SetStatus(LoggedModelStatus),
    Delete,
    /// A param keeps its first value and refuses another.
    LogParams(Vec<KeyValue>),
    SetTags(Vec<KeyValue>),
    /// Refused where there is no such tag.
    DeleteTag {
        key: String,
    },
}

#[derive(Clone, Debug)]
pub struct LoggedModelSearch {
    pub experiments: Vec<ExperimentId>,
    pub filter: LoggedModelFilter,
    pub order_by: Vec<LoggedModelOrderBy>,
    pub offset: usize,
    pub max_results: usize,
}
