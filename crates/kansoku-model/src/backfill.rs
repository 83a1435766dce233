//! Backfills: scorers that assess traces which ended before.
use serde::{Deserialize, Serialize};

use crate::{ExperimentId, TimestampMs};

/// Scorers that assess traces of the past, in small steps from the newest to the oldest.
#[derive(Clone, Debug, PartialEq)]
pub struct Backfill {
    pub backfill_id: String,
    pub experiment_id: ExperimentId,
    pub scorers: Vec<BackfillScorer>,
    /// A filter of traces; empty for all.
    pub filter: String,
    /// The range includes both ends.
    pub from: Option<TimestampMs>,
    pub to: Option<TimestampMs>,
    /// Whether only traces are selected that another version of the scorer assessed.
    pub only_former: bool,
    /// The name of the token that created it.
    pub created_by: Option<String>,
    pub created: TimestampMs,
    /// The number of traces that matched when it was created.
    pub selected: u64,
    /// Whether all of them were counted.
    pub is_selected_complete: bool,
    pub state: BackfillState,
    pub progress: BackfillProgress,
    /// When it was done or cancelled.
    pub finished: Option<TimestampMs>,
}

/// A version of a scorer, and the share of the traces that it assesses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackfillScorer {
    pub scorer_id: String,
    pub name: String,
    pub version: i64,
    /// From 0 to 1.
    pub sample_rate: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackfillState {
    Running,
    Paused,
    Cancelled,
    Done,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackfillProgress {
    /// The page token after the last trace that was looked at.
    pub cursor: Option<String>,
    /// Whether all traces were looked at.
    pub is_walked: bool,
    pub looked_at: u64,
    /// The jobs of judges and Python scorers that were added.
    pub jobs_added: u64,
    /// The assessments that checks gave.
    pub checked: u64,
}

impl Backfill {
    /// The most backfills of one experiment that are not finished.
    pub const UNFINISHED_MAX: usize = 20;
    /// The most finished ones that are kept.
    pub const FINISHED_MAX: usize = 100;
    /// The most scorers of one backfill.
    pub const SCORERS_MAX: usize = 50;

    pub fn is_finished(&self) -> bool {
        self.state.is_final()
    }
}

impl BackfillState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Done => "done",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        let all = [Self::Running, Self::Paused, Self::Cancelled, Self::Done];
        all.into_iter().find(|it| it.as_str() == text)
    }

    pub fn is_final(self) -> bool {
        matches!(self, Self::Cancelled | Self::Done)
    }
}
