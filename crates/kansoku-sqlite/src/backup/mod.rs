//! Backups of a data folder while a server uses it, and restoring them.
//!
//! A backup is a folder with a snapshot of the database, the artifacts and blobs, and the manifest
//! `backup.json` with sizes and the database's checksum. While it is written, it is called
//! `<name>.partial` and holds a mark file that the process keeps locked; it is renamed when it is
//! complete and on disk. A partial folder whose mark is not locked was interrupted and is removed.
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use kansoku_model::TimestampMs;
use kansoku_store::StoreError;
pub use kansoku_store::backup::{BackupError, Manifest};

use crate::{SqliteStore, StoreOptions};
use database::{blobs_in_use, check_database, copy_database};
use kansoku_store::core::blobs;
use partial::PartialMark;

pub(crate) mod database;
mod files;
mod partial;
mod restore;

pub use partial::clear_partial;
pub use restore::{finish_restore, restore};

pub(crate) const DATABASE: &str = "kansoku.db";
const ARTIFACTS: &str = "artifacts";
const BLOBS: &str = blobs::FOLDER;
const MANIFEST: &str = "backup.json";
/// Subfolders of incomplete uploads, which a backup leaves out.
const UNFINISHED_ARTIFACTS: [&str; 2] = ["tmp", "uploads"];

/// Progress of a backup or a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub doing: &'static str,
    /// 0 to 100, of the current step `doing`.
    pub percent: u64,
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Adds to an I/O error what failed and for which path; a full disk becomes [`BackupError::Full`].
fn io_at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let doing = format!("{doing} {}", path.display());
    move |source| match is_full(&source) {
        true => BackupError::Full,
        false => BackupError::Io { doing, source },
    }
}

/// Copies the data folder `data` to the new folder `to`, whether or not a server uses `data`.
///
/// The backup contains everything that was acknowledged before the call. A running server continues
/// to write; its write-ahead log grows until the copy is complete. `now` becomes the manifest's
/// time. Fails if `data` has no database, if `to` exists, or if another backup of `data` is
/// running.
pub fn take(
    data: &Path,
    to: &Path,
    now: TimestampMs,
    mut progress: impl FnMut(Progress),
) -> Result<Manifest, BackupError> {
    if !data.join(DATABASE).exists() {
        return Err(BackupError::NoData(data.to_owned()));
    }
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let _alone = BackupLock::take(data)?;
    let _blobs_stay = blobs::keep_all(data).map_err(io_at("lock the blobs of", data))?;
    let above = parent(to);
    clear_partial(&above)?;
    let partial = partial_name(to);
    if partial.exists() {
        return Err(BackupError::ForeignPartial(partial));
    }
    make_private_folder(&partial)?;
    let taken = PartialMark::set(&partial).and_then(|mark| {
        let manifest = copy(data, &partial, now, &mut progress)?;
        mark.remove()?;
        fs::rename(&partial, to).map_err(io_at("name", to))?;
        files::sync(&above).map_err(io_at("write to disk", &above))?;
        Ok(manifest)
    });
    if taken.is_err() {
        // A remainder is removed by the next backup.
        let _ = files::remove_folder(&partial);
    }
    taken
}

/// Copies the database first: everything that it refers to was stored earlier, and is copied later.
fn copy(
    data: &Path,
    to: &Path,
    now: TimestampMs,
    progress: &mut impl FnMut(Progress),
) -> Result<Manifest, BackupError> {
    let database = to.join(DATABASE);
    copy_database(&data.join(DATABASE), &database, |done, of| {
        progress(Progress { doing: "copying the database", percent: done * 100 / of.max(1) });
    })
    .map_err(StoreError::from)?;
    let database_bytes = database.metadata().map_err(io_at("read", &database))?.len();
    progress(Progress { doing: "computing its check sum", percent: 0 });
    let database_sha256 = files::sha256(&database).map_err(io_at("read", &database))?;
    progress(Progress { doing: "copying artifacts and blobs", percent: 0 });
    let copied = copy_files(data, to)?;
    let manifest = Manifest {
        kansoku: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at: now.to_string(),
        database_bytes,
        database_sha256,
        files: copied.files,
        files_bytes: copied.bytes,
    };
    let path = to.join(MANIFEST);
    let json = serde_json::to_vec_pretty(&manifest).expect("plain fields become JSON");
    fs::write(&path, json).map_err(io_at("write", &path))?;
    for path in [&path, to] {
        files::sync(path).map_err(io_at("write to disk", path))?;
    }
    Ok(manifest)
}

/// Copies artifacts and blobs.
fn copy_files(data: &Path, to: &Path) -> Result<files::Copied, BackupError> {
    let mut all = files::Copied::default();
    for (folder, leave_out) in [(ARTIFACTS, &UNFINISHED_ARTIFACTS[..]), (BLOBS, &["tmp"])] {
        let from = data.join(folder);
        let copied =
            files::copy_folder(&from, &to.join(folder), leave_out).map_err(io_at("copy", &from))?;
        all.files += copied.files;
        all.bytes += copied.bytes;
    }
    Ok(all)
}

fn partial_name(to: &Path) -> PathBuf {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(partial::SUFFIX);
    to.with_file_name(name)
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(above) if !above.as_os_str().is_empty() => above.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Only the owner may read the folder: traces contain secrets.
fn make_private_folder(path: &Path) -> Result<(), BackupError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true).mode(0o700).create(path).map_err(io_at("make", path))
}

/// Exclusive lock of a data folder while it is backed up. The OS releases it even after a crash.
pub(crate) struct BackupLock {
    _file: File,
}

impl BackupLock {
    pub(crate) fn take(data: &Path) -> Result<Self, BackupError> {
        let path = data.join("backup.lock");
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = opened.map_err(io_at("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(BackupError::UnderWay),
            Err(TryLockError::Error(error)) => Err(io_at("lock", &path)(error)),
        }
    }
}

#[cfg(test)]
mod tests;
