//! Gives the server what evaluates alert rules.
use std::sync::Arc;

use async_trait::async_trait;
use kansoku_alerts::{Alerting, Preview, PublicUrl};
use kansoku_model::{AlertRule, AlertSettings, Experiment, StoredSecret, SystemClock};
use kansoku_scoring::{JUDGEMENTS, PYTHON_JOBS};
use kansoku_server::{AlertPreview, AlertPreviewAlert, AlertPreviewPoint, AlertRunner, AlertTest};
use kansoku_sqlite::SqliteStore;
use kansoku_store::{StoreError, TraceStore};
use kansoku_webhooks::{Deliveries, TestOutcome};

use crate::config::Settings;

/// The alert rules of a store.
pub(crate) fn alerting(
    settings: &Settings,
    traces: Arc<dyn TraceStore>,
    store: Arc<SqliteStore>,
) -> Arc<Alerting> {
    let queues = vec![JUDGEMENTS, PYTHON_JOBS];
    let url = PublicUrl(settings.public_url.clone());
    let meta = store.clone();
    Arc::new(Alerting::new(traces, meta, store, Arc::new(SystemClock), queues, url))
}

/// Evaluates alert rules for the routes of the server.
pub(crate) struct Runner {
    pub(crate) alerting: Arc<Alerting>,
    pub(crate) deliveries: Arc<Deliveries>,
}

#[async_trait]
impl AlertRunner for Runner {
    fn rules_changed(&self) {
        self.alerting.rules_changed();
    }

    async fn preview(
        &self,
        settings: &AlertSettings,
        experiment: &Experiment,
        days: u32,
    ) -> Result<AlertPreview, StoreError> {
        let Preview { points, alerts, is_complete } =
            self.alerting.preview(settings, experiment, days).await?;
        let points = points.into_iter().map(|point| AlertPreviewPoint {
            end: point.end,
            value: point.value,
            traces: point.traces,
            status: point.status,
        });
        let alerts = alerts.into_iter().map(|alert| AlertPreviewAlert {
            start: alert.start,
            end: alert.end,
            peak: alert.peak,
        });
        Ok(AlertPreview { points: points.collect(), alerts: alerts.collect(), is_complete })
    }

    async fn test(
        &self,
        rule: &AlertRule,
        experiment: &Experiment,
        slack_url: StoredSecret,
    ) -> AlertTest {
        let example = self.alerting.example(rule, experiment);
        let TestOutcome { status, error, .. } =
            self.deliveries.test_slack(slack_url, &example).await;
        AlertTest { status, error }
    }
}

/// Parses the setting `public_url`.
pub(crate) fn public_url(text: &str) -> Result<String, String> {
    let is_url = ["https://", "http://"].iter().any(|scheme| {
        text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
    });
    let is_plain = !text.contains(|c: char| c.is_whitespace() || "<>|?#\"".contains(c));
    match is_url && is_plain {
        true => Ok(text.trim_end_matches('/').to_owned()),
        false => Err("it is a URL such as `https://kansoku.example.com`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_one_that_links_can_begin_with() {
        assert_eq!(public_url("https://k.example/"), Ok("https://k.example".to_owned()));
        assert_eq!(public_url("http://k:5000/kansoku"), Ok("http://k:5000/kansoku".to_owned()));
        for wrong in
            ["k.example", "https://", "https:///x", "javascript:x", "https://k|x", "https://k?q"]
        {
            assert!(public_url(wrong).is_err(), "{wrong}");
        }
    }
}
