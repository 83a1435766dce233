//! Restores a data folder from a backup.
//!
//! Everything is first copied into the data folder beside the present data, and checked. Then one
//! rename commits the restore; the remaining steps can be repeated after a crash.
use std::fs;
use std::path::Path;

use kansoku_store::StoreError;

use super::{
    ARTIFACTS, BLOBS, BackupError, DATABASE, MANIFEST, Manifest, Progress, SqliteStore,
    StoreOptions, blobs_in_use, check_database, files, io_at, make_private_folder,
};

/// Folder of unchecked copies; useless after a crash.
const STAGING: &str = ".restore";
/// Folder of checked copies that remain to be moved into place.
const VERIFIED: &str = ".restore-verified";

/// Restores `data` to the state of the backup `from`. No server may use `data`.
///
/// Fails if `data` is not empty, unless `force` is set. Present data is replaced only after the
/// copy has been verified: by its checksum, SQLite's integrity check and all migrations.
pub fn restore(
    from: &Path,
    data: &Path,
    force: bool,
    mut progress: impl FnMut(Progress),
) -> Result<Manifest, BackupError> {
    let manifest = read_manifest(from)?;
    if !force && holds_anything(data)? {
        return Err(BackupError::NotEmpty(data.to_owned()));
    }
    let staging = data.join(STAGING);
    files::remove_folder(&staging).map_err(io_at("clear", &staging))?;
    make_private_folder(&staging)?;
    let staged = stage(from, &staging, &manifest, &mut progress);
    if staged.is_err() {
        // A rejected copy is useless.
        let _ = files::remove_folder(&staging);
    }
    staged?;
    let verified = data.join(VERIFIED);
    files::remove_folder(&verified).map_err(io_at("clear", &verified))?;
    fs::rename(&staging, &verified).map_err(io_at("name", &verified))?;
    files::sync(data).map_err(io_at("write to disk", data))?;
    finish_restore(data)?;
    Ok(manifest)
}

/// Completes a restore that was interrupted by a crash; returns whether there was one.
///
/// Must be called before the data folder is used.
pub fn finish_restore(data: &Path) -> Result<bool, BackupError> {
    let verified = data.join(VERIFIED);
    if !verified.exists() {
        return Ok(false);
    }
    for folder in [ARTIFACTS, BLOBS] {
        let (staged, place) = (verified.join(folder), data.join(folder));
        if staged.exists() {
            files::remove_folder(&place).map_err(io_at("remove", &place))?;
            fs::rename(&staged, &place).map_err(io_at("put in place", &place))?;
        }
    }
    let staged = verified.join(DATABASE);
    if staged.exists() {
        // The old write-ahead log must not be applied to the new database.
        for log in ["kansoku.db-wal", "kansoku.db-shm"] {
            let log = data.join(log);
            files::remove_file(&log).map_err(io_at("remove", &log))?;
        }
        files::sync(data).map_err(io_at("write to disk", data))?;
        let place = data.join(DATABASE);
        fs::rename(&staged, &place).map_err(io_at("put in place", &place))?;
    }
    files::sync(data).map_err(io_at("write to disk", data))?;
    files::remove_folder(&verified).map_err(io_at("remove", &verified))?;
    Ok(true)
}

fn read_manifest(from: &Path) -> Result<Manifest, BackupError> {
    let refuse = |why: String| BackupError::NotABackup { from: from.to_owned(), why };
    let text = fs::read(from.join(MANIFEST))
        .map_err(|error| refuse(format!("{MANIFEST} cannot be read ({error})")))?;
    serde_json::from_slice(&text).map_err(|error| refuse(format!("{MANIFEST}: {error}")))
}

/// Whether the folder has entries other than `*.lock`, which a server leaves behind.
fn holds_anything(data: &Path) -> Result<bool, BackupError> {
    if !data.exists() {
        return Ok(false);
    }
    let entries = fs::read_dir(data).map_err(io_at("read", data))?;
    let mut names = entries.filter_map(|entry| entry.ok()).map(|entry| entry.file_name());
    Ok(names.any(|name| !name.to_string_lossy().ends_with(".lock")))
}

fn stage(
    from: &Path,
    staging: &Path,
    manifest: &Manifest,
    progress: &mut impl FnMut(Progress),
) -> Result<(), BackupError> {
    let refuse = |why: String| Err(BackupError::NotABackup { from: from.to_owned(), why });
    let mut say = |doing, percent| progress(Progress { doing, percent });
    let (source, database) = (from.join(DATABASE), staging.join(DATABASE));
    say("copying the database", 0);
    fs::copy(&source, &database).map_err(io_at("copy", &source))?;
    files::sync(&database).map_err(io_at("write to disk", &database))?;
    say("comparing its check sum", 20);
    if files::sha256(&database).map_err(io_at("read", &database))? != manifest.database_sha256 {
        return refuse(format!("{DATABASE} is not as it was when the backup was taken"));
    }
    say("checking the database", 40);
    if let Some(why) = check_database(&database).map_err(StoreError::from)? {
        return refuse(format!("{DATABASE} is damaged: {why}"));
    }
    say("bringing it up to date", 70);
    SqliteStore::migrate(&database, StoreOptions::default())?;
    say("copying artifacts and blobs", 80);
    let mut copied = files::Copied::default();
    for folder in [ARTIFACTS, BLOBS] {
        let below = files::copy_folder(&from.join(folder), &staging.join(folder), &[])
            .map_err(io_at("copy", &from.join(folder)))?;
        copied.files += below.files;
        copied.bytes += below.bytes;
    }
    if (copied.files, copied.bytes) != (manifest.files, manifest.files_bytes) {
        return refuse(format!(
            "it has {} files of {} bytes beside the database, and should have {} of {}",
            copied.files, copied.bytes, manifest.files, manifest.files_bytes
        ));
    }
    // Removes blobs that were incomplete or already deleted when the snapshot was taken.
    let blobs = staging.join(BLOBS);
    let in_use = blobs_in_use(&database).map_err(StoreError::from)?;
    files::keep_only(&blobs, &in_use).map_err(io_at("clear", &blobs))?;
    files::sync(staging).map_err(io_at("write to disk", staging))
}
