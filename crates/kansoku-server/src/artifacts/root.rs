//! The setting `default_artifact_root`.
use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use kansoku_s3::S3Location;

/// The scheme of files that clients send to this server and read from it.
pub(super) const PROXIED: &str = "mlflow-artifacts:/";
const FILE: &str = "file:";

/// The URI below which new experiments have their artifacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactRoot(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no root of artifacts; give `mlflow-artifacts:/`, `file:///FOLDER`, `s3://BUCKET/PREFIX` \
     or another URI that the clients can write to"
)]
pub struct InvalidArtifactRoot(String);

impl Default for ArtifactRoot {
    fn default() -> Self {
        Self(PROXIED.to_owned())
    }
}

impl ArtifactRoot {
    /// The root as it is stored with each experiment; `None` for this server's own, whose URI depends
    /// on the flavor of the client.
    pub fn stored(&self) -> Option<String> {
        (self.0 != PROXIED).then(|| self.0.clone())
    }

    /// The location on S3, if it is one. The server reads it, and clients write it.
    pub(super) fn bucket(&self) -> Option<S3Location> {
        self.0.parse().ok()
    }

    /// The folder on this machine, if it is one. The server reads it, and clients write it.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        local_path(&self.0).map(Path::to_owned)
    }
}

/// The path of a `file:` URI.
pub(super) fn local_path(uri: &str) -> Option<&Path> {
    let path = uri.strip_prefix(FILE)?;
    let path = path.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(path);
    (path.starts_with('/') && !path.starts_with("//")).then(|| Path::new(path))
}

impl FromStr for ArtifactRoot {
    type Err = InvalidArtifactRoot;

    fn from_str(uri: &str) -> Result<Self, InvalidArtifactRoot> {
        let invalid = || InvalidArtifactRoot(uri.to_owned());
        let (scheme, rest) = uri.split_once(':').ok_or_else(invalid)?;
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
        let is_usable = match scheme {
            "file" => local_path(uri).is_some(),
            // With a host in it, clients would ask that host.
            "mlflow-artifacts" => rest.starts_with('/') && !rest.starts_with("//"),
            scheme => {
                scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                    && scheme.chars().all(is_scheme)
                    && rest.strip_prefix("//").is_some_and(|rest| !rest.starts_with('/'))
                    && 2 < rest.len()
            }
        };
        let is_plain = !uri.contains(|c: char| c.is_control() || "?#".contains(c));
        if is_usable && is_plain { Ok(Self(uri.to_owned())) } else { Err(invalid()) }
    }
}

impl fmt::Display for ArtifactRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_a_uri_that_clients_can_write_to() {
        for root in [
            "mlflow-artifacts:/",
            "mlflow-artifacts:/team",
            "file:///mnt/a b",
            "s3://b",
            "gs://b/x",
        ] {
            assert_eq!(root.parse::<ArtifactRoot>().unwrap().to_string(), root);
        }
        for wrong in [
            "",
            "mlruns",
            "./mlruns",
            "/mnt",
            "file:",
            "file:mlruns",
            "file://host/x",
            "s3:",
            "s3:/b",
            "s3://",
            "s3:///x",
            "s3://b?x=1",
            "mlflow-artifacts:",
            "mlflow-artifacts://host/x",
            "1a://b",
        ] {
            assert_eq!(wrong.parse::<ArtifactRoot>(), Err(InvalidArtifactRoot(wrong.to_owned())));
        }
    }

    #[test]
    fn only_the_own_root_is_not_stored_and_only_folders_and_buckets_are_read() {
        assert_eq!(ArtifactRoot::default().stored(), None);
        let root: ArtifactRoot = "file:///mnt/x".parse().unwrap();
        assert_eq!(root.stored().as_deref(), Some("file:///mnt/x"));
        assert_eq!(root.folder(), Some(PathBuf::from("/mnt/x")));
        assert_eq!("file:/mnt/x".parse::<ArtifactRoot>().unwrap().folder(), root.folder());
        let bucket: ArtifactRoot = "s3://b/p/".parse().unwrap();
        assert_eq!((bucket.folder(), bucket.bucket()), (None, "s3://b/p".parse().ok()));
        let others = ["gs://b", "s3://b c", "file:///mnt/x", "mlflow-artifacts:/"];
        assert!(others.iter().all(|root| root.parse::<ArtifactRoot>().unwrap().bucket().is_none()));
    }
}
