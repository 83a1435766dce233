//! Alert rules: their routes over the real engine.
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use kansoku_alerts::{Alerting, PublicUrl};
use kansoku_model::{AlertRule, AlertSettings, Experiment, StoredSecret};
use kansoku_server::{AlertPreview, AlertPreviewAlert, AlertPreviewPoint, AlertRunner, AlertTest};
use kansoku_store::StoreError;
use kansoku_webhooks::{Deliveries, WebhookRules};
use serde_json::{Value, json};

use crate::mlflow::webhooks;
use crate::test_server::{Reply, START_MS, TestServer};

const ALERTS: &str = "/api/3.0/kansoku/experiments/0/alerts";

struct Runner {
    alerting: Arc<Alerting>,
    deliveries: Arc<Deliveries>,
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
        let preview = self.alerting.preview(settings, experiment, days).await?;
        let points = preview.points.into_iter().map(|point| AlertPreviewPoint {
            end: point.end,
            value: point.value,
            traces: point.traces,
            status: point.status,
        });
        let alerts = preview.alerts.into_iter().map(|alert| AlertPreviewAlert {
            start: alert.start,
            end: alert.end,
            peak: alert.peak,
        });
        let (points, alerts) = (points.collect(), alerts.collect());
        Ok(AlertPreview { points, alerts, is_complete: preview.is_complete })
    }

    async fn test(
        &self,
        rule: &AlertRule,
        experiment: &Experiment,
        slack_url: StoredSecret,
    ) -> AlertTest {
        let example = self.alerting.example(rule, experiment);
        let outcome = self.deliveries.test_slack(slack_url, &example).await;
        AlertTest { status: outcome.status, error: outcome.error }
    }
}

struct Alerts {
    server: TestServer,
    alerting: Arc<Alerting>,
    deliveries: Arc<Deliveries>,
}

impl Alerts {
    fn start(rules: WebhookRules) -> Self {
        let (mut server, deliveries) = webhooks::start(rules);
        let app = &server.app;
        let alerting = Arc::new(Alerting::new(
            app.traces.clone(),
            app.meta.clone(),
            app.jobs.clone(),
            app.clock.clone(),
            Vec::new(),
            PublicUrl::default(),
        ));
        let runner = Runner { alerting: alerting.clone(), deliveries: deliveries.clone() };
        server.app.alerts = Some(Arc::new(runner));
        Self { server, alerting, deliveries }
    }

    async fn create(&self, request: Value) -> Reply {
        self.server.post(ALERTS, request).await
    }

    /// A trace that failed just now.
    async fn fail(&self, number: u64) {
        let state = json!({ "trace": { "trace_info": {
            "trace_id": format!("tr-{number:032x}"),
            "trace_location": {
                "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": "0" }
            },
            "request_time": "2023-11-14T22:13:20Z", "state": "ERROR", "execution_duration": "1s",
        }}});
        let reply = self.server.post("/api/3.0/mlflow/traces", state).await;
        assert_eq!(reply.status, 200, "{reply}");
    }
}

fn settings() -> Value {
    json!({
        "name": "errors", "signal": { "type": "error_rate" }, "comparison": "above",
        "threshold": 0.5, "window_s": 300, "traces_min": 1, "for_s": 0,
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut settings = settings();
    settings[field] = value;
    json!({ "settings": settings })
}

#[tokio::test]
async fn a_rule_is_created_fires_and_is_deleted() {
    let alerts = Alerts::start(WebhookRules::default());
    let server = &alerts.server;
    let created = alerts.create(json!({ "settings": settings() })).await.json();
    let id = created["rule_id"].as_str().unwrap();
    assert_eq!(
        created["settings"],
        json!({
            "name": "errors", "signal": { "type": "error_rate" }, "filter": "",
            "comparison": "above", "threshold": 0.5, "resolve_threshold": null, "window_s": 300,
            "traces_min": 1, "for_s": 0, "resolve_after_s": 300, "enabled": true,
        })
    );
    assert_eq!((&created["status"], &created["evaluated_ms"]), (&json!("ok"), &Value::Null));
    alerts.fail(1).await;
    alerts.alerting.evaluate_due().await.unwrap();
    let listed = server.get(ALERTS).await.json();
    assert_eq!((&listed["firing"], &listed["rules"][0]["status"]), (&json!(1), &json!("firing")));
    assert_eq!(
        (&listed["rules"][0]["value"], &listed["rules"][0]["traces"]),
        (&json!(1.0), &json!(1))
    );
    let page = server.get(&format!("{ALERTS}/events?rule_id={id}&max_results=1")).await.json();
    let event = &page["alerts"][0];
    assert_eq!((&event["start_ms"], &event["notified"]), (&json!(START_MS), &json!(true)));
    assert_eq!(
        event["traces_link"],
        json!({
            "experiment": "0", "filter": "status = 'ERROR'",
            "from_ms": START_MS - 300_000, "to_ms": START_MS,
        })
    );
    assert_eq!(page["next_page_token"], Value::Null);
    let one = format!("{ALERTS}/{id}");
    let muted =
        server.post(&format!("{one}/mute"), json!({ "until_ms": START_MS + 5 })).await.json();
    assert_eq!(muted["muted_until_ms"], START_MS + 5);
    let changed = server.json(Method::PUT, &one, with("threshold", json!(0.9))).await.json();
    assert_eq!(
        (&changed["settings"]["threshold"], &changed["status"]),
        (&json!(0.9), &json!("ok"))
    );
    assert_eq!(server.delete(&one, Value::Null).await.json(), json!({}));
    let gone = server.delete(&one, Value::Null).await;
    assert_eq!(gone.status, 404, "{gone}");
    assert_eq!(server.get(ALERTS).await.json(), json!({ "rules": [], "firing": 0 }));
}

#[tokio::test]
async fn settings_that_no_rule_can_have_are_refused() {
    let alerts = Alerts::start(WebhookRules::default());
    for (field, value, complaint) in [
        ("name", json!("  "), "`name` is empty"),
        ("name", json!("x".repeat(251)), "'name' exceeds"),
        ("threshold", json!(1.01), "the threshold of a share is from 0 to 1"),
        ("resolve_threshold", json!(0.6), "`resolve_threshold` is above `threshold`"),
        ("window_s", json!(59), "`window_s` is from 60 to 86400, got 59"),
        ("window_s", json!(86_401), "`window_s` is from 60 to 86400, got 86401"),
        ("traces_min", json!(0), "`traces_min` is from 1 to 1000000, got 0"),
        ("resolve_after_s", json!(59), "`resolve_after_s` is from 60 to 86400, got 59"),
        ("for_s", json!(86_401), "`for_s` is from 0 to 86400, got 86401"),
        ("filter", json!("status ="), "`q`: "),
        ("filter", json!(" ".repeat(4_001) + "x" + &"y".repeat(4_000)), "'filter' exceeds"),
        (
            "signal",
            json!({ "type": "latency", "percentile": 0.5 }),
            "`percentile` is from 1 to 100",
        ),
        ("signal", json!({ "type": "pass_rate", "feedback": "" }), "`feedback` is empty"),
    ] {
        let refused = alerts.create(with(field, value.clone())).await;
        let message = refused.json()["message"].as_str().unwrap().to_owned();
        assert_eq!(refused.status, 400, "{field} {value}");
        assert!(message.starts_with(complaint), "{field}: {message}");
        let preview = alerts.server.post(&format!("{ALERTS}/preview"), with(field, value)).await;
        assert_eq!(preview.status, 400, "{field}");
    }
    let lag = json!({ "type": "scorer_lag", "scorer": "tone" });
    let mut filtered = with("signal", lag);
    filtered["settings"]["filter"] = json!("status = 'OK'");
    let refused = alerts.create(filtered).await.json();
    assert_eq!(refused["message"], "a rule about a scorer has no `filter`");
    for (field, value) in [
        ("window_s", json!(60)),
        ("window_s", json!(86_400)),
        ("resolve_threshold", json!(0.5)),
        ("traces_min", json!(1_000_000)),
        ("name", json!("x".repeat(250))),
    ] {
        let created = alerts.create(with(field, value)).await;
        assert_eq!(created.status, 200, "{field}: {created}");
    }
}

#[tokio::test]
async fn the_url_of_slack_is_checked_and_never_returned() {
    let alerts = Alerts::start(WebhookRules::default());
    let server = &alerts.server;
    let request = |url: &str| json!({ "settings": settings(), "slack_url": url });
    let private = alerts.create(request("https://127.0.0.1/secret")).await;
    assert_eq!(private.status, 400, "{private}");
    let created = alerts.create(request("https://1.1.1.1/services/secret")).await.json();
    let one = format!("{ALERTS}/{}", created["rule_id"].as_str().unwrap());
    let unchanged = server.json(Method::PUT, &one, json!({ "settings": settings() })).await;
    let listed = server.get(ALERTS).await;
    for reply in [&unchanged, &listed, &server.get(&format!("{ALERTS}/events")).await] {
        assert!(!reply.to_string().contains("secret"), "{reply}");
    }
    assert_eq!(
        (&created["has_slack_url"], &unchanged.json()["has_slack_url"]),
        (&json!(true), &json!(true))
    );
    let removed = server.json(Method::PUT, &one, request("")).await.json();
    assert_eq!(removed["has_slack_url"], false);
    let test = server.post(&format!("{one}/test"), json!({})).await;
    assert_eq!(test.status, 400, "{test}");
}

#[tokio::test]
async fn slack_is_told_once_and_a_failure_is_shown() {
    let here = WebhookRules { allow_private: true, allow_http: true };
    let alerts = Alerts::start(here);
    // Nothing listens on this port.
    let request = json!({ "settings": settings(), "slack_url": "http://127.0.0.1:1/hook" });
    let id = alerts.create(request).await.json()["rule_id"].as_str().unwrap().to_owned();
    let test = alerts.server.post(&format!("{ALERTS}/{id}/test"), json!({})).await.json();
    assert_eq!((&test["success"], &test["status_code"]), (&json!(false), &Value::Null));
    assert!(test["error"].is_string());
    alerts.fail(1).await;
    for _ in 0..2 {
        alerts.alerting.evaluate_due().await.unwrap();
    }
    assert_eq!(alerts.deliveries.send_due().await.unwrap(), 1);
    let listed = alerts.server.get(ALERTS).await.json();
    assert!(listed["rules"][0]["slack_error"].is_string(), "{listed}");
}

#[tokio::test]
async fn a_preview_shows_values_and_alerts_of_the_past() {
    let alerts = Alerts::start(WebhookRules::default());
    alerts.fail(1).await;
    alerts.server.clock.advance_ms(60_000);
    let preview = async |days: u32| {
        let request = json!({ "settings": settings(), "days": days });
        alerts.server.post(&format!("{ALERTS}/preview"), request).await
    };
    let shown = preview(1).await.json();
    assert_eq!(
        (shown["alerts"].as_array().map(Vec::len), &shown["complete"]),
        (Some(1), &json!(true))
    );
    let last = shown["points"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        last,
        json!({ "end_ms": START_MS + 60_000, "value": 1.0, "traces": 1, "status": "firing" })
    );
    for (days, status) in [(0, 400), (1, 200), (30, 200), (31, 400)] {
        assert_eq!(preview(days).await.status, status, "{days}");
    }
}

#[tokio::test]
async fn a_token_for_other_experiments_sees_no_rules() {
    let alerts = Alerts::start(WebhookRules::default());
    let server = &alerts.server;
    let shop = server.experiment("/shop").await;
    server.token("all", "admin", None).await;
    server.token("reader", "read", Some("/shop")).await;
    server.token("writer", "read,write", Some("/shop")).await;
    let request = || json!({ "settings": settings() });
    let own = format!("/api/3.0/kansoku/experiments/{shop}/alerts");
    let status = async |token: &str, method: Method, path: &str, body: Value| {
        server.ask_as(token, method, path, body).await.status.as_u16()
    };
    assert_eq!(status("reader", Method::POST, &own, request()).await, 403);
    assert_eq!(status("writer", Method::POST, &own, request()).await, 200);
    assert_eq!(status("reader", Method::GET, &own, Value::Null).await, 200);
    assert_eq!(status("writer", Method::GET, ALERTS, Value::Null).await, 403);
    assert_eq!(status("writer", Method::POST, ALERTS, request()).await, 403);
    assert_eq!(status("all", Method::POST, ALERTS, request()).await, 200);
}
