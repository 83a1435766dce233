//! Names of the metrics this crate records.

/// Number of requests in the writer's queue.
pub const WRITER_QUEUE_REQUESTS: &str = "kansoku_writer_queue_requests";
/// Bytes in the writer's queue.
pub const WRITER_QUEUE_BYTES: &str = "kansoku_writer_queue_bytes";
/// Number of requests in a commit.
pub const COMMIT_REQUESTS: &str = "kansoku_commit_requests";
/// Seconds from the start of a transaction to the start of its `COMMIT`.
pub const COMMIT_APPLY_SECONDS: &str = "kansoku_commit_apply_seconds";
/// Seconds in `COMMIT`: writing the log and syncing it.
pub const COMMIT_FSYNC_SECONDS: &str = "kansoku_commit_fsync_seconds";
/// Bytes of the database and its write-ahead log.
pub const STORE_BYTES: &str = "kansoku_store_bytes";
