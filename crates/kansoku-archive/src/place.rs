//! The location of an archive: a folder, or a bucket.
use std::fmt;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use kansoku_s3::{S3Location, S3Settings};
use object_store::ObjectStore;
use object_store::prefix::PrefixStore;

use crate::ArchiveError;
use crate::files::local_store;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchivePlace {
    Folder(PathBuf),
    /// Endpoint, region and credentials come from the standard `AWS_*` environment variables.
    S3(S3Location),
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no place for an archive; give `file:///FOLDER` or `s3://BUCKET/PREFIX`")]
pub struct InvalidArchivePlace(String);

impl FromStr for ArchivePlace {
    type Err = InvalidArchivePlace;

    fn from_str(text: &str) -> Result<Self, InvalidArchivePlace> {
        if let Some(folder) = text.strip_prefix("file://").filter(|path| path.starts_with('/')) {
            return Ok(Self::Folder(folder.into()));
        }
        text.parse().map(Self::S3).map_err(|_| InvalidArchivePlace(text.to_owned()))
    }
}

impl fmt::Display for ArchivePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "file://{}", folder.display()),
            Self::S3(location) => write!(f, "{location}"),
        }
    }
}

impl ArchivePlace {
    /// The store of the archive. A folder is created if it is missing, readable by its owner only; a
    /// bucket may be away.
    pub fn open(&self) -> Result<Arc<dyn ObjectStore>, ArchiveError> {
        match self {
            Self::Folder(folder) => {
                let mut builder = std::fs::DirBuilder::new();
                builder.recursive(true).mode(0o700).create(folder).map_err(|source| {
                    ArchiveError::NoFolder { folder: folder.display().to_string(), source }
                })?;
                Ok(local_store(folder)?)
            }
            Self::S3(location) => {
                let bucket = S3Settings::from_env().writer(&location.bucket).build();
                let doing = "open the bucket of";
                let bucket =
                    bucket.map_err(|source| ArchiveError::Unavailable { doing, source })?;
                Ok(Arc::new(PrefixStore::new(bucket, location.prefix.as_str())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_urls_of_a_folder_or_a_bucket() {
        for place in ["file:///mnt/archive", "s3://traces", "s3://traces/a/b"] {
            assert_eq!(place.parse::<ArchivePlace>().unwrap().to_string(), place);
        }
        for wrong in ["", "archive", "file://x", "s3://", "gs://a"] {
            let refused = wrong.parse::<ArchivePlace>();
            assert_eq!(refused, Err(InvalidArchivePlace(wrong.to_owned())));
        }
    }

    #[test]
    fn a_missing_folder_is_created() {
        let folder = tempfile::tempdir().unwrap();
        let place = ArchivePlace::Folder(folder.path().join("a/b"));
        place.open().unwrap();
        assert!(folder.path().join("a/b").is_dir());
        std::fs::write(folder.path().join("file"), "").unwrap();
        let error = ArchivePlace::Folder(folder.path().join("file/x")).open().unwrap_err();
        assert!(error.to_string().contains("could not create the folder"), "{error}");
    }
}
