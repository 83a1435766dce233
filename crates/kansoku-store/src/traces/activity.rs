//! Recent activity of each experiment: the figures of a list of experiments.
use std::time::Duration;

use kansoku_model::{ExperimentId, Money, TimestampMs};

/// Asks for those of the experiments that have traces.
#[derive(Clone, Debug)]
pub struct ActivityQuery {
    pub experiments: Vec<ExperimentId>,
    /// Both ends belong to the window.
    pub from: TimestampMs,
    pub to: TimestampMs,
    /// How many parts of the window are counted apart.
    pub buckets: usize,
    pub deadline: Duration,
}

impl ActivityQuery {
    /// Which part of the window a time lies in; `None` outside of it.
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
    /// All there are, whatever the window.
    pub traces: u64,
    /// When the newest of them began.
    pub last: Option<TimestampMs>,
    pub window: WindowFigures,
    /// Traces in each part of the window.
    pub series: Vec<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WindowFigures {
    pub traces: u64,
    pub errors: u64,
    pub cost: Money,
    /// The 95th percentile of the traces that have ended; `None` where none has.
    pub p95_ms: Option<f64>,
}
