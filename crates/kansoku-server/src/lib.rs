//! The server: converts requests to calls of the stores, and the results to responses.
//!
//! It serves MLflow's REST API, OTLP over HTTP and gRPC, artifacts, and the Databricks flavor. It
//! depends on no database driver, and never reads the wall clock itself.
mod alert_runner;
mod api;
mod app;
mod artifacts;
mod auth;
mod databricks;
mod health;
mod http;
mod ingest;
mod maintenance;
mod mlflow;
mod params;
mod python_jobs;
mod rendering;
mod route_table;
mod routes;
mod scorer_runner;
mod trace_archive;
mod ui;

pub use alert_runner::{
    AlertPreview, AlertPreviewAlert, AlertPreviewPoint, AlertRunner, AlertTest,
};
pub use api::{
    admin::{Backups, Started},
    evaluations::ComparisonCache,
    openapi::openapi,
    traces::EventStreams,
};
pub use app::{App, Limits, MLFLOW_VERSION};
pub use artifacts::{ArtifactRoot, Artifacts, InvalidArtifactRoot};
pub use auth::{
    AUDIT_TARGET, Access, AccessRules, RequireTokens, RouteAccess,
    token::{InvalidToken, NewSecret, TokenRequest},
};
pub use health::Health;
pub use http::{
    AllowedHosts, BodyBudget, BodyPace, ClientAddress, ConnectionInfo, ConnectionLimits,
    Connections, InvalidHost, InvalidProxy, NetworkRules, ReadBudget, Scheme, TlsCertificate,
    TlsError, TrustedProxies, WriteLimits, WriteTimeout,
    error::{ApiError, MessageError},
    metrics::{self, MetricsHandle},
};
pub use ingest::{Demo, DemoBatch, DemoCall, DemoCalls, DemoSource, ExperimentRules};
pub use maintenance::keep_up;
pub use mlflow::webhooks::{WebhookSender, WebhookTest};
pub use params::client_flavor::DatabricksForm;
pub use python_jobs::{PythonJob, PythonJobs};
pub use route_table::{RouteRow, Support};
pub use routes::{route_table, router};
pub use scorer_runner::{ScorerKind, ScorerModel, ScorerRunner, ScorerTrial};
pub use trace_archive::{TraceArchive, TraceArchiveStatus};
pub use ui::Ui;
