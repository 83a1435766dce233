//! Files of the UI, including the compressed forms from its build.
use std::{
    borrow::Cow,
    fs,
    path::{Component, Path, PathBuf},
};

use axum::http::HeaderMap;
use rust_embed::{Embed, EmbeddedFile};
use sha2::{Digest, Sha256};

use crate::http::compression::accepts_encoding;

/// The output of `npm run build`, if it ran before the binary was built. A debug build reads the
/// folder on each request instead.
#[derive(Embed)]
#[folder = "../../ui/dist/site"]
#[allow_missing = true]
struct Built;

#[derive(Clone, Debug, Default)]
pub(super) enum Assets {
    #[default]
    Built,
    Folder(PathBuf),
}

pub(super) struct Asset {
    pub(super) bytes: Cow<'static, [u8]>,
    /// The beginning of its SHA-256, in hex.
    pub(super) hash: String,
}

/// The coding of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    /// The codings that a client accepts, smallest first.
    pub(super) fn accepted(headers: &HeaderMap) -> Vec<Self> {
        let mut codings = vec![Self::Brotli, Self::Gzip];
        codings.retain(|coding| coding.name().is_some_and(|name| accepts_encoding(headers, name)));
        codings.push(Self::Identity);
        codings
    }

    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }
}

impl Assets {
    pub(super) fn get(&self, name: &str, coding: Coding) -> Option<Asset> {
        let name = format!("{name}{}", coding.extension());
        match self {
            Self::Built => {
                let EmbeddedFile { data, metadata } = Built::get(&name)?;
                Some(Asset { bytes: data, hash: short(&metadata.sha256_hash()) })
            }
            Self::Folder(folder) => {
                let bytes = fs::read(folder.join(inside(&name)?)).ok()?;
                let hash = short(Sha256::digest(&bytes).as_slice());
                Some(Asset { bytes: bytes.into(), hash })
            }
        }
    }
}

/// The name as a path, unless it leads out of the folder.
fn inside(name: &str) -> Option<&Path> {
    let path = Path::new(name);
    path.components().all(|part| matches!(part, Component::Normal(_))).then_some(path)
}

fn short(hash: &[u8]) -> String {
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
