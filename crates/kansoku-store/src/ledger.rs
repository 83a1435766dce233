//! The ingest ledger: counts of received, stored, duplicate and rejected spans by sender.
use std::net::IpAddr;

use async_trait::async_trait;
use kansoku_model::{Source, TimestampMs};

use crate::StoreError;

/// Counts of spans and requests by sender. Stored spans are counted by the write that stores them.
#[async_trait]
pub trait IngestLedger: Send + Sync {
    /// Counts a request or spans that were rejected before they reached the store.
    async fn record_rejection(&self, rejection: Rejection) -> Result<(), StoreError>;

    async fn ledger(&self) -> Result<Ledger, StoreError>;
}

/// All counts since the store was created, and the last rejections, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    pub sources: Vec<SourceCounts>,
    pub rejections: Vec<Rejection>,
    /// Spans that were stored and have since been deleted with their traces.
    pub deleted_spans: u64,
}

/// The counts of one sender and service. The number of received spans is the sum of the span
/// counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceCounts {
    pub source: Source,
    /// Empty if the resource has no `service.name`.
    pub service_name: String,
    pub first_seen: TimestampMs,
    pub last_seen: TimestampMs,
    /// Spans that were durably stored for the first time.
    pub stored: u64,
    /// Spans that were stored already, and were replaced.
    pub duplicate: u64,
    pub rejected: u64,
    /// Requests that were rejected as a whole.
    pub rejected_requests: u64,
    pub log_records: u64,
    pub bytes: u64,
}

impl Ledger {
    pub fn stored(&self) -> u64 {
        self.sources.iter().map(|source| source.stored).sum()
    }

    /// The number of spans that must be in the store now.
    pub fn expected_spans(&self) -> u64 {
        self.stored().saturating_sub(self.deleted_spans)
    }
}

/// A new count of the stored data, compared with the rows and the ledger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audit {
    pub traces: u64,
    /// Rows of spans.
    pub spans: u64,
    /// Spans that the ledger expects.
    pub expected_spans: u64,
    /// Distinct spans in the payload; a span that was sent twice and is not yet compacted counts
    /// once.
    pub spans_in_payload: u64,
    /// One sentence for each mismatch.
    pub problems: Vec<String>,
}

/// A rejected request, or rejected spans of one. Rejections with the same reason and sender are
/// merged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rejection {
    pub source: Source,
    pub service_name: Option<String>,
    /// The number of spans or log records; 0 if the request could not be read.
    pub spans: u64,
    pub reason: String,
    /// The time of the last of them.
    pub at: TimestampMs,
    /// The number of requests.
    pub requests: u64,
    /// The address of the sender, if known.
    pub address: Option<IpAddr>,
    /// Whether the request had a valid token, or needed none. Unauthenticated requests are kept
    /// separately, and fewer of them.
    pub authenticated: bool,
}

impl Rejection {
    /// A rejection of one request with a valid token.
    pub fn new(source: Source, reason: String, at: TimestampMs) -> Self {
        Self { source, reason, at, requests: 1, authenticated: true, ..Self::default() }
    }

    pub fn says_same(&self, other: &Self) -> bool {
        self.reason == other.reason
            && self.source == other.source
            && self.service_name == other.service_name
            && self.address == other.address
            && self.authenticated == other.authenticated
            // Unreadable requests are counted separately from spans.
            && (self.spans == 0) == (other.spans == 0)
    }

    pub fn merge(&mut self, other: Self) {
        self.spans += other.spans;
        self.requests += other.requests;
        self.at = self.at.max(other.at);
    }
}
