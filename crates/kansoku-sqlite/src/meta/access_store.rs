//! [`AccessStore`] on SQLite. Checks that every request needs use their own reader.
use async_trait::async_trait;
use kansoku_model::{DurationMs, TimestampMs};
use rusqlite::Connection;

use crate::SqliteStore;
use crate::engine::settings;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::meta::{browser_sessions, tokens};
use kansoku_store::{
    AccessStore, KnownSession, KnownToken, NewSession, SecretHash, SessionId, SigningKeys,
    StoreError, StoredSession, StoredToken, TokenCheck, TokenId, TokenSpec,
};

const COOKIE_SUFFIX: &str = "cookie_suffix";

#[async_trait]
impl AccessStore for SqliteStore {
    async fn add_token(&self, new: TokenSpec) -> Result<TokenId, StoreError> {
        let now = self.options.clock.now();
        self.write("store a token", move |db| tokens::add(db, &new, now)).await
    }

    async fn tokens(&self) -> Result<Vec<StoredToken>, StoreError> {
        let now = self.options.clock.now();
        self.read("list tokens", move |db| tokens::all(db, now)).await
    }

    async fn token(&self, id: TokenId) -> Result<Option<KnownToken>, StoreError> {
        let now = self.options.clock.now();
        self.read_access(move |db| tokens::get(db, id, now)).await
    }

    async fn rotate_token(
        &self,
        id: TokenId,
        hash: SecretHash,
        grace: DurationMs,
        expires: Option<TimestampMs>,
    ) -> Result<(), StoreError> {
        let now = self.options.clock.now();
        let rotate = move |db: &Tx<'_>| tokens::rotate(db, id, hash, grace, expires, now);
        self.write("rotate a token", rotate).await
    }

    async fn delete_token(&self, id: TokenId) -> Result<bool, StoreError> {
        let now = self.options.clock.now();
        self.writer.run_freeing("delete a token", move |db| tokens::delete(db, id, now)).await
    }

    async fn check_token(&self, hash: SecretHash) -> Result<TokenCheck, StoreError> {
        let now = self.options.clock.now();
        self.read_access(move |db| tokens::check(db, hash, now)).await
    }

    async fn note_token_used(&self, id: TokenId, at: TimestampMs) -> Result<(), StoreError> {
        self.write("note a token's use", move |db| tokens::note_used(db, id, at)).await
    }

    async fn tokens_required(&self) -> Result<bool, StoreError> {
        self.read_access(tokens::required).await
    }

    async fn disable_tokens(&self) -> Result<(), StoreError> {
        self.write("disable tokens", |db| tokens::disable(db)).await
    }

    async fn begin_session(&self, new: NewSession) -> Result<(), StoreError> {
        let now = self.options.clock.now();
        self.write("begin a session", move |db| browser_sessions::begin(db, &new, now)).await
    }

    async fn check_session(&self, hash: SecretHash) -> Result<Option<KnownSession>, StoreError> {
        let now = self.options.clock.now();
        self.read_access(move |db| browser_sessions::check(db, hash, now)).await
    }

    async fn note_session_used(&self, id: SessionId, at: TimestampMs) -> Result<(), StoreError> {
        let note = move |db: &Tx<'_>| browser_sessions::note_used(db, id, at);
        self.write("note a session's use", note).await
    }

    async fn end_session(&self, hash: SecretHash) -> Result<Option<TokenId>, StoreError> {
        self.write("end a session", move |db| browser_sessions::end(db, hash)).await
    }

    async fn sessions_of(&self, token: TokenId) -> Result<Vec<StoredSession>, StoreError> {
        let now = self.options.clock.now();
        self.read("list sessions", move |db| browser_sessions::all(db, token, now)).await
    }

    async fn end_sessions(&self, token: TokenId) -> Result<u64, StoreError> {
        self.write("end sessions", move |db| browser_sessions::end_all(db, token)).await
    }

    async fn signing_keys(&self) -> Result<SigningKeys, StoreError> {
        let now = self.options.clock.now();
        if let Some(keys) = self.read_access(move |db| settings::signing_keys(db, now)).await? {
            return Ok(keys);
        }
        let fresh = rand::random();
        self.write("make a signing key", move |db| settings::make_signing_key(db, fresh)).await
    }

    async fn rotate_signing_key(&self, grace: DurationMs) -> Result<(), StoreError> {
        let (fresh, now) = (rand::random(), self.options.clock.now());
        let rotate = move |db: &Tx<'_>| settings::rotate_signing_key(db, fresh, grace, now);
        self.write("rotate the signing key", rotate).await
    }

    async fn cookie_suffix(&self) -> Result<String, StoreError> {
        let stored = self.read_access(|db| settings::secret(db, COOKIE_SUFFIX)).await?;
        let secret = match stored {
            Some(stored) => stored,
            None => {
                let fresh = rand::random();
                let make = move |db: &Tx<'_>| settings::make_secret(db, COOKIE_SUFFIX, fresh);
                self.write("name the cookie", make).await?
            }
        };
        Ok(secret[..4].iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}")))
    }
}

impl SqliteStore {
    async fn read_access<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.token_reader.run("check who asks", self.options.read_deadline, read).await
    }
}
