//! The settings of an alert rule, as clients send and read them.
use kansoku_mlflow::text_limits::check_length;
use kansoku_model::{AlertSettings, AlertSignal, Comparison, Experiment, FeedbackSettings};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ApiError, params::trace_scope::parse_filter};

/// Limits in characters.
const NAME_CHARS_MAX: usize = 250;
const FILTER_CHARS_MAX: usize = 4000;

const TRACES_MIN: u32 = 20;
/// One more evaluation must confirm the first.
const FOR_S: u32 = 60;
const RESOLVE_AFTER_S: u32 = 300;

/// The value that a rule compares. Shares are from 0 to 1.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = AlertSignal)]
pub(crate) enum Signal {
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
    /// The age of the oldest trace that waits for a scorer, in seconds. It has no window.
    ScorerLag { scorer: String },
    /// The share of the attempts of a judge that failed, by their traces.
    JudgeFailures { scorer: String },
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AlertComparison)]
pub(crate) enum Side {
    Above,
    Below,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = AlertSettings)]
pub(crate) struct Settings {
    name: String,
    signal: Signal,
    /// Only matching traces count, in the search language.
    #[serde(default)]
    filter: String,
    comparison: Side,
    threshold: f64,
    /// An alert is over when the value is not beyond this. It lies on the good side of the threshold,
    /// which it is by default.
    resolve_threshold: Option<f64>,
    /// From a minute to a day.
    window_s: u32,
    /// With fewer traces in the window, or feedback in them, there is no value. By default 20, and 1
    /// for cost and tokens.
    traces_min: Option<u32>,
    /// How long the value must be beyond the threshold before the rule fires; 60 by default.
    for_s: Option<u32>,
    /// How long the value must be back before the alert is over; at least 60, and 300 by default.
    resolve_after_s: Option<u32>,
    /// `true` by default.
    enabled: Option<bool>,
}

impl Settings {
    pub(super) fn new(settings: &AlertSettings) -> Self {
        let AlertSettings { name, filter, threshold, resolve_threshold, .. } = settings.clone();
        Self {
            name,
            signal: settings.signal.clone().into(),
            filter,
            comparison: match settings.comparison {
                Comparison::Above => Side::Above,
                Comparison::Below => Side::Below,
            },
            threshold,
            resolve_threshold,
            window_s: settings.window_s,
            traces_min: Some(settings.traces_min),
            for_s: Some(settings.for_s),
            resolve_after_s: Some(settings.resolve_after_s),
            enabled: Some(settings.enabled),
        }
    }

    /// Fails if a rule cannot have these settings.
    pub(super) fn check(self, experiment: &Experiment) -> Result<AlertSettings, ApiError> {
        let signal = AlertSignal::from(self.signal);
        let traces_min = if signal.is_sum() { 1 } else { TRACES_MIN };
        let settings = AlertSettings {
            name: self.name.trim().to_owned(),
            filter: self.filter.trim().to_owned(),
            comparison: match self.comparison {
                Side::Above => Comparison::Above,
                Side::Below => Comparison::Below,
            },
            threshold: self.threshold,
            resolve_threshold: self.resolve_threshold,
            window_s: self.window_s,
            traces_min: self.traces_min.unwrap_or(traces_min),
            for_s: self.for_s.unwrap_or(FOR_S),
            resolve_after_s: self.resolve_after_s.unwrap_or(RESOLVE_AFTER_S),
            enabled: self.enabled.unwrap_or(true),
            signal,
        };
        check_name("name", &settings.name)?;
        check_signal(&settings.signal)?;
        check_thresholds(&settings)?;
        check_numbers(&settings)?;
        check_length("filter", &settings.filter, FILTER_CHARS_MAX)?;
        if !settings.filter.is_empty() && !settings.signal.has_filter() {
            return Err(ApiError::invalid("a rule about a scorer has no `filter`"));
        }
        parse_filter(&settings.filter, &FeedbackSettings::from_tags(&experiment.tags))?;
        Ok(settings)
    }
}

fn check_name(what: &str, name: &str) -> Result<(), ApiError> {
    if name.trim().is_empty() {
        return Err(ApiError::invalid(format!("`{what}` is empty")));
    }
    Ok(check_length(what, name, NAME_CHARS_MAX)?)
}

fn check_signal(signal: &AlertSignal) -> Result<(), ApiError> {
    match signal {
        AlertSignal::Latency { percentile } if !(1.0..=100.0).contains(percentile) => {
            Err(ApiError::invalid(format!("`percentile` is from 1 to 100, got {percentile}")))
        }
        AlertSignal::PassRate { feedback } | AlertSignal::FeedbackMean { feedback } => {
            check_name("feedback", feedback)
        }
        AlertSignal::ScorerLag { scorer } | AlertSignal::JudgeFailures { scorer } => {
            check_name("scorer", scorer)
        }
        AlertSignal::ErrorRate
        | AlertSignal::Latency { .. }
        | AlertSignal::Cost
        | AlertSignal::Tokens => Ok(()),
    }
}

fn check_thresholds(settings: &AlertSettings) -> Result<(), ApiError> {
    let is_share = matches!(
        settings.signal,
        AlertSignal::ErrorRate | AlertSignal::PassRate { .. } | AlertSignal::JudgeFailures { .. }
    );
    let thresholds = [Some(settings.threshold), settings.resolve_threshold];
    for threshold in thresholds.into_iter().flatten() {
        if !threshold.is_finite() || is_share && !(0.0..=1.0).contains(&threshold) {
            return Err(ApiError::invalid("the threshold of a share is from 0 to 1"));
        }
    }
    if settings.resolve_threshold.is_some_and(|threshold| settings.is_breached(threshold)) {
        let side = settings.comparison.as_str();
        return Err(ApiError::invalid(format!(
            "`resolve_threshold` is {side} `threshold`, so an alert would be over while it fires"
        )));
    }
    Ok(())
}

fn check_numbers(settings: &AlertSettings) -> Result<(), ApiError> {
    use AlertSettings as S;
    for (name, given, min, max) in [
        ("window_s", settings.window_s, S::WINDOW_S_MIN, S::DAY_S),
        ("traces_min", settings.traces_min, 1, S::TRACES_MIN_MAX),
        ("for_s", settings.for_s, 0, S::DAY_S),
        ("resolve_after_s", settings.resolve_after_s, S::RESOLVE_AFTER_S_MIN, S::DAY_S),
    ] {
        if !(min..=max).contains(&given) {
            return Err(ApiError::invalid(format!("`{name}` is from {min} to {max}, got {given}")));
        }
    }
    Ok(())
}

impl From<Signal> for AlertSignal {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::ErrorRate => Self::ErrorRate,
            Signal::Latency { percentile } => Self::Latency { percentile },
            Signal::Cost => Self::Cost,
            Signal::Tokens => Self::Tokens,
            Signal::PassRate { feedback } => Self::PassRate { feedback },
            Signal::FeedbackMean { feedback } => Self::FeedbackMean { feedback },
            Signal::ScorerLag { scorer } => Self::ScorerLag { scorer },
            Signal::JudgeFailures { scorer } => Self::JudgeFailures { scorer },
        }
    }
}

impl From<AlertSignal> for Signal {
    fn from(signal: AlertSignal) -> Self {
        match signal {
            AlertSignal::ErrorRate => Self::ErrorRate,
            AlertSignal::Latency { percentile } => Self::Latency { percentile },
            AlertSignal::Cost => Self::Cost,
            AlertSignal::Tokens => Self::Tokens,
            AlertSignal::PassRate { feedback } => Self::PassRate { feedback },
            AlertSignal::FeedbackMean { feedback } => Self::FeedbackMean { feedback },
            AlertSignal::ScorerLag { scorer } => Self::ScorerLag { scorer },
            AlertSignal::JudgeFailures { scorer } => Self::JudgeFailures { scorer },
        }
    }
}
