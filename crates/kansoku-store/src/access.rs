//! The store of who may come in: tokens, the browsers that signed in by them, signing keys.
//!
//! Only SHA-256 hashes of secrets come here. Whether requests need a token is a setting of the
//! store, which deleting tokens does not change.
use async_trait::async_trait;
use kansoku_model::{DurationMs, ExperimentRights, Scope, Scopes, TimestampMs};

use crate::StoreError;

/// SHA-256 of a secret.
pub type SecretHash = [u8; 32];

#[async_trait]
pub trait AccessStore: Send + Sync {
    /// Stores a token, and with the first one that requests need one from now on.
    async fn add_token(&self, new: TokenSpec) -> Result<TokenId, StoreError>;
    /// By name.
    async fn tokens(&self) -> Result<Vec<StoredToken>, StoreError>;
    /// The rights of a token, if it is still valid.
    async fn token(&self, id: TokenId) -> Result<Option<KnownToken>, StoreError>;
    /// Gives a token a new secret. The one before it ends after `grace`; one still older ends now.
    async fn rotate_token(
        &self,
        id: TokenId,
        hash: SecretHash,
        grace: DurationMs,
        expires: Option<TimestampMs>,
    ) -> Result<(), StoreError>;
    /// Whether there was such a token; its secrets and sessions go with it. Refused for the last
    /// token that may manage others.
    async fn delete_token(&self, id: TokenId) -> Result<bool, StoreError>;
    /// Whose token has this SHA-256.
    async fn check_token(&self, hash: SecretHash) -> Result<TokenCheck, StoreError>;
    async fn note_token_used(&self, id: TokenId, at: TimestampMs) -> Result<(), StoreError>;
    /// Whether requests need a token.
    async fn tokens_required(&self) -> Result<bool, StoreError>;
    /// Deletes all tokens and sessions; requests need no token any more.
    async fn disable_tokens(&self) -> Result<(), StoreError>;

    /// Begins a session of a browser that showed the token secret `secret`.
    async fn begin_session(&self, new: NewSession) -> Result<(), StoreError>;
    /// Whose session has this SHA-256, while it and its token last.
    async fn check_session(&self, hash: SecretHash) -> Result<Option<KnownSession>, StoreError>;
    async fn note_session_used(&self, id: SessionId, at: TimestampMs) -> Result<(), StoreError>;
    /// Whose session it was, where there was one.
    async fn end_session(&self, hash: SecretHash) -> Result<Option<TokenId>, StoreError>;
    /// Browser sessions that have not ended, the newest first.
    async fn sessions_of(&self, token: TokenId) -> Result<Vec<StoredSession>, StoreError>;
    /// Ends all sessions of a token; answers how many.
    async fn end_sessions(&self, token: TokenId) -> Result<u64, StoreError>;

    /// The keys that URLs are signed with, made at their first use.
    async fn signing_keys(&self) -> Result<SigningKeys, StoreError>;
    /// Replaces the signing key; URLs signed by the one before stay valid for `grace`.
    async fn rotate_signing_key(&self, grace: DurationMs) -> Result<(), StoreError>;
    /// A few letters that tell this store's cookies from those of others on the same host.
    async fn cookie_suffix(&self) -> Result<String, StoreError>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenId(pub i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionId(pub i64);

/// A token to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSpec {
    pub name: String,
    pub hash: SecretHash,
    pub scopes: Scopes,
    pub experiments: ExperimentRights,
    pub expires: Option<TimestampMs>,
    /// The name of the token that makes this one.
    pub created_by: Option<String>,
    /// Refuses it where requests need a token already: whoever asks had none.
    pub only_first: bool,
}

impl TokenSpec {
    /// A token without expiry that may do everything.
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

/// All that is known of a token; of its secrets only the hashes are kept.
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
    /// The valid secrets, the oldest first.
    pub secrets: Vec<StoredSecret>,
}

impl StoredToken {
    /// Whether it can manage tokens now.
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
    /// When it ends, where a newer one has taken its place.
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

/// Whom a token lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenCheck {
    /// The store needs no tokens: everyone may come in.
    NotNeeded,
    Known(KnownToken),
    Expired {
        name: String,
    },
    Unknown,
}

/// A browser that signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewSession {
    pub hash: SecretHash,
    pub token: TokenId,
    /// The token's secret that it showed.
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
    /// The one before, while URLs signed by it are still valid.
    pub previous: Option<[u8; 32]>,
}
