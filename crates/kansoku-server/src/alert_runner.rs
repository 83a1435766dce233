//! The interface of the engine that evaluates alert rules, which the binary gives to the server.
use async_trait::async_trait;
use kansoku_model::{AlertRule, AlertSettings, AlertStatus, Experiment, StoredSecret, TimestampMs};
use kansoku_store::StoreError;

/// Evaluates alert rules, and tells about them.
#[async_trait]
pub trait AlertRunner: Send + Sync {
    /// Must be called after a rule was created, changed or deleted.
    fn rules_changed(&self);

    /// Evaluates a rule for the last days.
    async fn preview(
        &self,
        settings: &AlertSettings,
        experiment: &Experiment,
        days: u32,
    ) -> Result<AlertPreview, StoreError>;

    /// Sends an example to the Slack webhook of a rule, once.
    async fn test(
        &self,
        rule: &AlertRule,
        experiment: &Experiment,
        slack_url: StoredSecret,
    ) -> AlertTest;
}

/// The values of the last days, and the alerts that a rule would have caused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlertPreview {
    pub points: Vec<AlertPreviewPoint>,
    pub alerts: Vec<AlertPreviewAlert>,
    /// Whether the values are computed from all traces.
    pub is_complete: bool,
}

/// The value of the window that ends at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlertPreviewPoint {
    pub end: TimestampMs,
    pub value: Option<f64>,
    pub traces: u64,
    pub status: AlertStatus,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlertPreviewAlert {
    pub start: TimestampMs,
    /// `None` if it would fire now.
    pub end: Option<TimestampMs>,
    pub peak: f64,
}

/// The status of the response to an example, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertTest {
    pub status: Option<u16>,
    pub error: Option<String>,
}
