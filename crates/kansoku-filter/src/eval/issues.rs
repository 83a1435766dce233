//! Filters of issues, decided in memory.
use kansoku_model::{Issue, RunId};

use super::meta::{holds, passes};
use crate::{IssueFilter, issue::Condition};

impl IssueFilter {
    pub fn matches(&self, issue: &Issue) -> bool {
        holds(&self.expr, &|condition| match condition {
            Condition::Status(test) => passes(test, Some(issue.status.as_str())),
            Condition::SourceRun(test) => {
                passes(test, issue.source_run_id.as_ref().map(RunId::as_str))
            }
        })
    }
}
