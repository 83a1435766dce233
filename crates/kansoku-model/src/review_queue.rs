//! Review queues: traces that wait for the answers of reviewers.
use crate::{ExperimentId, LabelSchemaId, ReviewQueueId, TimestampMs, TraceId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewQueue {
    pub queue_id: ReviewQueueId,
    pub experiment: ExperimentId,
    /// Unique in its experiment, whatever the case of letters.
    pub name: String,
    pub queue_type: QueueType,
    /// Its owner.
    pub created_by: Option<String>,
    pub created: TimestampMs,
    pub last_update: TimestampMs,
    /// The reviewers, in lower case and in order.
    pub users: Vec<String>,
    /// Its questions, in order. A user's queue has all of the experiment instead.
    pub schemas: Vec<LabelSchemaId>,
}

impl ReviewQueue {
    /// The most reviewers of one.
    pub const USERS_MAX: usize = 10;
    /// The most of one experiment.
    pub const COUNT_MAX: u64 = 1000;
    /// The most traces in one.
    pub const ITEMS_MAX: u64 = 100_000;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueType {
    /// The worklist of one user, whose name it has.
    User,
    Custom,
}

impl QueueType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Custom => "CUSTOM",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::User, Self::Custom].into_iter().find(|it| it.as_str() == text)
    }
}

/// A trace in a queue; any one of the reviewers settles it for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewItem {
    pub queue_id: ReviewQueueId,
    pub trace: TraceId,
    pub status: ReviewStatus,
    /// The user who completed or declined it.
    pub completed_by: Option<String>,
    pub completed: Option<TimestampMs>,
    pub created: TimestampMs,
    pub last_update: TimestampMs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewStatus {
    Pending,
    Complete,
    Declined,
}

impl ReviewStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Complete => "COMPLETE",
            Self::Declined => "DECLINED",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Pending, Self::Complete, Self::Declined].into_iter().find(|it| it.as_str() == text)
    }
}
