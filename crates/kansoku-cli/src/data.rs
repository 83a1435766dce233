//! The data folder: its files, permissions and lock.
use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

const WEBHOOK_KEY: &str = "webhooks.key";

/// Creates the folder if missing, and restricts it and its contents to its owner, because traces
/// contain secrets. Fails if other users have access that this user cannot revoke.
pub(crate) fn make_folder(data: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .with_context(|| format!("could not make the data folder {}", data.display()))?;
    keep_to_owner(data)?;
    // Restricting these is enough: a folder without permissions for others protects everything
    // below.
    let names = ["kansoku.db", "kansoku.db-wal", "kansoku.db-shm", "artifacts", "blobs", "backups"];
    let others = ["kansoku.lock", "backup.lock", "blobs.lock", "reserve", WEBHOOK_KEY];
    names.into_iter().chain(others).try_for_each(|name| keep_to_owner(&data.join(name)))
}

/// Sets the umask, so that files and folders created by this process, also by libraries, are
/// accessible to their owner only.
pub(crate) fn make_private_files() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Revokes the permissions of group and others on a file or folder, if it exists.
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

/// The users who can access a file or folder, by its mode.
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

/// The file of the key that encrypts the secrets of webhooks, unless the settings name another.
pub(crate) fn webhook_key(data: &Path) -> PathBuf {
    data.join(WEBHOOK_KEY)
}

/// The log of answers that judges got and that are not stored as feedback yet.
pub(crate) fn judge_answers(data: &Path) -> PathBuf {
    data.join("judge-answers.jsonl")
}

pub(crate) fn artifacts(data: &Path) -> PathBuf {
    data.join("artifacts")
}

/// Exclusive lock of the data folder, which keeps other servers from using it. The OS releases it
/// even after a crash.
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

/// The lock owner's process id as ` (pid 4711)`; empty if it has not been written yet.
fn owner(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text).map(|_| text.trim().parse::<u32>()) {
        Ok(Ok(pid)) => format!(" (pid {pid})"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
