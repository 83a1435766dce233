//! The contract of a store: the traits that an engine implements, and the logic that all engines
//! share.
//!
//! [`TraceStore`] stores everything that a trace filter can refer to, [`AccessStore`] tokens and
//! browser sessions, [`JobQueue`] work that is done later, [`MetaStore`] the rest. [`IngestLedger`]
//! counts what arrived, [`Maintenance`] is background work, and [`ArchiveCatalog`] and
//! [`ArchiveIndex`] know what is in the archive. A write returns once it is on disk, and can be
//! repeated safely.
//!
//! An engine implements the required methods. The provided methods are computed from those; an
//! engine overrides one only for speed, and the suite checks that both return the same.
mod access;
mod archive;
mod archive_index;
pub mod backup;
pub mod core;
mod error;
mod jobs;
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
pub use archive::*;
pub use archive_index::*;
pub use error::StoreError;
pub use jobs::*;
pub use ledger::*;
pub use maintenance::*;
pub use meta::*;
pub use metrics_query::{Aggregation, DataPoint, Dimension, Metric, MetricsQuery, View};
pub use percentile::percentile;
pub use read_caller::ReadCaller;
pub use traces::*;
