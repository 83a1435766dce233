//! The folder of artifacts: `files/` by the paths that clients choose, `traces/` by trace id,
//! `uploads/` for the parts of unfinished multipart uploads, `tmp/` for files that are being
//! received.
use std::{
    collections::HashMap,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream::BoxStream};
use kansoku_model::{Coded, ErrorCode, TimestampMs, TraceId};
use kansoku_s3::{S3Error, S3Settings};
use kansoku_store::StoreError;
use sha2::{Digest, Sha256};
use tokio::{fs, io::AsyncWriteExt};
use tokio_util::io::ReaderStream;

use super::{
    beneath,
    path::{ArtifactPath, InvalidPath},
    root::ArtifactRoot,
    shared::SharedRoot,
    usage::{Charge, UPLOADS_MAX, UploadUse, Usage},
};
use crate::auth::rights::BoundRights;

#[derive(Clone)]
pub struct Artifacts {
    root: PathBuf,
    /// The root below which clients write the artifacts of experiments themselves.
    pub(super) shared: Option<Arc<SharedRoot>>,
    file_bytes_max: u64,
    usage: Arc<Usage>,
    /// The rights of a caller with access to some experiments only.
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
    #[error(
        "{UPLOADS_MAX} uploads in parts are open; complete or abort some, those without a new part for a day are deleted"
    )]
    TooManyUploads,
    #[error(
        "the open uploads in parts have {0} bytes together, and may not have more; complete or abort some"
    )]
    UploadsTooLarge(u64),
    #[error(
        "the artifacts of this server may have {0} bytes together (`artifacts_gib_max`); delete some to make room"
    )]
    QuotaReached(u64),
    #[error("{0}")]
    Invalid(String),
    #[error(
        "the artifact URI `{0}` is not below the `default_artifact_root` of this server; clients read and \
         write these artifacts themselves"
    )]
    Elsewhere(String),
    #[error("{0}")]
    Bucket(S3Error),
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
            Self::NotAFile(_) | Self::Invalid(_) | Self::Elsewhere(_) => {
                ErrorCode::InvalidParameterValue
            }
            Self::BrokenOff(_) => ErrorCode::BadRequest,
            Self::TooLarge(_) | Self::QuotaReached(_) => ErrorCode::RequestTooLarge,
            Self::TooManyUploads | Self::UploadsTooLarge(_) => ErrorCode::ResourceExhausted,
            Self::Bucket(S3Error::NotFound) => ErrorCode::ResourceDoesNotExist,
            Self::Bucket(S3Error::TimedOut { .. } | S3Error::Failed { .. }) => {
                ErrorCode::TemporarilyUnavailable
            }
            Self::Bucket(
                S3Error::NoSuchBucket { .. }
                | S3Error::Refused { .. }
                | S3Error::NoCredentials { .. }
                | S3Error::TooManyEntries { .. },
            ) => ErrorCode::InvalidState,
            Self::Io { source, .. } if is_full(source) => ErrorCode::TemporarilyUnavailable,
            Self::Io { .. } => ErrorCode::InternalError,
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

impl ArtifactError {
    /// Converts an I/O error to the error that is returned for the client's path.
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

/// A file or object: its content, which is read as it is sent, and its metadata.
pub(crate) struct File {
    pub(crate) content: BoxStream<'static, io::Result<Bytes>>,
    pub(crate) bytes: u64,
    pub(crate) etag: String,
}

/// An entry of a listing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// `None` for a folder.
    pub(crate) bytes: Option<u64>,
}

impl Artifacts {
    /// Opens the folder, creates it if it is missing, and deletes partial files that a crash left.
    pub fn open(root: &Path) -> io::Result<Self> {
        let tmp = root.join("tmp");
        match std::fs::remove_dir_all(&tmp) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => std::fs::create_dir_all(&tmp)?,
        }
        let usage = Arc::new(Usage::new(uploads_in(&root.join("uploads"))?));
        let (root, shared) = (root.to_owned(), None);
        Ok(Self { root, shared, file_bytes_max: FILE_BYTES_MAX, usage, rights: None })
    }

    /// Reads the artifacts of experiments below this root, too, if it is a folder or a bucket on S3.
    pub fn with_root(self, root: &ArtifactRoot, s3: &S3Settings) -> Result<Self, S3Error> {
        let shared = SharedRoot::open(root, s3)?.map(Arc::new);
        Ok(Self { shared, ..self })
    }

    /// Sets the largest size of a file, in bytes.
    pub fn with_file_bytes_max(self, file_bytes_max: u64) -> Self {
        Self { file_bytes_max, ..self }
    }

    /// The same folder with the rights of a caller, which every access is checked against.
    pub(crate) fn bound_to(&self, rights: Arc<BoundRights>) -> Self {
        Self { rights: Some(rights), ..self.clone() }
    }

    /// Sets the largest size of all files together, in bytes; 0 means no limit. Measures the
    /// existing files.
    pub fn with_bytes_max(mut self, bytes_max: u64) -> io::Result<Self> {
        if 0 < bytes_max {
            let folders = ["files", "traces", "uploads"].map(|name| self.root.join(name));
            let sizes = folders.map(|folder| beneath::measure(&folder, Path::new("")));
            let bytes = sizes.into_iter().sum::<io::Result<u64>>()?;
            let usage = Arc::get_mut(&mut self.usage);
            usage.expect("nothing shares a folder that is being opened").limit(bytes, bytes_max);
        }
        Ok(self)
    }

    /// The location of a file that a client names. A path for a token that is bound to experiments
    /// must begin with the id of one of them.
    pub(crate) async fn file(&self, path: &ArtifactPath) -> Result<PathBuf, StoreError> {
        self.check_rights(path).await?;
        Ok(self.root.join("files").join(path.to_relative()))
    }

    pub(super) async fn check_rights(&self, path: &ArtifactPath) -> Result<(), StoreError> {
        let Some(rights) = &self.rights else { return Ok(()) };
        match path.experiment() {
            Some(experiment) => rights.check(experiment).await,
            None => Err(rights.forbidden("artifacts outside of its experiments")),
        }
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

    /// The folder of a trace. Ids that are not safe as file names are replaced by their hash.
    fn trace(&self, trace: &TraceId) -> PathBuf {
        let id = trace.as_str();
        let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let name = if id.len() <= 128 && id.bytes().all(safe) {
            id.to_owned()
        } else {
            // The leading dot distinguishes it from ids that are used as names.
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
        self.write_charged(to, named, body, None).await
    }

    /// Like [`Artifacts::write`], for a part of an upload.
    pub(crate) async fn write_part<E: std::fmt::Display>(
        &self,
        (upload, part): (&str, u32),
        now: TimestampMs,
        body: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<(), ArtifactError> {
        let to = self.part(upload, part);
        self.write_charged(&to, "part", body, Some((upload, now))).await
    }

    async fn write_charged<E: std::fmt::Display>(
        &self,
        to: &Path,
        named: &str,
        body: impl Stream<Item = Result<Bytes, E>>,
        part_of: Option<(&str, TimestampMs)>,
    ) -> Result<(), ArtifactError> {
        let temporary = self.temporary();
        let mut charge = Charge::new(&self.usage, self.file_bytes_max, part_of);
        let written = self.receive(&temporary, body, &mut charge).await;
        let moved = match written {
            Ok(()) => {
                let (from, (top, below)) = (temporary.clone(), self.top_and_below(to));
                let placed = off_thread(move || beneath::place(&from, &top, &below)).await;
                placed
                    .map(|replaced| charge.keep(replaced))
                    .map_err(|e| ArtifactError::at("store", named, e))
            }
            Err(error) => Err(error),
        };
        if moved.is_err() {
            // The file may not exist; if it remains, the next start deletes it.
            let _ = fs::remove_file(&temporary).await;
        }
        moved
    }

    async fn receive<E: std::fmt::Display>(
        &self,
        temporary: &Path,
        body: impl Stream<Item = Result<Bytes, E>>,
        charge: &mut Charge<'_>,
    ) -> Result<(), ArtifactError> {
        let failed = |source| ArtifactError::Io { doing: "store", source };
        let mut body = std::pin::pin!(body);
        let mut file = fs::File::create(temporary).await.map_err(failed)?;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| ArtifactError::BrokenOff(error.to_string()))?;
            charge.add(chunk.len() as u64)?;
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
        let (top, below) = self.top_and_below(from);
        let opened = off_thread(move || {
            let file = beneath::open_file(&top, &below)?;
            let about = file.metadata()?;
            Ok((file, about))
        });
        let (file, about) = opened.await.map_err(failed)?;
        if about.is_dir() {
            return Err(ArtifactError::NotFound(named.to_owned()));
        }
        let changed = about.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
        let etag = format!("\"{:x}-{:x}\"", changed.unwrap_or_default().as_nanos(), about.len());
        let content = ReaderStream::new(fs::File::from(file)).boxed();
        Ok(File { content, bytes: about.len(), etag })
    }

    /// The files and folders directly in a folder, sorted by name; empty if there is no such
    /// folder.
    pub(crate) async fn list(&self, folder: &Path) -> Result<Vec<Entry>, ArtifactError> {
        let (top, below) = self.top_and_below(folder);
        let found = match off_thread(move || beneath::list(&top, &below)).await {
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Vec::new());
            }
            found => found.map_err(|source| ArtifactError::Io { doing: "list", source })?,
        };
        let entry = |found: beneath::Found| Entry {
            name: found.name.to_string_lossy().into_owned(),
            bytes: found.bytes,
        };
        let mut entries: Vec<Entry> = found.into_iter().map(entry).collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Deletes a file, or a folder with its content; does nothing if there is no such path.
    pub(crate) async fn delete(&self, path: &Path, named: &str) -> Result<(), ArtifactError> {
        let (top, below) = self.top_and_below(path);
        let deleted = off_thread(move || beneath::delete(&top, &below)).await;
        let bytes = deleted.map_err(|error| ArtifactError::at("delete", named, error))?;
        self.usage.free(bytes);
        Ok(())
    }

    pub(crate) async fn delete_trace(&self, trace: &TraceId) -> Result<(), ArtifactError> {
        self.delete(&self.trace(trace), trace.as_str()).await
    }

    /// Starts a multipart upload; fails if there are too many.
    pub(crate) fn begin_upload(&self, id: &str, now: TimestampMs) -> Result<(), ArtifactError> {
        self.usage.begin_upload(id, now)
    }

    /// Deletes a multipart upload and its parts.
    pub(crate) async fn delete_upload(&self, id: &str) -> Result<(), ArtifactError> {
        self.delete(&self.upload(id), id).await?;
        self.usage.end_upload(id);
        Ok(())
    }

    /// Deletes multipart uploads that were abandoned, which would fill the disk otherwise.
    pub(crate) async fn delete_abandoned(&self, now: TimestampMs) -> Result<(), ArtifactError> {
        for id in self.usage.abandoned(now) {
            self.delete_upload(&id).await?;
        }
        Ok(())
    }

    pub(crate) fn upload(&self, id: &str) -> PathBuf {
        self.root.join("uploads").join(id)
    }

    pub(crate) fn part(&self, upload: &str, number: u32) -> PathBuf {
        self.upload(upload).join(number.to_string())
    }

    fn top_and_below(&self, path: &Path) -> (PathBuf, PathBuf) {
        let shared = self.shared.as_deref().and_then(SharedRoot::folder);
        let shared = shared.and_then(|top| Some((top, path.strip_prefix(top).ok()?)));
        if let Some((top, below)) = shared
            && !path.starts_with(&self.root)
        {
            return (top.to_owned(), below.to_owned());
        }
        beneath::top_and_below(&self.root, path)
    }
}

/// Runs blocking I/O on a separate thread.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|panicked| Err(io::Error::other(panicked)))
}

/// The multipart uploads that a previous process left.
fn uploads_in(folder: &Path) -> io::Result<HashMap<String, UploadUse>> {
    let mut uploads = HashMap::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(uploads),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let changed = entry.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let changed = TimestampMs(i64::try_from(changed.as_millis()).unwrap_or(i64::MAX));
        let name = entry.file_name();
        let bytes = beneath::measure(folder, Path::new(&name)).unwrap_or(0);
        uploads.insert(name.to_string_lossy().into_owned(), UploadUse { bytes, changed });
    }
    Ok(uploads)
}

#[cfg(test)]
mod tests;
