//! Endpoints of a gateway, each with one model.
use serde::Serialize;

/// `GatewayEndpoint`. The name is also the id.
#[derive(Debug, Serialize)]
pub struct GatewayEndpointJson<'a> {
    endpoint_id: &'a str,
    name: &'a str,
    model_mappings: [ModelMappingJson<'a>; 1],
}

/// `GatewayEndpointModelMapping`.
#[derive(Debug, Serialize)]
struct ModelMappingJson<'a> {
    mapping_id: &'a str,
    endpoint_id: &'a str,
    model_definition_id: &'a str,
    model_definition: GatewayModelJson<'a>,
    weight: f64,
    linkage_type: &'static str,
}

/// `GatewayModelDefinition`, without the fields of a secret.
#[derive(Debug, Serialize)]
pub struct GatewayModelJson<'a> {
    model_definition_id: &'a str,
    name: &'a str,
    provider: &'a str,
    model_name: &'a str,
}

impl<'a> GatewayEndpointJson<'a> {
    pub fn new(name: &'a str, provider: &'a str, model: &'a str) -> Self {
        let mapping = ModelMappingJson {
            mapping_id: name,
            endpoint_id: name,
            model_definition_id: name,
            model_definition: GatewayModelJson::new(name, provider, model),
            weight: 1.0,
            linkage_type: "PRIMARY",
        };
        Self { endpoint_id: name, name, model_mappings: [mapping] }
    }
}

impl<'a> GatewayModelJson<'a> {
    pub fn new(name: &'a str, provider: &'a str, model: &'a str) -> Self {
        Self { model_definition_id: name, name, provider, model_name: model }
    }
}
