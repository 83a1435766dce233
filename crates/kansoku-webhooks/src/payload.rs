//! The data of a delivery. Events of traces and assessments name them; they are read when they are
//! sent, so that what came shortly after the event is there.
use kansoku_mlflow::ClientFlavor;
use kansoku_mlflow::assessment::AssessmentJson;
use kansoku_mlflow::trace_info::TraceInfoV3;
use kansoku_model::{AssessmentId, Coded as _, ErrorCode, TraceId, WebhookEvent};
use kansoku_store::core::webhooks::event_of_state;
use kansoku_store::{StoreError, TraceStore};
use serde_json::{Value, json};

/// The data to send; `None` if the trace or assessment is gone, or the trace has another state.
pub(crate) async fn data(
    traces: &dyn TraceStore,
    event: WebhookEvent,
    payload: &str,
) -> Result<Option<Value>, StoreError> {
    let Ok(data) = serde_json::from_str::<Value>(payload) else { return Ok(None) };
    let id = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
    let trace = || TraceId::try_from(id("trace_id")).ok();
    match event {
        WebhookEvent::TraceCompleted | WebhookEvent::TraceFailed => {
            let Some(trace) = trace() else { return Ok(None) };
            let infos = traces.infos(&[trace]).await?;
            let current = infos.first().filter(|info| event_of_state(info.state) == Some(event));
            Ok(current.map(|info| json!(TraceInfoV3::new(info, ClientFlavor::Plain))))
        }
        WebhookEvent::AssessmentCreated => {
            let Some(trace) = trace() else { return Ok(None) };
            match traces.assessment(&trace, &AssessmentId(id("assessment_id"))).await {
                Ok(assessment) => Ok(Some(json!(AssessmentJson::new(&assessment)))),
                Err(error) if error.code() == ErrorCode::ResourceDoesNotExist => Ok(None),
                Err(error) => Err(error),
            }
        }
        _ => Ok(Some(data)),
    }
}
