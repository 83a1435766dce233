//! The state that all handlers share: stores, limits and settings of one server.
use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{extract::FromRequestParts, http::request::Parts};
use kansoku_model::{Clock, Retention};
use kansoku_pricing::PriceList;
use kansoku_store::{IngestLedger, JobQueue, Maintenance, MetaStore, TraceStore};

use crate::{
    Access, AlertRunner, Artifacts, Backups, BodyBudget, ClientAddress, ComparisonCache,
    DatabricksForm, Demo, EventStreams, ExperimentRules, Health, MetricsHandle, NetworkRules,
    PythonJobs, ReadBudget, ScorerRunner, Started, TraceArchive, Ui, WebhookSender, auth::Caller,
};

/// The version of MLflow whose API this server implements. Clients do not send OTLP to servers
/// below 3.4.
pub const MLFLOW_VERSION: &str = "3.17.2";

/// The shared state of all handlers; cheap to clone.
#[derive(Clone)]
pub struct App {
    pub traces: Arc<dyn TraceStore>,
    pub meta: Arc<dyn MetaStore>,
    /// Counts of spans and requests by sender.
    pub ledger: Arc<dyn IngestLedger>,
    /// Deliveries of webhooks, which only routes for callers with all experiments read, those of alert
    /// rules, and traces that wait for a scorer.
    pub jobs: Arc<dyn JobQueue>,
    /// Tokens, browser sessions and the rights of the caller.
    pub access: Access,
    pub artifacts: Arc<Artifacts>,
    pub clock: Arc<dyn Clock>,
    /// The prices of model tokens.
    pub prices: Arc<PriceList>,
    pub limits: Limits,
    /// Rules about the network that requests come from.
    pub network: NetworkRules,
    /// The limit on memory for the bodies of all requests.
    pub bodies: BodyBudget,
    /// The limit on memory for the responses to all requests.
    pub reads: ReadBudget,
    /// Comparisons of evaluations that are kept for further pages.
    pub comparisons: ComparisonCache,
    /// Rules that assign traces of OpenTelemetry exporters to experiments.
    pub experiments: Arc<ExperimentRules>,
    pub databricks_form: DatabricksForm,
    pub metrics: MetricsHandle,
    pub health: Health,
    pub event_streams: EventStreams,
    /// The folder for backups; without one, requests for a backup fail.
    pub backups: Option<Backups>,
    pub maintenance: Arc<dyn Maintenance>,
    /// The default for experiments without tags that set their own.
    pub retention: Retention,
    /// Sends to the URLs of webhooks; without one, routes of webhooks are refused.
    pub webhooks: Option<Arc<dyn WebhookSender>>,
    /// Runs scorers; without one, scorers are only kept.
    pub scorers: Option<Arc<dyn ScorerRunner>>,
    /// The jobs of Python scorers, which workers lease.
    pub python_jobs: Option<Arc<dyn PythonJobs>>,
    /// Evaluates alert rules; without one, they cannot be created.
    pub alerts: Option<Arc<dyn AlertRunner>>,
    /// The archive; without one, traces that expire are gone.
    pub archive: Option<Arc<dyn TraceArchive>>,
    /// Creates demo data on request.
    pub demo: Demo,
    /// The files of the web UI.
    pub ui: Ui,
    pub started: Started,
}

/// Extracts the app with the rights of the request's caller.
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
    /// Largest body as sent, before decompression.
    pub body_bytes_max: usize,
    /// Largest body after decompression.
    pub inflated_bytes_max: usize,
    /// Largest JSON body whose fields are read, after decompression. Does not apply to OTLP and
    /// artifacts.
    pub json_bytes_max: usize,
    /// Largest trace, in bytes of its spans as OTLP, that MLflow's API returns as a whole.
    pub trace_bytes_max: u64,
    /// The time limit of a search.
    pub search_deadline: Duration,
    /// The most cases of a run that are listed or compared.
    pub evaluation_cases_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 64 << 20,
            inflated_bytes_max: 256 << 20,
            json_bytes_max: 4 << 20,
            trace_bytes_max: 256 << 20,
            search_deadline: Duration::from_secs(10),
            evaluation_cases_max: 100_000,
        }
    }
}
