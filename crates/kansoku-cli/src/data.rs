//! The data folder: what lies where, and which process owns it.
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// Makes the folder when there is none; only its owner may look into it, for traces hold secrets.
pub(crate) fn make_folder(data: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .with_context(|| format!("could not make the data folder {}", data.display()))
}

pub(crate) fn database(data: &Path) -> PathBuf {
    data.join("kansoku.db")
}

pub(crate) fn artifacts(data: &Path) -> PathBuf {
    data.join("artifacts")
}

/// Keeps other servers off the folder while it lives. The OS lets go of it even after a crash.
pub(crate) struct DataLock {
    _file: File,
}

impl DataLock {
    pub(crate) fn take(data: &Path) -> anyhow::Result<Self> {
        let path = data.join("kansoku.lock");
        let opened =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.with_context(|| format!("could not open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "the data folder {} is in use by another kansoku{}; stop it or choose another --data",
                data.display(),
                owner(&mut file)
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("could not lock {}", path.display()));
            }
        }
        let noted = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        noted.with_context(|| format!("could not write {}", path.display()))?;
        Ok(Self { _file: file })
    }
}

/// ` (pid 4711)`, where the owner has written it already.
fn owner(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text).map(|_| text.trim().parse::<u32>()) {
        Ok(Ok(pid)) => format!(" (pid {pid})"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
