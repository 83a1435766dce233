//! The root below which clients write artifacts themselves, if this server can read it: a folder of
//! this machine, or a bucket on S3.
use std::path::{Path, PathBuf};

use futures::StreamExt;
use kansoku_s3::{S3Entry, S3Error, S3Folder, S3Settings};

use super::{
    folder::{ArtifactError, Artifacts, Entry, File},
    path::ArtifactPath,
    root::{ArtifactRoot, PROXIED, local_path},
};
use crate::ApiError;

pub(super) enum SharedRoot {
    Folder(PathBuf),
    Bucket(S3Folder),
}

impl SharedRoot {
    /// `None` if only clients can read it.
    pub(super) fn open(root: &ArtifactRoot, s3: &S3Settings) -> Result<Option<Self>, S3Error> {
        if let Some(folder) = root.folder() {
            return Ok(Some(Self::Folder(folder)));
        }
        let Some(location) = root.bucket() else { return Ok(None) };
        Ok(Some(Self::Bucket(S3Folder::open(location, s3)?)))
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Bucket(_) => None,
        }
    }

    /// The path of a URI below the root; `None` if it is outside.
    fn path_of<'a>(&self, uri: &'a str) -> Option<&'a str> {
        match self {
            Self::Folder(folder) => local_path(uri)?.strip_prefix(folder).ok()?.to_str(),
            Self::Bucket(bucket) => bucket.location().path_of(uri),
        }
    }
}

/// Where an artifact is read from.
enum Location<'a> {
    File(PathBuf),
    Object(&'a S3Folder, ArtifactPath),
}

impl Artifacts {
    /// The files and folders directly in a folder, by the URI of the artifacts of a run or model and
    /// the path below it. Sorted by name; empty if there is no such folder.
    pub(crate) async fn list_at(
        &self,
        uri: &str,
        below: ArtifactPath,
    ) -> Result<Vec<Entry>, ApiError> {
        match self.locate(uri, below).await? {
            Location::File(path) => Ok(self.list(&path).await?),
            Location::Object(bucket, path) => {
                let path = path.to_string();
                let found = bucket.list(&path).await.map_err(|error| unread(error, &path))?;
                let entry = |S3Entry { name, bytes }| Entry { name, bytes };
                Ok(found.into_iter().map(entry).collect())
            }
        }
    }

    /// A file, by the URI of the artifacts of a run or model and the path below it.
    pub(crate) async fn read_at(&self, uri: &str, below: ArtifactPath) -> Result<File, ApiError> {
        let named = below.to_string();
        match self.locate(uri, below).await? {
            Location::File(path) => Ok(self.read(&path, &named).await?),
            Location::Object(bucket, path) => {
                let object = bucket.read(&path.to_string()).await;
                let object = object.map_err(|error| unread(error, &named))?;
                let content = object.content.inspect(|chunk| {
                    if let Err(error) = chunk {
                        tracing::warn!("a download of an artifact broke off: {error}");
                    }
                });
                let (bytes, etag) = (object.bytes, object.etag);
                Ok(File { content: content.boxed(), bytes, etag })
            }
        }
    }

    async fn locate(&self, uri: &str, below: ArtifactPath) -> Result<Location<'_>, ApiError> {
        if uri.starts_with(PROXIED) {
            return Ok(Location::File(self.file(&proxied_path(uri, below)?).await?));
        }
        let elsewhere = || ArtifactError::Elsewhere(uri.to_owned());
        let shared = self.shared.as_deref().ok_or_else(elsewhere)?;
        let path = shared.path_of(uri).ok_or_else(elsewhere)?;
        let path = ArtifactPath::parse(path)?.join(below);
        self.check_rights(&path).await?;
        Ok(match shared {
            SharedRoot::Folder(folder) => Location::File(folder.join(path.to_relative())),
            SharedRoot::Bucket(bucket) => Location::Object(bucket, path),
        })
    }
}

/// The path of a file that clients send to this server, from the URI of the artifacts of a run or
/// model and the path below it. Fails if they have their artifacts elsewhere.
pub(crate) fn proxied_path(uri: &str, below: ArtifactPath) -> Result<ArtifactPath, ApiError> {
    let path = uri.strip_prefix(PROXIED).ok_or_else(|| ArtifactError::Elsewhere(uri.to_owned()))?;
    Ok(ArtifactPath::parse(path)?.join(below))
}

fn unread(error: S3Error, named: &str) -> ArtifactError {
    if error == S3Error::NotFound {
        return ArtifactError::NotFound(named.to_owned());
    }
    tracing::warn!("could not read artifacts: {error}");
    ArtifactError::Bucket(error)
}
