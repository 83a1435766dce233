//! The file of the key that encrypts the secrets of webhooks: 32 bytes as base64.
//!
//! It is read for each use, so that a file that was put back is used at once. It is created under a
//! temporary name, so that it has a whole key or does not exist.
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;

pub(crate) type Key = [u8; 32];

/// Padding is optional.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A reason why a secret cannot be encrypted or decrypted. None contains a secret, a key or a path.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error(
        "the key file of the webhooks is missing; put it back, or set the secret of the webhook again"
    )]
    KeyMissing,
    #[error("the key file of the webhooks must have 32 bytes as base64, and has not")]
    KeyInvalid,
    #[error("the key file of the webhooks cannot be {doing}: {source}")]
    KeyFile { doing: &'static str, source: io::Error },
    #[error(
        "the secret was encrypted with another key; put the key file of the webhooks back, or set \
         the secret of the webhook again"
    )]
    OtherKey,
}

pub(crate) struct KeyFile {
    path: PathBuf,
    /// Held while the file is created; `None` if it must exist.
    creating: Option<Mutex<()>>,
}

impl KeyFile {
    /// A file that must exist and have a key.
    pub(crate) fn existing(path: PathBuf) -> Result<Self, SecretError> {
        let file = Self { path, creating: None };
        file.read()?;
        Ok(file)
    }

    /// A file that is created when a key is needed first.
    pub(crate) fn created_when_needed(path: PathBuf) -> Self {
        Self { path, creating: Some(Mutex::new(())) }
    }

    pub(crate) fn read(&self) -> Result<Key, SecretError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(SecretError::KeyMissing);
            }
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Err(SecretError::KeyInvalid);
            }
            Err(source) => return Err(SecretError::KeyFile { doing: "read", source }),
        };
        // The keys that MLflow uses have the alphabet of URLs.
        let text = text.trim().replace('-', "+").replace('_', "/");
        let key = LENIENT.decode(text).ok().and_then(|key| Key::try_from(key).ok());
        key.ok_or(SecretError::KeyInvalid)
    }

    pub(crate) fn read_or_create(&self) -> Result<Key, SecretError> {
        let Some(creating) = &self.creating else { return self.read() };
        let _one = creating.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        match self.read() {
            Err(SecretError::KeyMissing) => {
                let key: Key = rand::random();
                let created = create(&self.path, &key);
                created.map_err(|source| SecretError::KeyFile { doing: "created", source })?;
                tracing::info!(
                    "created the key that encrypts the secrets of webhooks: {}",
                    self.path.display()
                );
                Ok(key)
            }
            read => read,
        }
    }
}

fn create(path: &Path, key: &Key) -> io::Result<()> {
    let temporary = path.with_extension("new");
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    writeln!(file, "{}", BASE64_STANDARD.encode(key))?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_file_is_created_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("webhooks.key");
        // A crash left the beginning of one.
        fs::write(folder.path().join("webhooks.new"), "abc").unwrap();
        let file = KeyFile::created_when_needed(path.clone());
        assert!(matches!(file.read(), Err(SecretError::KeyMissing)));
        let key = file.read_or_create().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(file.read_or_create().unwrap(), key);
        assert_eq!(KeyFile::existing(path).unwrap().read().unwrap(), key);
    }

    #[test]
    fn a_key_is_32_bytes_in_either_alphabet_of_base64() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            KeyFile::existing(path.clone()).and_then(|file| file.read())
        };
        let expected = [0xfb; 32];
        for text in [
            "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=",
            "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s=\n",
            "  -_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s",
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
        for text in ["", "hush", "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7=", "ü"] {
            assert!(matches!(read(text), Err(SecretError::KeyInvalid)), "{text}");
        }
        fs::write(&path, [0xff]).unwrap();
        assert!(matches!(KeyFile::existing(path.clone()), Err(SecretError::KeyInvalid)));
        fs::remove_file(&path).unwrap();
        assert!(matches!(KeyFile::existing(path.clone()), Err(SecretError::KeyMissing)));
        // A file that must exist is not created.
        let file = KeyFile { path, creating: None };
        assert!(matches!(file.read_or_create(), Err(SecretError::KeyMissing)));
    }
}
