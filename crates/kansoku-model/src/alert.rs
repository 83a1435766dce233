//! Alert rules: thresholds on what the traces of an experiment show, and the alerts that they cause.
use serde::{Deserialize, Serialize};

use crate::{AlertRuleId, DurationMs, ExperimentId, TimestampMs};

/// The value that a rule compares with its threshold. Shares are from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AlertSignal {
    /// The share of traces that ended with an error.
    ErrorRate,
    /// A percentile of the durations of traces, in milliseconds.
    Latency { percentile: f64 },
    /// The cost of all traces of the window, in US dollars.
    Cost,
    /// The tokens of all traces of the window.
    Tokens,
    /// The share of good values of a feedback.
    PassRate { feedback: String },
    /// The mean of the numbers of a feedback.
    FeedbackMean { feedback: String },
    /// The age of the oldest trace that waits for a scorer, in seconds.
    ScorerLag { scorer: String },
    /// The share of the attempts of a judge that failed.
    JudgeFailures { scorer: String },
}

impl AlertSignal {
    /// Whether the value is a sum, which few traces suffice for.
    pub fn is_sum(&self) -> bool {
        matches!(self, Self::Cost | Self::Tokens)
    }

    /// Whether the value is about traces of the rule's experiment, which a filter can choose.
    pub fn has_filter(&self) -> bool {
        !matches!(self, Self::ScorerLag { .. } | Self::JudgeFailures { .. })
    }

    /// Whether the value is computed from the traces of a window, rather than measured now.
    pub fn has_window(&self) -> bool {
        !matches!(self, Self::ScorerLag { .. })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Comparison {
    Above,
    Below,
}

impl Comparison {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
        }
    }

    /// Whether the value is strictly beyond a threshold.
    pub fn is_beyond(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Above => threshold < value,
            Self::Below => value < threshold,
        }
    }

    /// The one of two values that is further beyond a threshold.
    pub fn worse(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Above => a.max(b),
            Self::Below => a.min(b),
        }
    }
}

/// The part of a rule that its owner decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertSettings {
    pub name: String,
    pub signal: AlertSignal,
    /// Only matching traces count; empty for all.
    pub filter: String,
    pub comparison: Comparison,
    pub threshold: f64,
    /// An alert is over when the value is not beyond this; `None` for the threshold itself.
    pub resolve_threshold: Option<f64>,
    pub window_s: u32,
    /// With fewer traces in the window there is no value.
    pub traces_min: u32,
    /// How long the value must be beyond the threshold before the rule fires.
    pub for_s: u32,
    /// How long the value must be back before the alert is over.
    pub resolve_after_s: u32,
    pub enabled: bool,
}

impl AlertSettings {
    /// The most rules of one experiment, and of one server.
    pub const COUNT_MAX: usize = 100;
    pub const SERVER_COUNT_MAX: usize = 1000;
    pub const DAY_S: u32 = 86_400;
    pub const WINDOW_S_MIN: u32 = 60;
    /// An alert that is over sooner than that flaps.
    pub const RESOLVE_AFTER_S_MIN: u32 = 60;
    pub const TRACES_MIN_MAX: u32 = 1_000_000;

    pub fn window(&self) -> DurationMs {
        DurationMs(i64::from(self.window_s) * 1_000)
    }

    /// How often the rule is evaluated: longer windows change more slowly, and take longer to read.
    pub fn interval(&self) -> DurationMs {
        DurationMs((self.window().0 / 96).clamp(60_000, 900_000))
    }

    pub fn is_breached(&self, value: f64) -> bool {
        self.comparison.is_beyond(value, self.threshold)
    }

    /// Whether a value ends an alert.
    pub fn is_recovered(&self, value: f64) -> bool {
        let threshold = self.resolve_threshold.unwrap_or(self.threshold);
        !self.comparison.is_beyond(value, threshold)
    }

    /// Whether both differ in their names at most, so that the state of one is that of the other.
    pub fn is_same_but_name(&self, other: &Self) -> bool {
        Self { name: other.name.clone(), ..self.clone() } == *other
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct AlertRule {
    pub rule_id: AlertRuleId,
    pub experiment: ExperimentId,
    pub settings: AlertSettings,
    /// Until then nobody is told that it fires.
    pub muted_until: Option<TimestampMs>,
    /// Whether it has the URL of a Slack webhook, which is stored apart.
    pub has_slack_url: bool,
    /// Counts the changes of its settings that make its former state meaningless.
    pub revision: u32,
    pub creation_time: TimestampMs,
    pub last_update_time: TimestampMs,
    pub state: AlertState,
}

impl AlertRule {
    pub fn is_muted(&self, now: TimestampMs) -> bool {
        self.muted_until.is_some_and(|until| now < until)
    }

    /// Its status now, which is not yet evaluated after a change.
    pub fn status(&self) -> AlertStatus {
        match self.state.revision == self.revision && self.settings.enabled {
            true => self.state.status,
            false => AlertStatus::Ok,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertStatus {
    #[default]
    Ok,
    /// The value is beyond the threshold, but not yet for long enough.
    Pending,
    Firing,
    /// There are too few traces.
    NoData,
}

impl AlertStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::NoData => "no_data",
        }
    }
}

/// The result of the evaluations of a rule so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlertState {
    pub status: AlertStatus,
    /// When the status began.
    pub since: TimestampMs,
    /// When the rule was evaluated last.
    pub evaluated: Option<TimestampMs>,
    pub value: Option<f64>,
    pub traces: u64,
    /// Whether the value is computed from all traces of the window, and not only the newest.
    pub is_complete: bool,
    /// The revision of the rule that was evaluated.
    pub revision: u32,
    /// While it fires: since when the value is back.
    pub recovering_since: Option<TimestampMs>,
    /// The alert that is not over.
    pub alert: Option<AlertEvent>,
    /// Why the last evaluation failed.
    pub problem: Option<String>,
}

/// An alert: one time that a rule fired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertEvent {
    pub event_id: String,
    pub rule_id: String,
    /// The rule as it was.
    pub settings: AlertSettings,
    pub start: TimestampMs,
    /// `None` while it fires.
    pub end: Option<TimestampMs>,
    pub end_reason: Option<AlertEnd>,
    /// The value when it began.
    pub value: f64,
    /// The value that was furthest beyond the threshold.
    pub peak: f64,
    /// The traces of the window when it began.
    pub traces: u64,
    /// Whether somebody was told that it fires.
    pub is_notified: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertEnd {
    /// The value is back.
    Recovered,
    /// There are too few traces since.
    NoData,
    /// The rule was changed or disabled.
    RuleChanged,
}

impl AlertEnd {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recovered => "recovered",
            Self::NoData => "no_data",
            Self::RuleChanged => "rule_changed",
        }
    }
}
