//! Backups that are being taken, or were broken off.
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{ARTIFACTS, BLOBS, BackupError, DATABASE, files, io_at};

pub(crate) const SUFFIX: &str = ".partial";
const MARK: &str = ".kansoku-partial";

/// The mark in a backup that is being taken, locked as long as it is.
pub(crate) struct PartialMark {
    path: PathBuf,
    _file: File,
}

impl PartialMark {
    pub(crate) fn set(partial: &Path) -> Result<Self, BackupError> {
        let path = partial.join(MARK);
        let file = File::create(&path).map_err(io_at("write", &path))?;
        file.lock().map_err(io_at("lock", &path))?;
        Ok(Self { path, _file: file })
    }

    /// The backup is whole.
    pub(crate) fn remove(self) -> Result<(), BackupError> {
        files::remove_file(&self.path).map_err(io_at("remove", &self.path))
    }
}

/// Deletes what broken-off backups left in a folder for backups, and answers how many there were.
///
/// Folders that no backup made stay, and so do those of backups that are being taken.
pub fn clear_partial(folder: &Path) -> Result<usize, BackupError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(io_at("read", folder)(error)),
    };
    let mut cleared = 0;
    for entry in entries {
        let entry = entry.map_err(io_at("read", folder))?;
        let is_named = entry.file_name().to_string_lossy().ends_with(SUFFIX);
        // A link is followed by nobody.
        if is_named && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let path = entry.path();
            let Some(_broken_off) = broken_off(&path)? else { continue };
            files::remove_folder(&path).map_err(io_at("clear", &path))?;
            tracing::info!(folder = %path.display(), "cleared what a broken-off backup left");
            cleared += 1;
        }
    }
    Ok(cleared)
}

/// The mark, locked by this process; `None` where another has it, or no backup made the folder.
fn broken_off(partial: &Path) -> Result<Option<Option<File>>, BackupError> {
    let path = partial.join(MARK);
    match OpenOptions::new().write(true).open(&path) {
        Ok(file) => Ok(file.try_lock().is_ok().then_some(Some(file))),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Ok(is_of_an_older_version(partial)?.then_some(None))
        }
        Err(error) => Err(io_at("open", &path)(error)),
    }
}

/// Backups had no mark once. One without its list of contents was not whole.
fn is_of_an_older_version(partial: &Path) -> Result<bool, BackupError> {
    let mut has_database = false;
    for entry in fs::read_dir(partial).map_err(io_at("read", partial))? {
        let name = entry.map_err(io_at("read", partial))?.file_name();
        let name = name.to_string_lossy();
        has_database |= name == DATABASE;
        if ![DATABASE, ARTIFACTS, BLOBS].contains(&&*name) {
            return Ok(false);
        }
    }
    Ok(has_database)
}
