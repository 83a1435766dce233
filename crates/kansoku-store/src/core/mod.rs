//! What engines have in common, free of any database.
pub mod blobs;
pub mod columns;
pub mod fold;
pub mod payload;
pub mod terms;
