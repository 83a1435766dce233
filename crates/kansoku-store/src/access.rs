//! The store of authentication data: tokens, the browser sessions that were started with them, and
//! signing keys.
//!
//! It receives only SHA-256 hashes of secrets. Whether requests need a token is a setting of the
//! store, which deleting tokens does not change.
use async_trait::async_trait;
use kansoku_model::{DurationMs, ExperimentRights, Scope, Scopes, TimestampMs};

use crate::StoreError;

/// SHA-256 of a secret.
pub type SecretHash = [u8; 32];

#[async_trait]
pub trait AccessStore: Send + Sync {
    /// Stores a token. The first token also turns on the setting that requests need one.
    async fn add_token(&self, new: TokenSpec) -> Result<TokenId, StoreError>;
    /// All tokens, sorted by name.
    async fn tokens(&self) -> Result<Vec<StoredToken>, StoreError>;
    /// The rights of a token, if it is still valid.
    async fn token(&self, id: TokenId) -> Result<Option<KnownToken>, StoreError>;
    /// Gives a token a new secret. The previous secret stays valid for `grace`; older ones end now.
    async fn rotate_token(
        &self,
        id: TokenId,
        hash: SecretHash,
        grace: DurationMs,
        expires: Option<TimestampMs>,
    ) -> Result<(), StoreError>;
    /// Deletes a token with its secrets and sessions; returns whether it existed. Fails if it is
    /// the last token that can manage others.
    async fn delete_token(&self, id: TokenId) -> Result<bool, StoreError>;
    /// Looks up the token of a secret by the secret's hash.
    async fn check_token(&self, hash: SecretHash) -> Result<TokenCheck, StoreError>;
    async fn note_token_used(&self, id: TokenId, at: TimestampMs) -> Result<(), StoreError>;
    /// Whether requests need a token.
    async fn tokens_required(&self) -> Result<bool, StoreError>;
    /// Deletes all tokens and sessions; requests need no token from then on.
    async fn disable_tokens(&self) -> Result<(), StoreError>;

    /// Starts a session of a browser that signed in with the token secret `new.secret`.
    async fn begin_session(&self, new: NewSession) -> Result<(), StoreError>;
    /// Looks up a session by the hash of its secret; `None` if it or its token is no longer valid.
    async fn check_session(&self, hash: SecretHash) -> Result<Option<KnownSession>, StoreError>;
    async fn note_session_used(&self, id: SessionId, at: TimestampMs) -> Result<(), StoreError>;
    /// Ends a session; returns its token, or `None` if there was no such session.
    async fn end_session(&self, hash: SecretHash) -> Result<Option<TokenId>, StoreError>;
    /// The active browser sessions of a token, newest first.
    async fn sessions_of(&self, token: TokenId) -> Result<Vec<StoredSession>, StoreError>;
    /// Ends all sessions of a token; returns their number.
    async fn end_sessions(&self, token: TokenId) -> Result<u64, StoreError>;

    /// The keys that sign URLs; created on first use.
    async fn signing_keys(&self) -> Result<SigningKeys, StoreError>;
    /// Replaces the signing key; URLs signed with the previous one stay valid for `grace`.
    async fn rotate_signing_key(&self, grace: DurationMs) -> Result<(), StoreError>;
    /// A few letters that distinguish this store's cookies from those of other stores on the same
    /// host.
    async fn cookie_suffix(&self) -> Result<String, StoreError>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenId(pub i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionId(pub i64);

/// The input of [`AccessStore::add_token`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSpec {
    pub name: String,
    pub hash: SecretHash,
    pub scopes: Scopes,
    pub experiments: ExperimentRights,
    pub expires: Option<TimestampMs>,
    /// The name of the token that creates this one.
    pub created_by: Option<String>,
    /// Makes [`AccessStore::add_token`] fail if requests already need a token. Set for requests
    /// without a token, which may create only the first one.
    pub only_first: bool,
}

impl TokenSpec {
    /// A token without expiry and with all rights.
    pub fn admin(name: impl Into<String>, hash: SecretHash) -> Self {
        Self {
            name: name.into(),
            hash,
            scopes: Scopes::ADMIN,
            experiments: ExperimentRights::All,
            expires: None,
            created_by: None,
            only_first: false,
        }
    }
}

/// A stored token; its secrets are stored only as hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredToken {
    pub id: TokenId,
    pub name: String,
    pub scopes: Scopes,
    pub experiments: ExperimentRights,
    pub created: TimestampMs,
    pub created_by: Option<String>,
    pub expires: Option<TimestampMs>,
    /// To the minute.
    pub last_used: Option<TimestampMs>,
    /// The valid secrets, oldest first.
    pub secrets: Vec<StoredSecret>,
}

impl StoredToken {
    /// Whether it can currently manage tokens.
    pub fn is_usable_admin(&self, now: TimestampMs) -> bool {
        self.scopes.allow(Scope::Admin)
            && self.experiments.is_all()
            && !self.is_expired(now)
            && !self.secrets.is_empty()
    }

    pub fn is_expired(&self, now: TimestampMs) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredSecret {
    pub created: TimestampMs,
    /// The time at which a rotated secret ends; `None` for the current secret.
    pub ends: Option<TimestampMs>,
}

/// A valid token: its id, name and rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownToken {
    pub id: TokenId,
    pub name: String,
    pub scopes: Scopes,
    pub experiments: ExperimentRights,
}

/// The result of checking a token secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenCheck {
    /// Requests to this store need no token.
    NotNeeded,
    Known(KnownToken),
    Expired {
        name: String,
    },
    Unknown,
}

/// The input of [`AccessStore::begin_session`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewSession {
    pub hash: SecretHash,
    pub token: TokenId,
    /// The hash of the token secret that the browser signed in with.
    pub secret: SecretHash,
    pub expires: TimestampMs,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSession {
    pub id: SessionId,
    pub token: KnownToken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredSession {
    pub id: SessionId,
    pub created: TimestampMs,
    /// To the minute.
    pub last_used: TimestampMs,
    pub expires: TimestampMs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningKeys {
    pub current: [u8; 32],
    /// The key before the last rotation, while URLs signed with it are still valid.
    pub previous: Option<[u8; 32]>,
}
