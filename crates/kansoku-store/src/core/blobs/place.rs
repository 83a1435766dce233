//! The places of blobs: beside the database, in another folder, or in an S3 bucket.
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use kansoku_s3::{S3Location, S3Settings};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;

use crate::StoreError;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BlobPlace {
    #[default]
    BesideTheDatabase,
    Folder(PathBuf),
    /// Endpoint, region and credentials come from the standard `AWS_*` environment variables.
    S3(S3Location),
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no place for blobs; give `s3://BUCKET/PREFIX` or `file:///FOLDER`")]
pub struct InvalidBlobPlace(String);

impl FromStr for BlobPlace {
    type Err = InvalidBlobPlace;

    fn from_str(text: &str) -> Result<Self, InvalidBlobPlace> {
        if let Some(folder) = text.strip_prefix("file://").filter(|path| path.starts_with('/')) {
            return Ok(Self::Folder(folder.into()));
        }
        text.parse().map(Self::S3).map_err(|_| InvalidBlobPlace(text.to_owned()))
    }
}

impl fmt::Display for BlobPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BesideTheDatabase => f.write_str(super::FOLDER),
            Self::Folder(folder) => write!(f, "file://{}", folder.display()),
            Self::S3(location) => write!(f, "{location}"),
        }
    }
}

/// The place for new blobs, followed by the folder beside the database, which may contain older
/// ones.
pub(super) fn open(
    beside: &Path,
    place: &BlobPlace,
) -> Result<Vec<Arc<dyn ObjectStore>>, StoreError> {
    let mut places: Vec<Arc<dyn ObjectStore>> = Vec::new();
    match place {
        BlobPlace::BesideTheDatabase => {}
        BlobPlace::Folder(path) => places.push(folder(path)?),
        BlobPlace::S3(location) => places.push(s3(location)?),
    }
    if places.is_empty() || beside.exists() {
        places.push(folder(beside)?);
    }
    Ok(places)
}

fn folder(path: &Path) -> Result<Arc<dyn ObjectStore>, StoreError> {
    let failed = |error| StoreError::backend("open the folder for blobs", error);
    make_private(path).map_err(failed)?;
    clear_unfinished(path).map_err(failed)?;
    let folder = LocalFileSystem::new_with_prefix(path)
        .map_err(|error| StoreError::backend("open the folder for blobs", error))?;
    Ok(Arc::new(folder.with_fsync(true)))
}

/// Creates a folder that only the owner can read, since traces contain secrets.
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Deletes temporary files that a crash left behind. They are named `<name>#1` until they are
/// complete.
fn clear_unfinished(path: &Path) -> io::Result<()> {
    for below in fs::read_dir(path)? {
        let below = below?;
        if !below.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(below.path())? {
            let file = file?;
            if file.file_name().to_string_lossy().contains('#') {
                fs::remove_file(file.path())?;
            }
        }
    }
    Ok(())
}

fn s3(location: &S3Location) -> Result<Arc<dyn ObjectStore>, StoreError> {
    let store = S3Settings::from_env()
        .writer(&location.bucket)
        .build()
        .map_err(|error| StoreError::backend("open the bucket for blobs", error))?;
    Ok(Arc::new(PrefixStore::new(store, location.prefix.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_urls_of_a_bucket_or_a_folder() {
        let bucket = |url: &str| BlobPlace::S3(url.parse().unwrap());
        assert_eq!("s3://traces".parse(), Ok(bucket("s3://traces")));
        assert_eq!("s3://traces/a/b/".parse(), Ok(bucket("s3://traces/a/b")));
        assert_eq!("file:///mnt/blobs".parse(), Ok(BlobPlace::Folder("/mnt/blobs".into())));
        for wrong in
            ["", "traces", "s3://", "s3:///a", "s3://a b", "s3://a?x=1", "file://x", "gs://a"]
        {
            assert_eq!(wrong.parse::<BlobPlace>(), Err(InvalidBlobPlace(wrong.to_owned())));
        }
    }
}
