//! File operations below a folder that do not follow symbolic links: open, list, place and delete.
//!
//! A link in the folder could lead out of it; someone who restores a backup or shares the disk may
//! have created one. So every component of a path is opened separately, and none may be a link. The
//! folder at the top may be a link, because the server's operator chooses it.
use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, ErrorKind},
    os::{fd::OwnedFd, unix::ffi::OsStrExt as _},
    path::{Path, PathBuf},
};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, mkdirat, openat, renameat, statat, unlinkat,
};

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// An entry of a folder that is a file or a folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) name: OsString,
    /// `None` for a folder.
    pub(super) bytes: Option<u64>,
}

/// Opens a file or folder for reading. Anything else is reported as not found.
pub(super) fn open_file(top: &Path, below: &Path) -> io::Result<File> {
    let Some((folder, name)) = split(below) else { return Err(ErrorKind::IsADirectory.into()) };
    let folder = open_folder(top, folder)?;
    // Without `NONBLOCK`, opening a named pipe would wait for its other end.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(openat(&folder, name, flags, Mode::empty()).map_err(not_there)?);
    let kind = file.metadata()?.file_type();
    match kind.is_file() || kind.is_dir() {
        true => Ok(file),
        false => Err(ErrorKind::NotFound.into()),
    }
}

/// The files and folders directly in a folder.
pub(super) fn list(top: &Path, below: &Path) -> io::Result<Vec<Found>> {
    let folder = open_folder(top, below)?;
    names(&folder)?
        .into_iter()
        .filter_map(|name| {
            // An entry that was deleted in the meantime is left out.
            let about = statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
            match FileType::from_raw_mode(about.st_mode) {
                FileType::RegularFile => Some(Ok(Found { name, bytes: Some(size(&about)) })),
                FileType::Directory => Some(Ok(Found { name, bytes: None })),
                _ => None,
            }
        })
        .collect()
}

/// Moves a synced file to its place, creates missing folders above it, and syncs them, so that its
/// name is durable too. Returns the size of the file that it replaced, in bytes.
pub(super) fn place(from: &Path, top: &Path, below: &Path) -> io::Result<u64> {
    let Some((folder, name)) = split(below) else { return Err(ErrorKind::IsADirectory.into()) };
    std::fs::create_dir_all(top)?;
    let mut above = openat(CWD, top, FOLDER, Mode::empty())?;
    let mut changed = Vec::new();
    for part in folder {
        match mkdirat(&above, part, Mode::RWXU) {
            Ok(()) => changed.push(above.try_clone()?),
            Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        above = openat(&above, part, FOLDER | OFlags::NOFOLLOW, Mode::empty()).map_err(a_file)?;
    }
    let replaced = statat(&above, name, AtFlags::SYMLINK_NOFOLLOW);
    renameat(CWD, from, &above, name)?;
    changed.push(above);
    // A new folder is durable once its parent is synced.
    changed.into_iter().rev().try_for_each(|folder| File::from(folder).sync_all())?;
    Ok(replaced.map_or(0, |about| file_size(&about)))
}

/// Deletes a file, or a folder with its content; returns the size of the deleted files in bytes. A
/// link itself is deleted, but not its target. Does nothing if there is no such path.
pub(super) fn delete(top: &Path, below: &Path) -> io::Result<u64> {
    let gone = |kind| matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory);
    let Some((folder, name)) = split(below) else { return Err(ErrorKind::IsADirectory.into()) };
    match open_folder(top, folder).and_then(|folder| delete_at(&folder, name)) {
        Err(error) if gone(error.kind()) => Ok(0),
        deleted => deleted,
    }
}

/// The size of all files below a folder, in bytes.
pub(super) fn measure(top: &Path, below: &Path) -> io::Result<u64> {
    match open_folder(top, below) {
        Ok(folder) => measure_folder(&folder),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

fn measure_folder(folder: &OwnedFd) -> io::Result<u64> {
    let mut bytes = 0;
    for name in names(folder)? {
        let Ok(about) = statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
        bytes += match FileType::from_raw_mode(about.st_mode) {
            FileType::Directory => {
                let below = openat(folder, &name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
                measure_folder(&below)?
            }
            _ => file_size(&about),
        };
    }
    Ok(bytes)
}

fn delete_at(folder: &OwnedFd, name: &OsStr) -> io::Result<u64> {
    let about = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if FileType::from_raw_mode(about.st_mode) != FileType::Directory {
        unlinkat(folder, name, AtFlags::empty())?;
        return Ok(file_size(&about));
    }
    let below = openat(folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
    let mut bytes = 0;
    for name in names(&below)? {
        bytes += match delete_at(&below, &name) {
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            deleted => deleted?,
        };
    }
    unlinkat(folder, name, AtFlags::REMOVEDIR)?;
    Ok(bytes)
}

fn open_folder(top: &Path, below: &Path) -> io::Result<OwnedFd> {
    let mut folder = openat(CWD, top, FOLDER, Mode::empty())?;
    for name in below {
        folder = openat(&folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()).map_err(a_file)?;
    }
    Ok(folder)
}

/// The names in a folder, except `.` and `..`.
fn names(folder: &OwnedFd) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name != "." && name != ".." {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

fn split(below: &Path) -> Option<(&Path, &OsStr)> {
    Some((below.parent()?, below.file_name()?))
}

/// Reports links and special files as not found.
fn not_there(error: rustix::io::Errno) -> io::Error {
    match error {
        rustix::io::Errno::LOOP | rustix::io::Errno::NXIO => ErrorKind::NotFound.into(),
        error => error.into(),
    }
}

/// Reports a link in place of a folder as an error, like a file in place of a folder.
fn a_file(error: rustix::io::Errno) -> io::Error {
    match error {
        rustix::io::Errno::LOOP => ErrorKind::NotADirectory.into(),
        error => error.into(),
    }
}

fn file_size(about: &Stat) -> u64 {
    match FileType::from_raw_mode(about.st_mode) {
        FileType::RegularFile => size(about),
        _ => 0,
    }
}

fn size(about: &Stat) -> u64 {
    u64::try_from(about.st_size).unwrap_or(0)
}

/// Splits a path below `root` into the folder at the top, which may be a link, and the path below
/// it.
pub(super) fn top_and_below(root: &Path, path: &Path) -> (PathBuf, PathBuf) {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let mut names = relative.iter();
    let top = names.next().map_or_else(|| root.to_owned(), |top| root.join(top));
    (top, names.collect())
}
