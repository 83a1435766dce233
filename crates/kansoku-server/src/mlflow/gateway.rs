//! The endpoints of models, which the settings name, as MLflow's gateway lists them. They have no
//! secrets here: keys are in the environment.
use axum::{Json, http::Method};
use kansoku_mlflow::{
    Fields,
    gateway::{GatewayEndpointJson, GatewayModelJson},
    scorer::gateway_endpoint,
};
use kansoku_model::{ErrorCode, Scope};
use serde_json::{Value, json};

use crate::{ApiError, App, route_table::Routes, scorer_runner::ScorerModel};

pub(crate) fn routes(routes: &mut Routes) {
    let gateway = |path: &str| format!("3.0/mlflow/gateway/{path}");
    routes.api(Scope::Read, Method::GET, &gateway("endpoints/list"), list_endpoints);
    routes.api(Scope::Read, Method::GET, &gateway("endpoints/get"), get_endpoint);
    routes.api(Scope::Read, Method::GET, &gateway("model-definitions/list"), list_models);
    routes.api(Scope::Read, Method::GET, &gateway("model-definitions/get"), get_model);
    routes.api(Scope::Read, Method::GET, &gateway("secrets/list"), list_secrets);
}

/// An endpoint of the settings.
struct Endpoint {
    name: String,
    provider: String,
    model: String,
}

impl Endpoint {
    fn new(model: ScorerModel) -> Option<Self> {
        let ScorerModel { uri, provider, model, is_default: _ } = model;
        let name = gateway_endpoint(&uri)?.to_owned();
        Some(Self { name, provider, model })
    }

    fn endpoint_json(&self) -> Value {
        json!(GatewayEndpointJson::new(&self.name, &self.provider, &self.model))
    }

    fn model_json(&self) -> Value {
        json!(GatewayModelJson::new(&self.name, &self.provider, &self.model))
    }
}

/// The endpoints of a provider, or all.
fn endpoints(app: &App, provider: Option<&str>) -> Vec<Endpoint> {
    let models = app.scorers.iter().flat_map(|runner| runner.models());
    let is_wanted = |it: &Endpoint| provider.is_none_or(|provider| it.provider == provider);
    models.filter_map(Endpoint::new).filter(is_wanted).collect()
}

fn listed(app: &App, fields: &Fields) -> Result<Vec<Endpoint>, ApiError> {
    // No endpoint has a secret.
    if text(fields, "secret_id")?.is_some() {
        return Ok(Vec::new());
    }
    Ok(endpoints(app, text(fields, "provider")?.as_deref()))
}

/// The endpoint that one of these fields names, as its name or its id.
fn find(app: &App, fields: &Fields, names: &[&str], kind: &str) -> Result<Endpoint, ApiError> {
    for field in names {
        let Some(wanted) = text(fields, field)? else { continue };
        let found = endpoints(app, None).into_iter().find(|it| it.name == wanted);
        return found.ok_or_else(|| {
            let wanted: String = wanted.chars().take(100).collect();
            let message = format!("{kind} not found ({field}='{wanted}')");
            ApiError::new(ErrorCode::ResourceDoesNotExist, message)
        });
    }
    Err(ApiError::invalid(format!("'{}' is required", names.join("' or '"))))
}

fn text(fields: &Fields, name: &str) -> Result<Option<String>, ApiError> {
    Ok(fields.str(name)?.filter(|text| !text.is_empty()))
}

/// `GET gateway/endpoints/list`
async fn list_endpoints(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let endpoints: Vec<_> = listed(&app, &fields)?.iter().map(Endpoint::endpoint_json).collect();
    Ok(Json(json!({ "endpoints": endpoints })))
}

/// `GET gateway/endpoints/get`
async fn get_endpoint(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let found = find(&app, &fields, &["endpoint_id", "name"], "GatewayEndpoint")?;
    Ok(Json(json!({ "endpoint": found.endpoint_json() })))
}

/// `GET gateway/model-definitions/list`
async fn list_models(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let models: Vec<_> = listed(&app, &fields)?.iter().map(Endpoint::model_json).collect();
    Ok(Json(json!({ "model_definitions": models })))
}

/// `GET gateway/model-definitions/get`
async fn get_model(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let found = find(&app, &fields, &["model_definition_id"], "GatewayModelDefinition")?;
    Ok(Json(json!({ "model_definition": found.model_json() })))
}

/// `GET gateway/secrets/list`
async fn list_secrets() -> Json<Value> {
    Json(json!({ "secrets": [] }))
}
