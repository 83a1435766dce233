//! A store with alert rules, and traces at chosen times.
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use kansoku_alerts::{Alerting, PublicUrl};
use kansoku_model::{
    AlertEvent, AlertRule, AlertSettings, AlertSignal, Clock, Comparison, ExperimentId,
    StoredSecret, TimestampMs,
};
use kansoku_sqlite::{SqliteStore, StoreOptions};
use kansoku_store::core::webhooks::DELIVERIES;
use kansoku_store::suite::build::{START_NS, SpanSpec, batch, span};
use kansoku_store::{
    AlertEventQuery, AlertRuleEdit, AlertStore as _, ExperimentEdit, ExperimentStore as _, Job,
    JobQuery, JobQueue as _, NewAlertRule, TraceWrites as _,
};

pub(crate) const HERE: ExperimentId = ExperimentId::DEFAULT;
pub(crate) const MINUTE: i64 = 60_000;
/// The time of the suite's first span.
pub(crate) const START: i64 = (START_NS / 1_000_000) as i64;
pub(crate) const QUEUE: &str = "judges";

#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl Clock for TestClock {
    fn now(&self) -> TimestampMs {
        TimestampMs(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) struct World {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) alerting: Arc<Alerting>,
    clock: TestClock,
    traces: AtomicU64,
    folder: tempfile::TempDir,
}

fn open(folder: &Path, clock: &TestClock) -> (Arc<SqliteStore>, Arc<Alerting>) {
    let clock = Arc::new(clock.clone());
    let options = StoreOptions { readers: 2, clock: clock.clone(), ..StoreOptions::default() };
    let store = Arc::new(SqliteStore::open(&folder.join("kansoku.db"), options).unwrap());
    let url = PublicUrl(Some("https://kansoku.example".to_owned()));
    let (traces, meta, jobs) = (store.clone(), store.clone(), store.clone());
    (store, Arc::new(Alerting::new(traces, meta, jobs, clock, vec![QUEUE], url)))
}

impl World {
    /// At a time shortly after a minute began.
    pub(crate) fn new() -> Self {
        let start = (START.div_euclid(MINUTE) + 1) * MINUTE + 1;
        let clock = TestClock(Arc::new(AtomicI64::new(start)));
        let folder = tempfile::tempdir().unwrap();
        let (store, alerting) = open(folder.path(), &clock);
        Self { store, alerting, clock, traces: AtomicU64::new(0), folder }
    }

    /// The same folder in another process.
    pub(crate) async fn restart(self) -> Self {
        self.store.close().await;
        let Self { store, alerting, clock, traces, folder } = self;
        drop((store, alerting));
        let (store, alerting) = open(folder.path(), &clock);
        Self { store, alerting, clock, traces, folder }
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().0
    }

    pub(crate) fn advance_ms(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    /// A trace that ended just now after so many milliseconds; returns its number.
    pub(crate) async fn trace(
        &self,
        lasted_ms: i64,
        change: impl FnOnce(SpanSpec) -> SpanSpec,
    ) -> u64 {
        let number = self.traces.fetch_add(1, Ordering::Relaxed) + 1;
        let end = (self.now() - START).max(lasted_ms).cast_unsigned();
        let root = span(number, 1, None, end - lasted_ms.cast_unsigned(), end);
        self.store.append(HERE, batch([change(root)])).await.unwrap();
        number
    }

    pub(crate) async fn traces(&self, good: usize, bad: usize) {
        for _ in 0..good {
            self.trace(10, |span| span).await;
        }
        for _ in 0..bad {
            self.trace(10, SpanSpec::failed).await;
        }
    }

    pub(crate) async fn rule(&self, settings: AlertSettings) -> AlertRule {
        let slack_url = Some(StoredSecret("https://hooks.example".to_owned()));
        let rule = NewAlertRule { settings, slack_url };
        self.store.create_alert_rule(HERE, rule).await.unwrap()
    }

    pub(crate) async fn change(&self, rule: &AlertRule, settings: AlertSettings) {
        let edit = AlertRuleEdit::Update { settings, slack_url: None };
        self.store.edit_alert_rule(HERE, &rule.rule_id, edit).await.unwrap();
    }

    pub(crate) async fn mute(&self, rule: &AlertRule, until: Option<i64>) {
        let edit = AlertRuleEdit::Mute { until: until.map(TimestampMs) };
        self.store.edit_alert_rule(HERE, &rule.rule_id, edit).await.unwrap();
    }

    pub(crate) async fn evaluate(&self, rule: &AlertRule) -> AlertRule {
        self.alerting.evaluate_due().await.unwrap();
        self.store.alert_rule(HERE, &rule.rule_id).await.unwrap()
    }

    pub(crate) async fn status(&self, rule: &AlertRule) -> &'static str {
        self.evaluate(rule).await.state.status.as_str()
    }

    pub(crate) async fn events(&self) -> Vec<AlertEvent> {
        let query = AlertEventQuery { experiment: HERE, rule: None, offset: 0, max_results: 100 };
        self.store.alert_events(query).await.unwrap().0
    }

    /// The notifications of Slack, the oldest first.
    pub(crate) async fn notifications(&self, rule: &AlertRule) -> Vec<Job> {
        let (queue, subject) = (DELIVERIES.to_owned(), rule.rule_id.to_string());
        let query = JobQuery { queue, subject, offset: 0, max_results: 100 };
        let mut jobs = self.store.jobs(query).await.unwrap().0;
        jobs.reverse();
        jobs
    }

    pub(crate) async fn notification_kinds(&self, rule: &AlertRule) -> Vec<String> {
        let kinds = self.notifications(rule).await.into_iter();
        kinds.map(|job| job.kind.trim_start_matches("slack:alert.").to_owned()).collect()
    }

    pub(crate) async fn set_feedback_rule(&self, tag: &str, value: &str) {
        let (key, value) = (tag.to_owned(), value.to_owned());
        self.store.edit_experiment(HERE, ExperimentEdit::SetTag { key, value }).await.unwrap();
    }
}

/// An error rate above a half in five minutes, which fires and is over at once, as far as it may.
pub(crate) fn errors() -> AlertSettings {
    AlertSettings {
        name: "errors".to_owned(),
        signal: AlertSignal::ErrorRate,
        filter: String::new(),
        comparison: Comparison::Above,
        threshold: 0.5,
        resolve_threshold: None,
        window_s: 300,
        traces_min: 4,
        for_s: 0,
        resolve_after_s: 60,
        enabled: true,
    }
}
