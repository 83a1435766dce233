//! New tokens. A token is 256 random bits and exists in one place, with whoever got it; the store
//! keeps its SHA-256, which needs no salt and no slowness: nobody can guess 256 bits.
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kansoku_model::{Coded, ErrorCode};
use sha2::{Digest, Sha256};

const NAME_BYTES_MAX: usize = 100;

/// A token that nobody has yet.
pub struct NewToken {
    pub token: String,
    /// What the store keeps of it.
    pub hash: [u8; 32],
}

impl NewToken {
    pub fn random() -> Self {
        let random = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let token = format!("kan_{random}");
        let hash = Sha256::digest(&token).into();
        Self { token, hash }
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`name`: a token's name has 1 to {NAME_BYTES_MAX} characters")]
pub struct InvalidTokenName;

impl Coded for InvalidTokenName {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidParameterValue
    }
}

pub fn check_token_name(name: &str) -> Result<(), InvalidTokenName> {
    let is_bad =
        name.trim().is_empty() || NAME_BYTES_MAX < name.len() || name.chars().any(char::is_control);
    if is_bad { Err(InvalidTokenName) } else { Ok(()) }
}
