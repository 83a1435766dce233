//! Deletes files of the log that no reader of a recent version needs.
use super::error::LogError;
use super::file_names::LogFileKind;
use super::open::Table;

impl Table {
    /// Deletes what precedes the newest checkpoint that is older than `cutoff_ms`, and returns the
    /// number of deleted files.
    ///
    /// Every version since that checkpoint can still be opened: those younger than the cutoff, and
    /// the checkpoint that the hint names.
    pub async fn clean_up(&self, cutoff_ms: i64) -> Result<usize, LogError> {
        let Some(hint) = self.folder.read_hint().await? else { return Ok(0) };
        let files = self.folder.list(0).await?;
        let checkpoint = files.iter().rfind(|file| {
            file.kind == LogFileKind::Checkpoint
                && file.version <= hint.min(self.snapshot.version)
                && file.modified_ms < cutoff_ms
        });
        let Some(first_version) = checkpoint.map(|file| file.version) else { return Ok(0) };
        let old = files.into_iter().filter(|file| file.version < first_version);
        self.folder.delete(old.map(|file| file.location).collect()).await
    }
}
