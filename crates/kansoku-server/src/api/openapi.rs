//! Kansoku's own routes as an OpenAPI document, and as a page that needs nothing from elsewhere.
//!
//! MLflow's routes are not in it: their contract is MLflow's, and docs/mlflow-api.md lists them.
mod page;

use axum::{
    Json,
    http::{Method, header},
    response::{Html, IntoResponse, Response},
};
use utoipa::{
    OpenApi as _,
    openapi::{RefOr, schema::Schema},
};

use super::{access, admin, experiments, filters, quality, sessions, trace, traces, views};
use crate::{RouteAccess, route_table::Routes};

/// Each area describes its routes beside their handlers and lists them in a `Document`.
#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Kansoku",
    description = "Kansoku's own routes. Errors are `{\"error_code\", \"message\"}`; times in \
                       `_ms` are milliseconds since 1970, costs US dollars. Each route is also \
                       under `/ajax-api`.",
))]
struct Own;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(RouteAccess::AnyToken, Method::GET, "openapi.json", document);
    routes.api(RouteAccess::AnyToken, Method::GET, "docs", docs);
}

/// The document that clients are made from.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Own::openapi();
    document.merge(access::Document::openapi());
    document.merge(admin::Document::openapi());
    document.merge(experiments::Document::openapi());
    document.merge(filters::Document::openapi());
    document.merge(quality::Document::openapi());
    document.merge(sessions::Document::openapi());
    document.merge(trace::Document::openapi());
    document.merge(traces::Document::openapi());
    document.merge(views::Document::openapi());
    require_all(&mut document);
    document
}

/// No field is ever left out of an answer: what is not known is `null`. The derived schemas take
/// such fields for optional.
fn require_all(document: &mut utoipa::openapi::OpenApi) {
    let schemas = document.components.iter_mut().flat_map(|all| all.schemas.values_mut());
    for schema in schemas {
        if let RefOr::T(Schema::Object(object)) = schema {
            object.required = object.properties.keys().cloned().collect();
        }
    }
}

/// `GET /api/openapi.json`
async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(openapi())
}

/// `GET /api/docs`
async fn docs() -> Response {
    let document = serde_json::to_value(openapi()).expect("a document of texts and numbers");
    let policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page::render(&document))).into_response()
}
