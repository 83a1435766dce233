//! What came from whom, and what became of it.
use kansoku_model::{Source, TimestampMs};

use crate::Rejection;

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
    /// Spans found in the kept bytes; a span sent twice and not yet sealed counts once.
    pub spans_in_payload: u64,
    /// What does not add up, a sentence each.
    pub problems: Vec<String>,
}
