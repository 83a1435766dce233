//! What engines have in common, free of any database.
pub mod blobs;
