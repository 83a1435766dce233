//! Alert rules and alerts, as clients read them.
use kansoku_model::{AlertEnd, AlertEvent, AlertRule as StoredRule, ExperimentId, TimestampMs};
use kansoku_store::{
    JobQuery, JobState,
    core::{
        alerts::AlertTraces,
        webhooks::{DELIVERIES, DeliveryResult},
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use super::settings::Settings;
use crate::{ApiError, App};

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertRule {
    rule_id: String,
    settings: Settings,
    /// Whether it tells a Slack webhook, whose URL is a secret and never returned.
    has_slack_url: bool,
    /// Why the latest delivery to Slack failed.
    slack_error: Option<String>,
    /// Until then nobody is told that it fires.
    muted_until_ms: Option<i64>,
    /// `ok`, `pending`, `firing` or `no_data`. A disabled rule is `ok`.
    status: &'static str,
    /// When the status began.
    since_ms: i64,
    /// `null` before the first evaluation.
    evaluated_ms: Option<i64>,
    /// The value of the last evaluation.
    value: Option<f64>,
    /// The traces that it is computed from.
    traces: u64,
    /// `false` if these are only the newest of the window.
    complete: bool,
    /// Why the last evaluation failed.
    problem: Option<String>,
    /// The alert that is not over.
    alert: Option<Alert>,
    /// The traces of the window of the last evaluation.
    traces_link: Option<TracesLink>,
    create_time_ms: i64,
    update_time_ms: i64,
}

/// One time that a rule fired.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Alert {
    alert_id: String,
    rule_id: String,
    /// The rule as it was.
    settings: Settings,
    start_ms: i64,
    /// `null` while it fires.
    end_ms: Option<i64>,
    /// `recovered`, `no_data` or `rule_changed`.
    end_reason: Option<&'static str>,
    /// The value when it began.
    value: f64,
    /// The worst value.
    peak: f64,
    /// The traces of the window when it began.
    traces: u64,
    /// Whether somebody was told, which mute prevents.
    notified: bool,
    traces_link: Option<TracesLink>,
}

/// The traces that a value is about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertTraces)]
pub(crate) struct TracesLink {
    /// The id or the name of their experiment.
    experiment: String,
    /// Those that make the value bad, if single traces do.
    filter: String,
    from_ms: i64,
    to_ms: i64,
}

impl AlertRule {
    pub(super) async fn read(app: &App, rule: StoredRule) -> Result<Self, ApiError> {
        let slack_error = match rule.has_slack_url {
            true => slack_error(app, &rule).await?,
            false => None,
        };
        let (status, state) = (rule.status(), rule.state);
        let evaluated = state.evaluated;
        let traces_link = evaluated.and_then(|to| {
            let from = TimestampMs(to.0.saturating_sub(rule.settings.window().0));
            TracesLink::new(&rule.settings, rule.experiment, from, to)
        });
        Ok(Self {
            rule_id: rule.rule_id.to_string(),
            settings: Settings::new(&rule.settings),
            has_slack_url: rule.has_slack_url,
            slack_error,
            muted_until_ms: rule.muted_until.map(|until| until.0),
            status: status.as_str(),
            since_ms: state.since.0,
            evaluated_ms: evaluated.map(|time| time.0),
            value: state.value,
            traces: state.traces,
            complete: state.is_complete,
            problem: state.problem,
            alert: state.alert.map(|alert| Alert::new(alert, rule.experiment, app.clock.now())),
            traces_link,
            create_time_ms: rule.creation_time.0,
            update_time_ms: rule.last_update_time.0,
        })
    }
}

/// Why the latest delivery failed, if it did.
async fn slack_error(app: &App, rule: &StoredRule) -> Result<Option<String>, ApiError> {
    let (queue, subject) = (DELIVERIES.to_owned(), rule.rule_id.to_string());
    let query = JobQuery { queue, subject, offset: 0, max_results: 1 };
    let (jobs, _) = app.jobs.jobs(query).await?;
    let failed = jobs.iter().find(|job| job.state != JobState::Succeeded);
    Ok(failed.and_then(|job| DeliveryResult::of_job(job).error))
}

impl Alert {
    pub(super) fn new(alert: AlertEvent, experiment: ExperimentId, now: TimestampMs) -> Self {
        let from = TimestampMs(alert.start.0.saturating_sub(alert.settings.window().0));
        let to = alert.end.unwrap_or(now);
        Self {
            traces_link: TracesLink::new(&alert.settings, experiment, from, to),
            alert_id: alert.event_id,
            rule_id: alert.rule_id,
            settings: Settings::new(&alert.settings),
            start_ms: alert.start.0,
            end_ms: alert.end.map(|end| end.0),
            end_reason: alert.end_reason.map(AlertEnd::as_str),
            value: alert.value,
            peak: alert.peak,
            traces: alert.traces,
            notified: alert.is_notified,
        }
    }
}

impl TracesLink {
    fn new(
        settings: &kansoku_model::AlertSettings,
        experiment: ExperimentId,
        from: TimestampMs,
        to: TimestampMs,
    ) -> Option<Self> {
        let AlertTraces { experiment, bad, .. } = AlertTraces::new(settings, experiment)?;
        Some(Self { experiment, filter: bad, from_ms: from.0, to_ms: to.0 })
    }
}
