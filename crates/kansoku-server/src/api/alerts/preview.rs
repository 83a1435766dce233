//! Previews of alert rules.
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{runner, settings::Settings};
use crate::{
    AlertPreview, ApiError, App,
    http::extract::JsonBody,
    params::trace_scope::{ExperimentInPath, ExperimentPath},
};

const DAYS: u32 = 7;
const DAYS_MAX: u32 = 30;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AlertPreviewRequest)]
pub(crate) struct PreviewRequest {
    settings: Settings,
    /// From 1 to 30; 7 by default. Windows of some minutes reach less far back.
    days: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertPreview)]
pub(crate) struct Preview {
    /// Oldest first; empty if the signal is not kept.
    points: Vec<PreviewPoint>,
    /// The times that the rule would have fired.
    alerts: Vec<PreviewAlert>,
    /// `false` if the values are computed from the newest traces only.
    complete: bool,
}

/// The value of the window that ends at a time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertPreviewPoint)]
pub(crate) struct PreviewPoint {
    end_ms: i64,
    value: Option<f64>,
    traces: u64,
    /// `ok`, `pending`, `firing` or `no_data`.
    status: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertPreviewAlert)]
pub(crate) struct PreviewAlert {
    start_ms: i64,
    /// `null` if it would fire now.
    end_ms: Option<i64>,
    peak: f64,
}

impl From<AlertPreview> for Preview {
    fn from(preview: AlertPreview) -> Self {
        let points = preview.points.into_iter().map(|point| PreviewPoint {
            end_ms: point.end.0,
            value: point.value,
            traces: point.traces,
            status: point.status.as_str(),
        });
        let alerts = preview.alerts.into_iter().map(|alert| PreviewAlert {
            start_ms: alert.start.0,
            end_ms: alert.end.map(|end| end.0),
            peak: alert.peak,
        });
        Self { points: points.collect(), alerts: alerts.collect(), complete: preview.is_complete }
    }
}

/// `POST /api/3.0/kansoku/experiments/{experiment_id}/alerts/preview`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/alerts/preview",
    summary = "When an alert rule would have fired",
    params(ExperimentPath),
    request_body = PreviewRequest,
    responses((status = 200, body = Preview)),
)]
pub(super) async fn preview_rule(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    JsonBody(PreviewRequest { settings, days }): JsonBody<PreviewRequest>,
) -> Result<Json<Preview>, ApiError> {
    let days = days.unwrap_or(DAYS);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(ApiError::invalid(format!("`days` is from 1 to {DAYS_MAX}, got {days}")));
    }
    let settings = settings.check(&experiment)?;
    Ok(Json(runner(&app)?.preview(&settings, &experiment, days).await?.into()))
}
