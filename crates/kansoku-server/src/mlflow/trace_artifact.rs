//! Downloads of a trace's spans and attachments in browsers.
use axum::{http::Method, response::Response};
use kansoku_mlflow::Fields;
use kansoku_model::{ErrorCode, Scope, TraceId};

use crate::{
    ApiError, App,
    artifacts::trace_objects::{self, SPANS, TraceObject},
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    for version in ["2.0", "3.0"] {
        routes.plain(
            Scope::Read,
            Method::GET,
            &format!("/ajax-api/{version}/mlflow/get-trace-artifact"),
            get_trace_artifact,
        );
    }
}

/// `GET /ajax-api/3.0/mlflow/get-trace-artifact?request_id=…&path=<attachment>`
async fn get_trace_artifact(app: App, fields: Fields) -> Result<Response, ApiError> {
    let Some(id) = fields.str("request_id")?.filter(|id| !id.is_empty()) else {
        let message = "Request must include the \"request_id\" query parameter.";
        return Err(ApiError::new(ErrorCode::BadRequest, message));
    };
    let trace = TraceId::try_from(id).map_err(ApiError::invalid)?;
    let trace = app.traces.info(&trace).await?.trace_id;
    let object = match fields.str("path")? {
        None => TraceObject::Spans,
        Some(path) if path == SPANS => TraceObject::Spans,
        Some(id) => TraceObject::parse(&format!("attachments/{id}"))?,
    };
    let found = trace_objects::get(&app, &trace, object).await;
    found.map_err(|error| match error.code() {
        ErrorCode::ResourceDoesNotExist => {
            let message = format!("Trace data not found for path={object}");
            ApiError::new(ErrorCode::NotFound, message)
        }
        _ => error,
    })
}
