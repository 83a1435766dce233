//! Backups that are in progress or were interrupted.
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{ARTIFACTS, BLOBS, BackupError, DATABASE, files, io_at};

pub(crate) const SUFFIX: &str = ".partial";
const MARK: &str = ".kansoku-partial";

/// The mark file in a partial backup, locked while the backup is in progress.
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

    /// Removes the mark: the backup is complete.
    pub(crate) fn remove(self) -> Result<(), BackupError> {
        files::remove_file(&self.path).map_err(io_at("remove", &self.path))
    }
}

/// Deletes the remains of interrupted backups in a folder of backups, and returns how many there
/// were.
///
/// Folders that are no backups are kept, and so are backups that are still in progress.
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
        // Symbolic links are not followed.
        if is_named && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let path = entry.path();
            let Some(_broken_off) = broken_off(&path)? else { continue };
            files::remove_folder(&path).map_err(io_at("clear", &path))?;
            tracing::info!(folder = %path.display(), "removed the files of an interrupted backup");
            cleared += 1;
        }
    }
    Ok(cleared)
}

/// The mark of an interrupted backup, locked by this process. `None` if another process holds the
/// lock, or if the folder is not a backup; `Some(None)` for an interrupted backup of an older
/// version, which wrote no mark.
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

/// Whether the folder is an incomplete backup of a version that wrote no mark: it has a database,
/// nothing else than data, and no manifest.
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
