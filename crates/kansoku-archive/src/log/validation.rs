//! Checks of actions before any of them is applied: what is understood, and how much of it.
use super::actions::{Action, Add, Metadata};
use super::error::Rejection;
use super::paths;
use super::protocol::{self, CLUSTERING};
use super::snapshot::Snapshot;

/// Active and removed files that a table's log may know at once.
pub(super) const FILES_MAX: usize = 2_000_000;
pub(super) const APPLICATIONS_MAX: usize = 10_000;
/// Bounds the memory of the rows of a checkpoint that are decoded at once.
pub(super) const STATS_BYTES_MAX: usize = 64 * 1024;

impl Snapshot {
    /// Whether the actions of one commit, or of a checkpoint, may be applied.
    pub(super) fn validate(&self, actions: &[Action]) -> Result<(), Rejection> {
        let (mut files, mut applications) = (0, 0);
        for action in actions {
            match action {
                Action::CommitInfo(_) => {}
                Action::Protocol(new) if *new == self.protocol => protocol::check(new)?,
                Action::Protocol(new) => {
                    protocol::check(new)?;
                    return Err(Rejection::Unsupported("a change of the protocol".to_owned()));
                }
                Action::MetaData(metadata) => self.validate_metadata(metadata)?,
                Action::DomainMetadata(domain) if domain.domain == CLUSTERING => {}
                Action::DomainMetadata(_) => {
                    let feature = format!("metadata of another domain than `{CLUSTERING}`");
                    return Err(Rejection::Unsupported(feature));
                }
                Action::Txn(txn) => {
                    applications += usize::from(!self.transactions.contains_key(&txn.app_id));
                }
                Action::Add(add) => {
                    validate_add(add)?;
                    files += 1;
                }
                Action::Remove(remove) => {
                    paths::relative(&remove.path)?;
                    validate_size(remove.size.unwrap_or(0))?;
                    files += usize::from(!self.files.contains_key(&remove.path));
                }
            }
        }
        limit("files", self.files.len() + self.tombstones.len() + files, FILES_MAX)?;
        limit("applications", self.transactions.len() + applications, APPLICATIONS_MAX)
    }

    /// Properties may change, columns may not: the writer of data files would not know.
    fn validate_metadata(&self, new: &Metadata) -> Result<(), Rejection> {
        protocol::check_metadata(new)?;
        if protocol::is_same_schema(self.schema(), &new.schema_string) {
            return Ok(());
        }
        Err(Rejection::Unsupported("a change of the schema".to_owned()))
    }
}

fn validate_add(add: &Add) -> Result<(), Rejection> {
    paths::relative(&add.path)?;
    validate_size(add.size)?;
    if add.deletion_vector.is_some() {
        return Err(Rejection::Unsupported("deletion vectors".to_owned()));
    }
    if add.stats.as_ref().is_some_and(|stats| STATS_BYTES_MAX < stats.len()) {
        let reason = format!("statistics of a file have more than {STATS_BYTES_MAX} bytes");
        return Err(Rejection::Malformed(reason));
    }
    Ok(())
}

/// A checkpoint has sizes as `long`.
fn validate_size(size: u64) -> Result<(), Rejection> {
    if i64::try_from(size).is_ok() {
        return Ok(());
    }
    Err(Rejection::Malformed("a file has more bytes than a file can have".to_owned()))
}

fn limit(things: &'static str, count: usize, max: usize) -> Result<(), Rejection> {
    if max < count { Err(Rejection::TooMany { things, max }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_of_delta() {
        assert!(validate_size(i64::MAX as u64).is_ok());
        assert!(validate_size(i64::MAX as u64 + 1).is_err());
    }

    #[test]
    fn a_limit_is_the_last_number_that_is_allowed() {
        assert_eq!(limit("files", FILES_MAX, FILES_MAX), Ok(()));
        let error = Rejection::TooMany { things: "files", max: FILES_MAX };
        assert_eq!(limit("files", FILES_MAX + 1, FILES_MAX), Err(error));
    }
}
