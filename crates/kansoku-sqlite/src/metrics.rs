//! Names of the metrics this crate records.

/// Requests that wait for the writer.
pub const WRITER_QUEUE_REQUESTS: &str = "kansoku_writer_queue_requests";
/// Bytes that wait for the writer.
pub const WRITER_QUEUE_BYTES: &str = "kansoku_writer_queue_bytes";
/// Requests in one commit.
pub const COMMIT_REQUESTS: &str = "kansoku_commit_requests";
/// Seconds from the start of a transaction to the start of its `COMMIT`.
pub const COMMIT_APPLY_SECONDS: &str = "kansoku_commit_apply_seconds";
/// Seconds in `COMMIT`: writing the log and fsync.
pub const COMMIT_FSYNC_SECONDS: &str = "kansoku_commit_fsync_seconds";
/// Bytes of the database and its write-ahead log.
pub const STORE_BYTES: &str = "kansoku_store_bytes";
