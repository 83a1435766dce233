//! The ingest ledger: counts of received, stored, duplicate and rejected spans by sender.
use std::net::IpAddr;

use async_trait::async_trait;
use kansoku_model::{Source, TimestampMs};

use crate::StoreError;

/// Counts of what each sender sent. Stored spans are counted by the write that stores them.
#[async_trait]
pub trait IngestLedger: Send + Sync {
    /// Counts in the ledger what was refused before it came to the store.
    async fn record_rejection(&self, rejection: Rejection) -> Result<(), StoreError>;

    async fn ledger(&self) -> Result<Ledger, StoreError>;
}

/// The counts since the store began, and the last rejections, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    pub sources: Vec<SourceCounts>,
    pub rejections: Vec<Rejection>,
    /// Spans that were stored and have since been deleted with their traces.
    pub deleted_spans: u64,
}

/// One sender and service. What was received is the sum of the span counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceCounts {
    pub source: Source,
    /// Empty where the resource names none.
    pub service_name: String,
    pub first_seen: TimestampMs,
    pub last_seen: TimestampMs,
    /// Spans stored for the first time: durable.
    pub stored: u64,
    /// Spans that were there already, and were replaced.
    pub duplicate: u64,
    pub rejected: u64,
    /// Requests refused as a whole.
    pub rejected_requests: u64,
    pub log_records: u64,
    pub bytes: u64,
}

impl Ledger {
    pub fn stored(&self) -> u64 {
        self.sources.iter().map(|source| source.stored).sum()
    }

    /// Spans that must be in the store now.
    pub fn expected_spans(&self) -> u64 {
        self.stored().saturating_sub(self.deleted_spans)
    }
}

/// The store counted anew beside what its rows and its ledger say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audit {
    pub traces: u64,
    /// Narrow rows of spans.
    pub spans: u64,
    /// Spans that the ledger expects.
    pub expected_spans: u64,
    /// Spans found in the kept bytes; a span sent twice and not yet compacted counts once.
    pub spans_in_payload: u64,
    /// A sentence for each mismatch.
    pub problems: Vec<String>,
}

/// A request, or spans of one, that were not kept; some of them where they all say the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rejection {
    pub source: Source,
    pub service_name: Option<String>,
    /// How many spans or log records; 0 where the request could not be read.
    pub spans: u64,
    pub reason: String,
    /// The last time.
    pub at: TimestampMs,
    /// How many requests.
    pub requests: u64,
    /// Where it came from, where that is known.
    pub address: Option<IpAddr>,
    /// Whether it had a good token, or needed none. Others are kept apart, and fewer of them.
    pub authenticated: bool,
}

impl Rejection {
    /// The counts of one request with a valid token.
    pub fn new(source: Source, reason: String, at: TimestampMs) -> Self {
        Self { source, reason, at, requests: 1, authenticated: true, ..Self::default() }
    }

    pub fn says_same(&self, other: &Self) -> bool {
        self.reason == other.reason
            && self.source == other.source
            && self.service_name == other.service_name
            && self.address == other.address
            && self.authenticated == other.authenticated
            // Requests that could not be read are counted apart from spans.
            && (self.spans == 0) == (other.spans == 0)
    }

    pub fn merge(&mut self, other: Self) {
        self.spans += other.spans;
        self.requests += other.requests;
        self.at = self.at.max(other.at);
    }
}
