//! The contract of a store: the traits that an engine implements, and what every engine shares.
//!
//! What a trace filter can mention is in [`TraceStore`]; who may come in is in [`AccessStore`];
//! everything else is in [`MetaStore`]. A write returns once it is on disk, and is safe to repeat.
mod access;
mod activity;
pub mod backup;
pub mod core;
mod correlation;
mod error;
mod facts;
mod keys;
mod ledger;
mod meta;
pub mod metrics_query;
mod outlines;
mod percentile;
mod read_caller;
mod reads;
mod reprice;
mod sessions;
mod skeleton;
mod traces;
mod turns;
mod upkeep;
mod views;

#[cfg(any(test, feature = "suite"))]
#[allow(clippy::unwrap_used, reason = "the suite is tests")]
pub mod suite;

pub use crate::core::blobs::{BlobOptions, BlobPlace, InvalidBlobPlace};
pub use access::{
    AccessStore, KnownSession, KnownToken, NewSession, SecretHash, SessionId, SigningKeys,
    StoredSecret, StoredSession, StoredToken, TokenCheck, TokenId, TokenSpec,
};
pub use activity::{Activity, ActivityQuery, WindowFigures};
pub use correlation::{CorrelationCounts, CorrelationQuery};
pub use error::StoreError;
pub use facts::{AssessmentFacts, Coverage, EachFacts, FactsQuery, SpanFacts, TraceFacts, Wants};
pub use keys::{KeyCount, TraceKeys};
pub use ledger::{Audit, Ledger, SourceCounts};
pub use meta::{ExperimentSearch, MetaStore, NewExperiment, RunSearch, RunUpdate};
pub use metrics_query::{Aggregation, DataPoint, Dimension, Metric, MetricsQuery, View};
pub use outlines::{FailedSpan, ListedPage, ListedTrace, OutlineSpan, TraceOutline};
pub use percentile::percentile;
pub use read_caller::ReadCaller;
pub use reads::{
    ChunkId, ChunkInfo, ListedSpan, OtlpCursor, OtlpPiece, SpanList, SpanPage, SpanPosition,
    StoredSpan, TraceChunks, WhichSpans,
};
pub use reprice::{CostChange, ModelRepriced, Pricer, Reprice, Repriced, RepricedPage};
pub use sessions::{SessionNames, SessionSearch};
pub use skeleton::{SessionPlace, SkeletonPart, SkeletonSpan, TraceSkeleton};
pub use traces::{
    AssessmentUpdate, Deletion, Ingest, IngestCounts, PromptVersion, Rejection, SearchPage,
    StoredSpans, TraceChange, TraceSearch, TraceStore,
};
pub use turns::{ToolUse, Turn, Turns};
pub use upkeep::{ClockMarks, Cut, RetentionWait, StorageUse, StoreSize, TraceShare, Upkeep};
pub use views::{SavedView, ViewUpdate};
