//! Encrypts the secrets of webhooks before they are stored, and decrypts them to sign.
//!
//! The stored text is [`PREFIX`] and the base64 of nonce, ciphertext and tag of AES-256-GCM. Secrets
//! without the prefix were stored by an older version, and are used as they are.
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kansoku_model::{StoredSecret, WebhookSecret};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::key_file::{Key, KeyFile, SecretError};

const PREFIX: &str = "aes-256-gcm:";

#[derive(Clone)]
pub struct SecretCipher {
    key: Arc<KeyFile>,
}

impl SecretCipher {
    /// With the key in a file, which must exist.
    pub fn with_key_file(path: PathBuf) -> Result<Self, SecretError> {
        Ok(Self { key: Arc::new(KeyFile::existing(path)?) })
    }

    /// With the key in a file that is created with the first secret.
    pub fn with_own_key_file(path: PathBuf) -> Self {
        Self { key: Arc::new(KeyFile::created_when_needed(path)) }
    }

    /// An empty secret, which removes one, remains empty.
    pub async fn encrypt(&self, secret: WebhookSecret) -> Result<StoredSecret, SecretError> {
        if secret.0.is_empty() {
            return Ok(StoredSecret(String::new()));
        }
        self.with_key(KeyFile::read_or_create, move |key| encrypt(key, &secret)).await
    }

    pub async fn decrypt(&self, stored: StoredSecret) -> Result<WebhookSecret, SecretError> {
        if !is_encrypted(&stored) {
            return Ok(WebhookSecret(stored.0));
        }
        let decrypted = self.with_key(KeyFile::read, move |key| decrypt(key, &stored)).await?;
        decrypted.ok_or(SecretError::OtherKey)
    }

    /// Reads the key and uses it on a separate thread.
    async fn with_key<T: Send + 'static>(
        &self,
        read: fn(&KeyFile) -> Result<Key, SecretError>,
        then: impl FnOnce(&Key) -> T + Send + 'static,
    ) -> Result<T, SecretError> {
        let file = self.key.clone();
        let used = tokio::task::spawn_blocking(move || read(&file).map(|key| then(&key)));
        used.await.unwrap_or_else(|panicked| {
            let source = std::io::Error::other(panicked);
            Err(SecretError::KeyFile { doing: "used", source })
        })
    }
}

pub(crate) fn is_encrypted(stored: &StoredSecret) -> bool {
    stored.0.starts_with(PREFIX)
}

fn cipher(key: &Key) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, key).expect("AES-256 has keys of 32 bytes");
    LessSafeKey::new(key)
}

fn encrypt(key: &Key, secret: &WebhookSecret) -> StoredSecret {
    let nonce: [u8; NONCE_LEN] = rand::random();
    let mut text = secret.0.clone().into_bytes();
    cipher(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text)
        .expect("only texts of gigabytes are too long");
    StoredSecret(format!("{PREFIX}{}", BASE64_STANDARD.encode([&nonce[..], &text].concat())))
}

/// `None` if it was encrypted with another key, or changed since.
fn decrypt(key: &Key, stored: &StoredSecret) -> Option<WebhookSecret> {
    let bytes = BASE64_STANDARD.decode(stored.0.strip_prefix(PREFIX)?).ok()?;
    let (nonce, text) = bytes.split_first_chunk::<NONCE_LEN>()?;
    let mut text = text.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let text = cipher(key).open_in_place(nonce, Aad::empty(), &mut text).ok()?;
    String::from_utf8(text.to_vec()).ok().map(WebhookSecret)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = [7; 32];

    fn secret() -> WebhookSecret {
        WebhookSecret("hush ü".to_owned())
    }

    #[test]
    fn a_secret_is_decrypted_with_its_key_only() {
        let stored = encrypt(&KEY, &secret());
        assert!(is_encrypted(&stored) && !stored.0.contains("hush"));
        assert_eq!(decrypt(&KEY, &stored), Some(secret()));
        assert_eq!(decrypt(&[8; 32], &stored), None);
        assert_ne!(encrypt(&KEY, &secret()), stored, "each has a nonce of its own");
    }

    #[test]
    fn a_changed_secret_is_not_decrypted() {
        let stored = encrypt(&KEY, &secret());
        let bytes = BASE64_STANDARD.decode(&stored.0[PREFIX.len()..]).unwrap();
        let stored =
            |bytes: &[u8]| StoredSecret(format!("{PREFIX}{}", BASE64_STANDARD.encode(bytes)));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(decrypt(&KEY, &stored(&changed)), None, "byte {at}");
            assert_eq!(decrypt(&KEY, &stored(&bytes[..at])), None, "{at} bytes");
        }
        assert_eq!(decrypt(&KEY, &StoredSecret(format!("{PREFIX}no base64"))), None);
    }

    #[tokio::test]
    async fn a_secret_of_an_older_version_is_used_as_it_is_and_an_empty_one_remains_empty() {
        let folder = tempfile::tempdir().unwrap();
        let cipher = SecretCipher::with_own_key_file(folder.path().join("webhooks.key"));
        let old = StoredSecret("hush ü".to_owned());
        assert_eq!(cipher.decrypt(old).await.unwrap(), secret());
        let none = cipher.encrypt(WebhookSecret(String::new())).await.unwrap();
        assert_eq!(none, StoredSecret(String::new()));
        // Neither needed a key.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let stored = cipher.encrypt(secret()).await.unwrap();
        assert_eq!(cipher.decrypt(stored).await.unwrap(), secret());
    }
}
