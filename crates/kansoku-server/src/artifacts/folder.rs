//! The folder itself: `files/` as clients name them, `traces/` by trace id,
//! `uploads/` for parts of a file to be, `tmp/` for what is still arriving.
use std::{
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use kansoku_model::{Coded, ErrorCode, TraceId};
use kansoku_store::StoreError;
use sha2::{Digest, Sha256};
use tokio::{fs, io::AsyncWriteExt};

use super::{ArtifactPath, InvalidPath};
use crate::auth::BoundRights;

#[derive(Clone)]
pub struct Artifacts {
    root: PathBuf,
    file_bytes_max: u64,
    /// Of a caller who may use some experiments alone.
    rights: Option<Arc<BoundRights>>,
}

const FILE_BYTES_MAX: u64 = 4 << 30;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ArtifactError {
    #[error("No such artifact: '{0}'")]
    NotFound(String),
    #[error("Invalid path: '{0}' is a folder, or lies below a file")]
    NotAFile(String),
    #[error("the upload broke off: {0}")]
    BrokenOff(String),
    #[error("the file is larger than {0} bytes; the server's `artifact_mib_max` allows no more")]
    TooLarge(u64),
    #[error("no such upload `{0}`; it was completed, aborted, or left for over a day")]
    NoSuchUpload(String),
    #[error("{0}")]
    Invalid(String),
    #[error("could not {doing} an artifact")]
    Io {
        doing: &'static str,
        #[source]
        source: io::Error,
    },
}

impl Coded for ArtifactError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound(_) | Self::NoSuchUpload(_) => ErrorCode::ResourceDoesNotExist,
            Self::NotAFile(_) | Self::Invalid(_) => ErrorCode::InvalidParameterValue,
            Self::BrokenOff(_) => ErrorCode::BadRequest,
            Self::TooLarge(_) => ErrorCode::RequestTooLarge,
            Self::Io { source, .. } if is_full(source) => ErrorCode::TemporarilyUnavailable,
            Self::Io { .. } => ErrorCode::InternalError,
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

impl ArtifactError {
    /// What an I/O error at a path that a client named means to that client.
    pub(crate) fn at(doing: &'static str, path: &str, source: io::Error) -> Self {
        match source.kind() {
            ErrorKind::NotFound => Self::NotFound(path.to_owned()),
            ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::AlreadyExists
            | ErrorKind::DirectoryNotEmpty => Self::NotAFile(path.to_owned()),
            ErrorKind::InvalidFilename | ErrorKind::InvalidInput => {
                Self::Invalid(InvalidPath.to_string())
            }
            _ => Self::Io { doing, source },
        }
    }
}

/// An open file, ready to be sent.
pub(crate) struct File {
    pub(crate) file: fs::File,
    pub(crate) bytes: u64,
    pub(crate) etag: String,
}

/// One line of a listing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// `None` for a folder.
    pub(crate) bytes: Option<u64>,
}

impl Artifacts {
    /// Makes the folder where it is missing, and drops what a crash left half written.
    pub fn open(root: &Path) -> io::Result<Self> {
        let this = Self { root: root.to_owned(), file_bytes_max: FILE_BYTES_MAX, rights: None };
        let tmp = this.root.join("tmp");
        match std::fs::remove_dir_all(&tmp) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => std::fs::create_dir_all(&tmp)?,
        }
        Ok(this)
    }

    /// Larger files are refused.
    pub fn with_file_bytes_max(self, file_bytes_max: u64) -> Self {
        Self { file_bytes_max, ..self }
    }

    /// The same folder for a caller with these rights: every path is checked against them.
    pub(crate) fn bound_to(&self, rights: Arc<BoundRights>) -> Self {
        Self { rights: Some(rights), ..self.clone() }
    }

    /// Where a file is that a client names. The path of a token for some experiments begins with
    /// the id of one of them.
    pub(crate) async fn file(&self, path: &ArtifactPath) -> Result<PathBuf, StoreError> {
        if let Some(rights) = &self.rights {
            match path.experiment() {
                Some(experiment) => rights.check(experiment).await?,
                None => return Err(rights.refusal("artifacts outside of its experiments")),
            }
        }
        Ok(self.root.join("files").join(path.to_relative()))
    }

    pub(crate) async fn attachment(
        &self,
        trace: &TraceId,
        id: uuid::Uuid,
    ) -> Result<PathBuf, StoreError> {
        Ok(self.attachments(trace).await?.join(id.to_string()))
    }

    pub(crate) async fn attachments(&self, trace: &TraceId) -> Result<PathBuf, StoreError> {
        if let Some(rights) = &self.rights {
            rights.check_trace(trace).await?;
        }
        Ok(self.trace(trace).join("attachments"))
    }

    pub(crate) fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }

    /// Ids that are no safe file name get a folder by their hash.
    fn trace(&self, trace: &TraceId) -> PathBuf {
        let id = trace.as_str();
        let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let name = if id.len() <= 128 && id.bytes().all(safe) {
            id.to_owned()
        } else {
            // The leading dot keeps it apart from every id that is its own name.
            let hash = Sha256::digest(id.as_bytes());
            hash.iter().fold(".".to_owned(), |name, byte| format!("{name}{byte:02x}"))
        };
        self.root.join("traces").join(name)
    }

    pub(crate) async fn write<E: std::fmt::Display>(
        &self,
        to: &Path,
        named: &str,
        body: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<(), ArtifactError> {
        let temporary = self.temporary();
        let written = self.receive(&temporary, body).await;
        let moved = match written {
            Ok(()) => {
                settle(&temporary, to).await.map_err(|e| ArtifactError::at("store", named, e))
            }
            Err(error) => Err(error),
        };
        if moved.is_err() {
            // The file may not exist; the next start sweeps what remains.
            let _ = fs::remove_file(&temporary).await;
        }
        moved
    }

    async fn receive<E: std::fmt::Display>(
        &self,
        temporary: &Path,
        body: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<(), ArtifactError> {
        let failed = |source| ArtifactError::Io { doing: "store", source };
        let mut body = std::pin::pin!(body);
        let mut file = fs::File::create(temporary).await.map_err(failed)?;
        let too_large = ArtifactError::TooLarge(self.file_bytes_max);
        let mut left = self.file_bytes_max;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| ArtifactError::BrokenOff(error.to_string()))?;
            let Some(rest) = left.checked_sub(chunk.len() as u64) else { return Err(too_large) };
            left = rest;
            file.write_all(&chunk).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        file.sync_all().await.map_err(failed)
    }

    pub(crate) fn temporary(&self) -> PathBuf {
        self.root.join("tmp").join(uuid::Uuid::new_v4().simple().to_string())
    }

    pub(crate) async fn read(&self, from: &Path, named: &str) -> Result<File, ArtifactError> {
        let failed = |error| ArtifactError::at("read", named, error);
        let file = fs::File::open(from).await.map_err(failed)?;
        let about = file.metadata().await.map_err(failed)?;
        if about.is_dir() {
            return Err(ArtifactError::NotFound(named.to_owned()));
        }
        let changed =
            about.modified().ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
        let etag = format!("\"{:x}-{:x}\"", changed.unwrap_or_default().as_nanos(), about.len());
        Ok(File { file, bytes: about.len(), etag })
    }

    /// Files and folders directly below, by name; nothing where there is no such folder.
    pub(crate) async fn list(&self, folder: &Path) -> Result<Vec<Entry>, ArtifactError> {
        let failed = |source| ArtifactError::Io { doing: "list", source };
        let mut found = Vec::new();
        let mut entries = match fs::read_dir(folder).await {
            Ok(entries) => entries,
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(found);
            }
            Err(error) => return Err(failed(error)),
        };
        while let Some(entry) = entries.next_entry().await.map_err(failed)? {
            // Gone between the listing and the look: as if it had never been listed.
            let Ok(about) = entry.metadata().await else { continue };
            let bytes = about.is_file().then_some(about.len());
            found.push(Entry { name: entry.file_name().to_string_lossy().into_owned(), bytes });
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// Does nothing where there is nothing; a folder goes with all that is in it.
    pub(crate) async fn delete(&self, path: &Path, named: &str) -> Result<(), ArtifactError> {
        let gone = match fs::symlink_metadata(path).await {
            Ok(about) if about.is_dir() => fs::remove_dir_all(path).await,
            Ok(_) => fs::remove_file(path).await,
            Err(error) => Err(error),
        };
        match gone {
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(()),
            gone => gone.map_err(|error| ArtifactError::at("delete", named, error)),
        }
    }

    pub(crate) async fn delete_trace(&self, trace: &TraceId) -> Result<(), ArtifactError> {
        self.delete(&self.trace(trace), trace.as_str()).await
    }
}

/// Moves a synced file to its place and syncs the folder, so that the name is durable too.
async fn settle(temporary: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().expect("every artifact lies in a folder");
    let fresh: Vec<_> = folder.ancestors().take_while(|above| !above.exists()).collect();
    fs::create_dir_all(folder).await?;
    fs::rename(temporary, to).await?;
    // A new folder is durable once the one above it is synced.
    let above = fresh.iter().filter_map(|folder| folder.parent());
    for folder in std::iter::once(folder).chain(above) {
        fs::File::open(folder).await?.sync_all().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
