//! The senders of spans, by which the ledger counts received, stored and rejected spans.

/// The sender of a request; the ledger adds the service of each trace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source {
    /// The name of its token; empty if no token is required.
    pub token: String,
    /// Its `User-Agent`, such as `OTel-OTLP-Exporter-Python/1.39.0`.
    pub client: String,
    pub protocol: IngestProtocol,
}

/// The protocol by which spans arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IngestProtocol {
    #[default]
    OtlpHttp,
    OtlpGrpc,
    /// OTLP log records, over HTTP or gRPC.
    OtlpLogs,
    /// `traces.json`, as uploaded by clients in Databricks form and by old clients.
    TracesJson,
}

impl IngestProtocol {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OtlpHttp => "otlp-http",
            Self::OtlpGrpc => "otlp-grpc",
            Self::OtlpLogs => "otlp-logs",
            Self::TracesJson => "traces-json",
        }
    }
}
