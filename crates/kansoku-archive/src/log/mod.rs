//! Delta Lake's transaction log: which data files a table consists of, version by version.
//!
//! A commit is one JSON file of `_delta_log/`, written only if that version does not exist yet; a
//! checkpoint is the whole state in one Parquet file. The log knows names, sizes and statistics of
//! data files, and a schema as text; it neither reads nor writes a data file, and knows no spans.
//!
//! The caller is the only writer of its own, but other engines may commit too. Their commits are
//! applied if every action in them is understood; otherwise the table is left as it was, with
//! [`LogError::Unsupported`].
mod actions;
mod changes;
mod checkpoint;
mod checkpoint_schema;
mod clean_up;
mod commit;
mod definition;
mod error;
mod file_names;
mod folder;
mod foreign;
mod open;
mod paths;
mod protocol;
mod retention;
mod snapshot;
mod validation;

pub use changes::FileChanges;
pub use commit::{AppTransaction, COMMIT_ATTEMPTS_MAX, Commit, Operation};
pub use definition::TableDefinition;
pub use error::LogError;
pub use open::Table;
pub use snapshot::{DataFile, Snapshot};

#[cfg(test)]
mod tests;
