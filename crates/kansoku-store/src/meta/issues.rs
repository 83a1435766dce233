//! Issues: problems that traces show.
use async_trait::async_trait;
use kansoku_filter::IssueFilter;
use kansoku_model::{ExperimentId, Issue, IssueId, IssueSeverity, IssueStatus};

use crate::StoreError;

/// Issues. Traces are linked to one by assessments with its id as their name.
#[async_trait]
pub trait IssueStore: Send + Sync {
    async fn create_issue(&self, issue: Issue) -> Result<Issue, StoreError>;

    async fn issue(&self, id: &IssueId) -> Result<Issue, StoreError>;

    /// The page, and whether more follow: the most severe first, then, where traces are counted, those
    /// with most traces, then the newest.
    async fn search_issues(
        &self,
        search: IssueSearch,
    ) -> Result<(Vec<FoundIssue>, bool), StoreError>;

    async fn edit_issue(&self, id: &IssueId, edit: IssueEdit) -> Result<(), StoreError>;

    async fn update_issue(&self, id: &IssueId, update: IssueUpdate) -> Result<Issue, StoreError> {
        self.edit_issue(id, IssueEdit::Update(update)).await?;
        self.issue(id).await
    }
}

/// A change of one issue.
#[derive(Clone, Debug)]
pub enum IssueEdit {
    Update(IssueUpdate),
}

/// Absent fields keep their values.
#[derive(Clone, Debug, Default)]
pub struct IssueUpdate {
    pub name: Option<String>,
    pub description: Option<String>,
    pub status: Option<IssueStatus>,
    pub severity: Option<IssueSeverity>,
}

#[derive(Clone, Debug)]
pub struct IssueSearch {
    /// All where absent.
    pub experiments: Option<Vec<ExperimentId>>,
    pub filter: IssueFilter,
    pub count_traces: bool,
    pub offset: usize,
    pub max_results: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundIssue {
    pub issue: Issue,
    /// The number of traces that show it, if requested.
    pub traces: Option<u64>,
}
