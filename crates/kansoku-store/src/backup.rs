//! The manifest of a backup, and the errors of creating one. The engine creates it.
use std::io;
use std::path::{Path, PathBuf};

use kansoku_model::{Coded, ErrorCode};
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// The contents of a backup; stored in it, and compared on restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of Kansoku that created it.
    pub kansoku: String,
    /// RFC 3339. The backup contains everything that was acknowledged before this time.
    pub taken_at: String,
    pub database_bytes: u64,
    pub database_sha256: String,
    /// The number of artifacts and blobs.
    pub files: u64,
    pub files_bytes: u64,
}

impl TryFrom<&serde_json::Value> for Manifest {
    type Error = serde_json::Error;

    /// Parses a server's response.
    fn try_from(json: &serde_json::Value) -> Result<Self, Self::Error> {
        Self::deserialize(json)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("`{}` exists already; name a new one", name(.0))]
    Exists(PathBuf),
    #[error("there is a folder named `{}` that no backup made; move it or choose another name", name(.0))]
    ForeignPartial(PathBuf),
    #[error("another backup of this data folder is being taken")]
    UnderWay,
    #[error("{} holds no Kansoku data", .0.display())]
    NoData(PathBuf),
    #[error("{} is no whole backup: {why}", .from.display())]
    NotABackup { from: PathBuf, why: String },
    #[error("{} is not empty; give --force to replace the Kansoku data in it", .0.display())]
    NotEmpty(PathBuf),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the disk for backups is full")]
    Full,
    #[error("this store is backed up by means of its own, not by Kansoku")]
    Unsupported,
    #[error("could not {doing}")]
    Io {
        doing: String,
        #[source]
        source: io::Error,
    },
}

impl Coded for BackupError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Exists(_) | Self::ForeignPartial(_) => ErrorCode::ResourceAlreadyExists,
            Self::UnderWay => ErrorCode::ResourceConflict,
            Self::NoData(_) | Self::NotABackup { .. } | Self::NotEmpty(_) => {
                ErrorCode::InvalidState
            }
            Self::Store(error) => error.code(),
            Self::Full => ErrorCode::TemporarilyUnavailable,
            Self::Unsupported => ErrorCode::NotImplemented,
            Self::Io { .. } => ErrorCode::InternalError,
        }
    }
}

/// The file name alone. Clients see some of these errors, and must not see the server's paths.
fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
