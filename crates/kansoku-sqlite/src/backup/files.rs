//! Copies folders durably, and computes the checksum of a file.
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use sha2::{Digest, Sha256};

/// Number and size of copied files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Copied {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

/// Copies everything below `from` to the new folder `to`, except top-level entries named in
/// `leave_out`.
///
/// Files that disappear during the copy have been deleted and are skipped.
pub(crate) fn copy_folder(from: &Path, to: &Path, leave_out: &[&str]) -> io::Result<Copied> {
    fs::create_dir_all(to)?;
    let mut copied = Copied::default();
    let entries = match fs::read_dir(from) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(copied),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        if leave_out.iter().any(|left| name == *left) {
            continue;
        }
        let (here, there) = (entry.path(), to.join(&name));
        let kind = match entry.file_type() {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            kind => kind?,
        };
        if kind.is_dir() {
            let below = copy_folder(&here, &there, &[])?;
            copied.files += below.files;
            copied.bytes += below.bytes;
        } else if kind.is_file()
            && let Some(bytes) = copy_file(&here, &there)?
        {
            copied.files += 1;
            copied.bytes += bytes;
        }
    }
    sync(to)?;
    Ok(copied)
}

/// Returns the number of bytes copied; `None` if the file no longer exists.
fn copy_file(from: &Path, to: &Path) -> io::Result<Option<u64>> {
    match fs::copy(from, to) {
        Ok(bytes) => {
            sync(to)?;
            Ok(Some(bytes))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes files in the subfolders of `root` unless `names` contains `<folder>/<file>`.
pub(crate) fn keep_only(root: &Path, names: &HashSet<String>) -> io::Result<()> {
    for folder in fs::read_dir(root)? {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(folder.path())? {
            let file = file?;
            let [above, name] = [folder.file_name(), file.file_name()];
            let name = format!("{}/{}", above.to_string_lossy(), name.to_string_lossy());
            if file.file_type()?.is_file() && !names.contains(&name) {
                fs::remove_file(file.path())?;
            }
        }
    }
    Ok(())
}

/// Syncs a file's content, or a folder's entries, to disk.
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The SHA-256 of a file in hex.
pub(crate) fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
    }
    Ok(hash.finalize().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}")))
}

/// Does nothing if the folder does not exist.
pub(crate) fn remove_folder(path: &Path) -> io::Result<()> {
    absent_is_fine(fs::remove_dir_all(path))
}

/// Does nothing if the file does not exist.
pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    absent_is_fine(fs::remove_file(path))
}

fn absent_is_fine(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
