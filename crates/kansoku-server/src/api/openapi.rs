//! Kansoku's own routes as an OpenAPI document, and as a self-contained HTML page.
//!
//! MLflow's routes are not included: MLflow documents them, and docs/mlflow-api.md lists them.
mod page;

use std::collections::BTreeSet;

use axum::{
    Json,
    http::{Method, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::Value;
use utoipa::{
    OpenApi as _,
    openapi::{OpenApi, RefOr, schema::Schema},
};

use super::{
    access, admin, alerts, datasets, demo, evaluations, experiments, filters, quality,
    review_queues, scorers, sessions, spans, trace, traces, views, webhooks, worker,
};
use crate::{RouteAccess, route_table::Routes};

/// The common part of the document. Each area describes its routes next to their handlers, and
/// lists them in its own `Document`.
#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Kansoku",
    description = "Kansoku's own routes. Errors are `{\"error_code\", \"message\"}`; times in \
                       `_ms` are milliseconds since 1970, costs US dollars. Each route is also \
                       under `/ajax-api`.",
))]
struct Own;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(RouteAccess::AnyToken, Method::GET, "openapi.json", get_document);
    routes.api(RouteAccess::AnyToken, Method::GET, "docs", get_docs);
}

/// The document that clients are generated from.
pub fn openapi() -> OpenApi {
    let mut document = Own::openapi();
    document.merge(access::Document::openapi());
    document.merge(admin::Document::openapi());
    document.merge(alerts::Document::openapi());
    document.merge(datasets::Document::openapi());
    document.merge(demo::Document::openapi());
    document.merge(evaluations::Document::openapi());
    document.merge(experiments::Document::openapi());
    document.merge(filters::Document::openapi());
    document.merge(quality::Document::openapi());
    document.merge(review_queues::Document::openapi());
    document.merge(scorers::Document::openapi());
    document.merge(sessions::Document::openapi());
    document.merge(spans::Document::openapi());
    document.merge(trace::Document::openapi());
    document.merge(traces::Document::openapi());
    document.merge(views::Document::openapi());
    document.merge(webhooks::Document::openapi());
    document.merge(worker::Document::openapi());
    require_nullable(&mut document);
    document
}

/// Marks nullable fields of responses as required: an unknown value is `null`, while the derived
/// schemas treat every `Option` as a field that may be absent. Fields that may be absent are not
/// nullable.
fn require_nullable(document: &mut OpenApi) {
    let requests = request_schemas(document);
    let schemas = document.components.iter_mut().flat_map(|all| &mut all.schemas);
    for (_, schema) in schemas.filter(|(name, _)| !requests.contains(*name)) {
        let objects = match schema {
            RefOr::T(Schema::AllOf(all)) => all.items.iter_mut().collect(),
            schema => vec![schema],
        };
        for object in objects {
            if let RefOr::T(Schema::Object(object)) = object {
                let is_required = |(name, schema): &(&String, &RefOr<Schema>)| {
                    object.required.contains(name) || is_nullable(schema)
                };
                let required = object.properties.iter().filter(is_required);
                object.required = required.map(|(name, _)| name.clone()).collect();
            }
        }
    }
}

/// The names of the schemas of request bodies.
fn request_schemas(document: &OpenApi) -> BTreeSet<String> {
    let paths = serde_json::to_value(&document.paths).expect("paths of texts and numbers");
    let entries = |value: &Value| -> Vec<Value> {
        value.as_object().into_iter().flatten().map(|(_, value)| value.clone()).collect()
    };
    let operations = entries(&paths).into_iter().flat_map(|item| entries(&item));
    let contents = operations.flat_map(|operation| entries(&operation["requestBody"]["content"]));
    let name =
        |content: Value| Some(content["schema"]["$ref"].as_str()?.rsplit('/').next()?.to_owned());
    contents.filter_map(name).collect()
}

fn is_nullable(schema: &RefOr<Schema>) -> bool {
    let json = serde_json::to_value(schema).expect("a schema of texts and numbers");
    let is_null = |json: &Value| *json == "null" || json["type"] == "null";
    [&json["type"], &json["oneOf"]]
        .into_iter()
        .any(|list| list.as_array().is_some_and(|alternatives| alternatives.iter().any(is_null)))
}

/// `GET /api/openapi.json`
async fn get_document() -> Json<OpenApi> {
    Json(openapi())
}

/// `GET /api/docs`
async fn get_docs() -> Response {
    let document = serde_json::to_value(openapi()).expect("a document of texts and numbers");
    let policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page::render(&document))).into_response()
}
