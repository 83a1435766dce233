//! Whether a scorer in a request can be registered and run.
use kansoku_mlflow::scorer::gateway_endpoint;
use kansoku_model::ErrorCode;

use crate::{ApiError, App};

pub(crate) fn no_scoring() -> ApiError {
    ApiError::invalid("this server does not run scorers")
}

/// Refuses a scorer that this server cannot run.
pub(crate) fn check_can_run(app: &App, name: &str, serialized: &str) -> Result<(), ApiError> {
    let runner = app.scorers.as_ref().ok_or_else(no_scoring)?;
    let problem = |why| ApiError::invalid(format!("Scorer '{name}' cannot be started: {why}"));
    runner.kind(serialized).map(drop).map_err(problem)
}

/// Refuses a model of a gateway that the settings do not name.
pub(crate) fn check_model(app: &App, model: Option<&str>) -> Result<(), ApiError> {
    let Some(model) = model else { return Ok(()) };
    let Some(endpoint) = gateway_endpoint(model) else { return Ok(()) };
    let mut known = app.scorers.iter().flat_map(|runner| runner.models());
    if known.any(|known| known.uri == model) {
        return Ok(());
    }
    let endpoint: String = endpoint.chars().take(100).collect();
    let message = format!("GatewayEndpoint not found (name='{endpoint}')");
    Err(ApiError::new(ErrorCode::ResourceDoesNotExist, message))
}
