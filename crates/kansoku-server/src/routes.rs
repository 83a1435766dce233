//! Assembles the router of the server: the routes of all areas, and the layers around them.
use std::sync::Arc;

use axum::{Extension, Router, middleware};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, CompressionLevel, Predicate,
        predicate::{DefaultPredicate, SizeAbove},
    },
};

use crate::{
    App, api, auth, databricks,
    http::{self, error, metrics, security_headers, unread_body},
    ingest, mlflow,
    route_table::{RouteRow, Routes},
    ui,
};

/// Smaller responses, in bytes, are not compressed.
const COMPRESSED_BYTES_MIN: u64 = 4096;

/// The router of the whole server, for [`Connections::serve`].
pub fn router(app: App) -> Router {
    let grpc = ingest::otlp_grpc::router(app.clone());
    let bodies = app.bodies.clone();
    // Cloned for each request: one reference count instead of one for each field of the app.
    let shared = Arc::new(app.clone());
    let body_pace = app.network.body_pace;
    let (guarded, open) = routers();
    let guarded = guarded
        .fallback(error::endpoint_not_found)
        .layer(middleware::from_fn_with_state(app.reads.clone(), auth::read_as_caller))
        .layer(middleware::from_fn_with_state(shared.clone(), auth::require_token));
    let compress_when = DefaultPredicate::new().and(SizeAbove::new(COMPRESSED_BYTES_MIN));
    let router = guarded
        .merge(open)
        .layer(middleware::from_fn_with_state(app.ui.clone(), ui::page_for_lost))
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(app)
        .layer(
            CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(compress_when),
        )
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn(metrics::count_request))
        .layer(middleware::from_fn(unread_body::announce_close))
        .layer(middleware::from_fn(security_headers::protect))
        .layer(middleware::from_fn_with_state(grpc, ingest::otlp_grpc::by_content_type))
        .layer(middleware::from_fn_with_state(bodies, http::body_budget::account))
        .layer(middleware::from_fn_with_state(body_pace, http::limit_body_time))
        .layer(middleware::from_fn_with_state(shared, auth::guard));
    router.clone().layer(Extension(ingest::demo::OwnRouter(router)))
}

fn all() -> Routes {
    let mut routes = Routes::default();
    ingest::routes(&mut routes);
    mlflow::routes(&mut routes);
    databricks::routes(&mut routes);
    api::routes(&mut routes);
    ui::routes(&mut routes);
    routes
}

/// All routes, in the order of declaration.
pub fn route_table() -> Vec<RouteRow> {
    all().rows
}

/// The routes that need a token, and those that do not.
fn routers() -> (Router<App>, Router<App>) {
    let routes = all();
    (routes.guarded, routes.open)
}
