//! Issues: problems that traces show. A trace shows one by an assessment of its name.
use crate::{ExperimentId, IssueId, RunId, TimestampMs};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    pub issue_id: IssueId,
    pub experiment_id: ExperimentId,
    pub name: String,
    pub description: String,
    pub status: IssueStatus,
    pub severity: Option<IssueSeverity>,
    pub root_causes: Vec<String>,
    pub categories: Vec<String>,
    /// The run that found it.
    pub source_run_id: Option<RunId>,
    pub created_by: Option<String>,
    pub creation_time: TimestampMs,
    pub last_update_time: TimestampMs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueStatus {
    Pending,
    Rejected,
    Resolved,
}

impl IssueStatus {
    const ALL: [Self; 3] = [Self::Pending, Self::Rejected, Self::Resolved];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Rejected => "rejected",
            Self::Resolved => "resolved",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// From the least to the most severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IssueSeverity {
    NotAnIssue,
    Low,
    Medium,
    High,
}

impl IssueSeverity {
    pub const ALL: [Self; 4] = [Self::NotAnIssue, Self::Low, Self::Medium, Self::High];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAnIssue => "not_an_issue",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == text)
    }
}
