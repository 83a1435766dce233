//! Who sends spans, for the ledger of what came and what became of it.

/// The sender of a request; its traces add the service they are of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source {
    /// The name of its token; empty where none is needed.
    pub token: String,
    /// What it calls itself in `User-Agent`, such as `OTel-OTLP-Exporter-Python/1.39.0`.
    pub client: String,
    pub protocol: IngestProtocol,
}

/// How spans arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IngestProtocol {
    #[default]
    OtlpHttp,
    OtlpGrpc,
    /// OTLP log records, by either transport.
    OtlpLogs,
    /// `traces.json`, as clients in Databricks form and old ones upload it.
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
