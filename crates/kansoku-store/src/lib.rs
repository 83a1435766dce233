//! Where traces live: two traits, and the engines that implement them.
//!
//! What a trace filter can mention is in [`TraceStore`]; everything else is in
//! [`MetaStore`]. A write returns once it is on disk, and is safe to repeat.
pub mod backup;
mod blobs;
mod error;
mod facts;
mod ledger;
mod meta;
pub mod metrics_query;
mod outlines;
mod reads;
mod reprice;
mod traces;
mod upkeep;

pub mod metrics;

pub mod sqlite;
#[cfg(any(test, feature = "suite"))]
#[allow(clippy::unwrap_used, reason = "the suite is tests")]
pub mod suite;

pub use blobs::{BlobOptions, BlobPlace, InvalidBlobPlace};
pub use error::StoreError;
pub use facts::{AssessmentFacts, Coverage, EachFacts, FactsQuery, SpanFacts, TraceFacts, Wants};
pub use ledger::{Audit, Ledger, SourceCounts};
pub use meta::{ExperimentSearch, MetaStore, NewExperiment, RunSearch, RunUpdate, TokenCheck};
pub use metrics_query::{Aggregation, DataPoint, Dimension, Metric, MetricsQuery, View};
pub use outlines::{FailedSpan, ListedPage, ListedTrace, OutlineSpan, TraceOutline};
pub use reads::{
    ListedSpan, OtlpCursor, OtlpPiece, SpanList, SpanPage, SpanPosition, StoredSpan, WhichSpans,
};
pub use reprice::{CostChange, ModelRepriced, Pricer, Reprice, Repriced, RepricedPage};
pub use sqlite::{SqliteStore, StoreOptions};
pub use traces::{
    AssessmentUpdate, Deletion, Ingest, IngestCounts, PromptVersion, Rejection, SearchPage,
    StoredSpans, TraceChange, TraceSearch, TraceStore,
};
pub use upkeep::{Cut, StorageUse, Upkeep};
