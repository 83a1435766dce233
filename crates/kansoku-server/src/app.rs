//! The state that handlers share: stores, limits and settings of one server.
use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{extract::FromRequestParts, http::request::Parts};
use kansoku_model::{Clock, Retention};
use kansoku_pricing::PriceList;
use kansoku_store::{IngestLedger, Maintenance, MetaStore, TraceStore};

use crate::{
    Access, Artifacts, Backups, BodyBudget, ClientAddress, DatabricksForm, EventStreams,
    ExperimentRules, Health, MetricsHandle, NetworkRules, ReadBudget, Started, Ui, auth::Caller,
};

/// The MLflow whose API this is. Clients refuse to send OTLP to anything below 3.4.
pub const MLFLOW_VERSION: &str = "3.17.2";

/// Everything a handler may use; cheap to clone.
#[derive(Clone)]
pub struct App {
    pub traces: Arc<dyn TraceStore>,
    pub meta: Arc<dyn MetaStore>,
    /// Counts of received spans by sender.
    pub ledger: Arc<dyn IngestLedger>,
    /// Tokens, browser sessions and the rights of the caller.
    pub access: Access,
    pub artifacts: Arc<Artifacts>,
    pub clock: Arc<dyn Clock>,
    /// The prices of model tokens.
    pub prices: Arc<PriceList>,
    pub limits: Limits,
    /// Rules about the network that requests come from.
    pub network: NetworkRules,
    /// Memory for the bodies of all requests together.
    pub bodies: BodyBudget,
    /// Memory for the answers to all requests together.
    pub reads: ReadBudget,
    /// Rules that assign traces of OpenTelemetry exporters to experiments.
    pub experiments: Arc<ExperimentRules>,
    pub databricks_form: DatabricksForm,
    pub metrics: MetricsHandle,
    pub health: Health,
    pub event_streams: EventStreams,
    /// Without it, no request can ask for a backup.
    pub backups: Option<Backups>,
    pub maintenance: Arc<dyn Maintenance>,
    /// For experiments whose tags say nothing else.
    pub retention: Retention,
    /// The files of the web UI.
    pub ui: Ui,
    pub started: Started,
}

/// A handler gets the app with the rights of the caller of its request.
impl FromRequestParts<App> for App {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let address = ClientAddress::from_extensions(&parts.extensions);
        Ok(match parts.extensions.get::<Caller>() {
            Some(caller) => app.for_caller(caller, address),
            None => app.for_caller(&Caller::nobody(), address),
        })
    }
}

/// The limits of one request.
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
