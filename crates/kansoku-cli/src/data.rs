//! The data folder: what lies where, and which process owns it.
use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// Makes the folder when there is none, and keeps it and what lies in it to its owner: traces hold
/// secrets.
pub(crate) fn make_folder(data: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .with_context(|| format!("could not make the data folder {}", data.display()))?;
    keep_to_owner(data)?;
    // A closed folder keeps everything below it out of reach.
    let names = ["kansoku.db", "kansoku.db-wal", "kansoku.db-shm", "artifacts", "blobs", "backups"];
    let locks = ["kansoku.lock", "backup.lock", "blobs.lock", "reserve"];
    names.into_iter().chain(locks).try_for_each(|name| keep_to_owner(&data.join(name)))
}

/// Files and folders that this process makes are its owner's alone, whatever libraries make them.
pub(crate) fn make_private_files() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Takes the rights of others from a file or folder, if there is one.
fn keep_to_owner(path: &Path) -> anyhow::Result<()> {
    let Ok(about) = std::fs::metadata(path) else { return Ok(()) };
    let mode = about.permissions().mode() & 0o7777;
    let reach = Reach::from_mode(mode);
    if reach == Reach::Owner {
        return Ok(());
    }
    let place = path.display();
    match (std::fs::set_permissions(path, Permissions::from_mode(mode & !0o077)), reach) {
        (Ok(()), _) => {
            tracing::warn!(
                "{place} was open to others (mode {mode:o}), and is its owner's alone now"
            );
        }
        (Err(error), Reach::Group) => {
            tracing::warn!(%error, "{place} is open to its group (mode {mode:o}), and not this user's to close");
        }
        (Err(error), _) => bail!(
            "{place} is open to every user of this machine (mode {mode:o}), and this user may not \
             change that ({error}); run `chmod o-rwx {place}` as its owner, or choose another --data"
        ),
    }
    Ok(())
}

/// Which users may read a file or list a folder, by its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Owner,
    Group,
    Everybody,
}

impl Reach {
    fn from_mode(mode: u32) -> Self {
        match (mode & 0o070, mode & 0o007) {
            (0, 0) => Self::Owner,
            (_, 0) => Self::Group,
            _ => Self::Everybody,
        }
    }
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
