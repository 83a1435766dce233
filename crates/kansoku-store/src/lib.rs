//! The contract of a store: the traits that an engine implements, and what every engine shares.
//!
//! [`TraceStore`] has everything that a trace filter can mention, [`AccessStore`] tokens and browser
//! sessions, [`MetaStore`] the rest. [`IngestLedger`] counts what arrived, and [`Maintenance`]
//! is work in the background. A write returns once it is on disk, and is safe to repeat.
//!
//! An engine implements the required methods. The provided ones are computed from those; an engine
//! overrides one for speed only, and the suite holds both to the same answer.
mod access;
pub mod backup;
pub mod core;
mod error;
mod ledger;
mod maintenance;
mod meta;
mod percentile;
mod read_caller;
mod traces;

#[cfg(any(test, feature = "suite"))]
pub mod reference;

#[cfg(any(test, feature = "suite"))]
#[allow(clippy::unwrap_used, reason = "the suite is tests")]
pub mod suite;

pub use crate::core::blobs::{BlobOptions, BlobPlace, InvalidBlobPlace};
pub use access::*;
pub use error::StoreError;
pub use ledger::*;
pub use maintenance::*;
pub use meta::*;
pub use metrics_query::{Aggregation, DataPoint, Dimension, Metric, MetricsQuery, View};
pub use percentile::percentile;
pub use read_caller::ReadCaller;
pub use traces::*;
