//! The OTLP bytes of spans and log records: compressed, merged, and read back.
pub(crate) mod chunks;
pub(crate) mod compaction;
pub(crate) mod dictionaries;
pub(crate) mod literal_matcher;
pub(crate) mod orphaned_blobs;
pub(crate) mod otlp;
pub(crate) mod renewal;
pub(crate) mod sizes;
