use std::cmp::Reverse;

use async_trait::async_trait;
use kansoku_model::{Issue, IssueId};

use super::meta::page;
use super::{ReferenceStore, State};
use crate::{FoundIssue, IssueEdit, IssueSearch, IssueStore, StoreError};

#[async_trait]
impl IssueStore for ReferenceStore {
    async fn create_issue(&self, issue: Issue) -> Result<Issue, StoreError> {
        let mut state = self.state();
        state.require_active(issue.experiment_id)?;
        state.issues.insert(issue.issue_id.clone(), issue.clone());
        Ok(issue)
    }

    async fn issue(&self, id: &IssueId) -> Result<Issue, StoreError> {
        self.state().issue(id).cloned()
    }

    async fn search_issues(
        &self,
        search: IssueSearch,
    ) -> Result<(Vec<FoundIssue>, bool), StoreError> {
        let state = self.state();
        let is_found = |issue: &&Issue| {
            search.experiments.as_ref().is_none_or(|ids| ids.contains(&issue.experiment_id))
                && search.filter.matches(issue)
        };
        let found = state.issues.values().filter(is_found).map(|issue| {
            let traces = search.count_traces.then(|| state.traces_with_issue(&issue.issue_id));
            FoundIssue { issue: issue.clone(), traces }
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|FoundIssue { issue, traces }| {
            Reverse((issue.severity, *traces, issue.creation_time, issue.issue_id.clone()))
        });
        Ok(page(found, search.offset, search.max_results))
    }

    async fn edit_issue(&self, id: &IssueId, edit: IssueEdit) -> Result<(), StoreError> {
        let now = self.now();
        let mut state = self.state();
        let mut issue = state.issue(id)?.clone();
        let IssueEdit::Update(update) = edit;
        issue.name = update.name.unwrap_or(issue.name);
        issue.description = update.description.unwrap_or(issue.description);
        issue.status = update.status.unwrap_or(issue.status);
        issue.severity = update.severity.or(issue.severity);
        issue.last_update_time = now;
        state.issues.insert(id.clone(), issue);
        Ok(())
    }
}

impl State {
    fn issue(&self, id: &IssueId) -> Result<&Issue, StoreError> {
        self.issues.get(id).ok_or_else(|| StoreError::IssueNotFound(id.clone()))
    }

    fn traces_with_issue(&self, id: &IssueId) -> u64 {
        let shows = self.traces.values().filter(|trace| {
            trace.assessments.iter().any(|assessment| {
                let is_issue = assessment.valid && assessment.value.kind() == "issue";
                is_issue && assessment.assessment_name == id.as_str()
            })
        });
        shows.count() as u64
    }
}
