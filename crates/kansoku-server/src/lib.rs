//! Turns requests into calls on the stores, and their errors into responses.
//!
//! MLflow's REST API, OTLP over HTTP and gRPC, artifacts and the Databricks form. Knows
//! no database driver and never reads the wall clock itself.
mod access;
mod admission;
mod artifacts;
mod auth;
mod codings;
mod databricks;
mod error;
mod extract;
mod http;
mod insight;
mod lists;
pub mod metrics;
mod mlflow;
mod openapi;
mod operations;
mod otlp;
mod pieces;
mod pricing;
mod reads;
mod routes;
mod service;
mod ui;
mod unread;

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{Router, extract::FromRequestParts, http::request::Parts, middleware};
use kansoku_model::{Clock, Retention};
use kansoku_pricing::PriceList;
use kansoku_store::{MetaStore, TraceStore, Upkeep};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, CompressionLevel, Predicate,
        predicate::{DefaultPredicate, SizeAbove},
    },
};

use auth::Caller;

pub use access::{InvalidToken, NewSecret, TokenRequest};
pub use artifacts::Artifacts;
pub use auth::{AUDIT_TARGET, Access, AccessRules, RequireTokens, RouteAccess};
pub use databricks::DatabricksForm;
pub use error::{ApiError, Refusal};
pub use extract::Fields;
pub use http::{
    AllowedHosts, BodyBudget, BodyPace, ClientAddress, ConnectionInfo, ConnectionLimits,
    Connections, InvalidHost, InvalidProxy, NetworkRules, ReadBudget, Scheme, TlsCertificate,
    TlsError, TrustedProxies, WriteLimits, WriteTimeout,
};
pub use metrics::MetricsHandle;
pub use openapi::openapi;
pub use operations::{Backups, Started, keep_up};
pub use otlp::ExperimentRules;
pub use reads::Live;
pub use routes::{RouteRow, Support, route_table};
pub use service::{Health, MLFLOW_VERSION};
pub use ui::Ui;

/// Everything a handler may use; cheap to clone.
#[derive(Clone)]
pub struct App {
    pub traces: Arc<dyn TraceStore>,
    pub meta: Arc<dyn MetaStore>,
    /// Who may come in.
    pub access: Access,
    pub artifacts: Arc<Artifacts>,
    pub clock: Arc<dyn Clock>,
    /// What tokens cost.
    pub prices: Arc<PriceList>,
    pub limits: Limits,
    /// Which requests are let in by where they come from.
    pub network: NetworkRules,
    /// What all requests together may cost.
    pub bodies: BodyBudget,
    /// What all answers together may hold in memory.
    pub reads: ReadBudget,
    /// In which experiment traces of OpenTelemetry exporters go.
    pub experiments: Arc<ExperimentRules>,
    pub databricks_form: DatabricksForm,
    pub metrics: MetricsHandle,
    pub health: Health,
    pub live: Live,
    /// Without it, no request can ask for a backup.
    pub backups: Option<Backups>,
    pub upkeep: Arc<dyn Upkeep>,
    /// For experiments whose tags say nothing else.
    pub retention: Retention,
    /// The files of the web UI.
    pub ui: Ui,
    pub started: Started,
}

/// What a handler works with: the app as the caller of this request may use it.
impl FromRequestParts<App> for App {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let address = ClientAddress::of(&parts.extensions);
        Ok(match parts.extensions.get::<Caller>() {
            Some(caller) => app.for_caller(caller, address),
            None => app.for_caller(&Caller::nobody(), address),
        })
    }
}

/// What one request may cost.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Largest body as it comes over the wire.
    pub body_bytes_max: usize,
    /// Largest body after decompression.
    pub inflated_bytes_max: usize,
    /// Largest body of JSON where fields are read from it, after decompression. OTLP and
    /// artifacts are not meant.
    pub json_bytes_max: usize,
    /// Most bytes of a trace's spans, as OTLP, that are read at once where MLflow's API asks for
    /// a whole trace.
    pub trace_bytes_max: u64,
    /// A search that takes longer is stopped.
    pub search_deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 64 << 20,
            inflated_bytes_max: 256 << 20,
            json_bytes_max: 4 << 20,
            trace_bytes_max: 256 << 20,
            search_deadline: Duration::from_secs(10),
        }
    }
}

/// Responses below this size are not worth compressing.
const COMPRESSED_BYTES_MIN: u64 = 4096;

/// The whole server; give it to [`Connections::serve`].
pub fn router(app: App) -> Router {
    let grpc = otlp::grpc_router(app.clone());
    let bodies = app.bodies.clone();
    let first = app.clone();
    let body_pace = app.network.body_pace;
    let (guarded, open) = routes::routers();
    let guarded = guarded
        .fallback(error::endpoint_not_found)
        .layer(middleware::from_fn_with_state(app.reads.clone(), http::read_as_caller))
        .layer(middleware::from_fn_with_state(app.clone(), auth::require_token));
    let compress_when = DefaultPredicate::new().and(SizeAbove::new(COMPRESSED_BYTES_MIN));
    guarded
        .merge(open)
        .layer(middleware::from_fn_with_state(app.clone(), ui::page_for_lost))
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(app)
        .layer(
            CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(compress_when),
        )
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn(metrics::count_request))
        .layer(middleware::from_fn(unread::announce_close))
        .layer(middleware::from_fn(service::protect))
        .layer(middleware::from_fn_with_state(grpc, otlp::by_content_type))
        .layer(middleware::from_fn_with_state(bodies, http::body_budget::account))
        .layer(middleware::from_fn_with_state(body_pace, http::limit_body_time))
        .layer(middleware::from_fn_with_state(first, http::guard))
}
