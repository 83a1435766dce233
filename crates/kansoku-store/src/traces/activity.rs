//! Recent activity of each experiment: the figures in the list of experiments.
use std::time::Duration;

use kansoku_model::{ExperimentId, Money, TimestampMs};

/// A query for the activity of some experiments; those without traces are omitted.
#[derive(Clone, Debug)]
pub struct ActivityQuery {
    pub experiments: Vec<ExperimentId>,
    /// The window includes both ends.
    pub from: TimestampMs,
    pub to: TimestampMs,
    /// The number of equal parts that the window is divided into.
    pub buckets: usize,
    pub deadline: Duration,
}

impl ActivityQuery {
    /// The index of the bucket that contains a time; `None` outside of the window.
    pub fn bucket_of(&self, time_ms: i64) -> Option<usize> {
        if time_ms < self.from.0 || self.to.0 < time_ms || self.buckets == 0 {
            return None;
        }
        let length = i128::from(self.to.0) - i128::from(self.from.0) + 1;
        let at = i128::from(time_ms) - i128::from(self.from.0);
        usize::try_from(at * self.buckets as i128 / length).ok()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    pub experiment: ExperimentId,
    /// All traces of the experiment, independent of the window.
    pub traces: u64,
    /// The start of its newest trace.
    pub last: Option<TimestampMs>,
    pub window: WindowFigures,
    /// The number of traces in each bucket.
    pub series: Vec<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WindowFigures {
    pub traces: u64,
    pub errors: u64,
    pub cost: Money,
    /// The 95th percentile of the durations of ended traces; `None` if none has ended.
    pub p95_ms: Option<f64>,
}
