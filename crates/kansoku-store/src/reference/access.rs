use std::collections::BTreeMap;

use async_trait::async_trait;
use kansoku_model::{DurationMs, TimestampMs};

use super::ReferenceStore;
use crate::{
    AccessStore, KnownSession, KnownToken, NewSession, SecretHash, SessionId, SigningKeys,
    StoreError, StoredSecret, StoredSession, StoredToken, TokenCheck, TokenId, TokenSpec,
};

/// Tokens, browser sessions and signing keys.
#[derive(Default)]
pub(super) struct Access {
    tokens: BTreeMap<i64, StoredToken>,
    secrets: BTreeMap<SecretHash, Secret>,
    sessions: BTreeMap<i64, Session>,
    /// The last id that was given to a token or session; ids are never reused.
    ids: i64,
    is_required: bool,
    signing_key: Option<[u8; 32]>,
    previous_key: Option<([u8; 32], TimestampMs)>,
    cookie_suffix: Option<String>,
}

#[derive(Clone, Copy)]
struct Secret {
    token: TokenId,
    created: TimestampMs,
    ends: Option<TimestampMs>,
}

struct Session {
    new: NewSession,
    created: TimestampMs,
    last_used: TimestampMs,
}

#[async_trait]
impl AccessStore for ReferenceStore {
    async fn add_token(&self, new: TokenSpec) -> Result<TokenId, StoreError> {
        let now = self.now();
        let access = &mut self.state().access;
        if new.only_first && access.is_required {
            return Err(StoreError::TokensRequired);
        }
        if access.tokens.values().any(|token| token.name == new.name) {
            return Err(StoreError::Invalid(format!("a token named `{}` exists", new.name)));
        }
        let id = TokenId(access.next_id());
        let token = StoredToken {
            id,
            name: new.name,
            scopes: new.scopes,
            experiments: new.experiments,
            created: now,
            created_by: new.created_by,
            expires: new.expires,
            last_used: None,
            secrets: Vec::new(),
        };
        access.tokens.insert(id.0, token);
        access.secrets.insert(new.hash, Secret { token: id, created: now, ends: None });
        access.is_required = true;
        Ok(id)
    }

    async fn tokens(&self) -> Result<Vec<StoredToken>, StoreError> {
        Ok(self.state().access.all(self.now()))
    }

    async fn token(&self, id: TokenId) -> Result<Option<KnownToken>, StoreError> {
        let now = self.now();
        let state = self.state();
        let token = state.access.tokens.get(&id.0).filter(|token| !token.is_expired(now));
        Ok(token.map(known))
    }

    async fn rotate_token(
        &self,
        id: TokenId,
        hash: SecretHash,
        grace: DurationMs,
        expires: Option<TimestampMs>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let access = &mut self.state().access;
        let token = access.tokens.get_mut(&id.0).ok_or(StoreError::TokenNotFound(id))?;
        token.expires = expires.or(token.expires);
        let stays = |secret: &Secret| secret.ends.is_none() && 0 < grace.0;
        access.secrets.retain(|_, secret| secret.token != id || stays(secret));
        let until = TimestampMs(now.0.saturating_add(grace.0));
        for secret in access.secrets.values_mut().filter(|secret| secret.token == id) {
            secret.ends = Some(until);
        }
        access.secrets.insert(hash, Secret { token: id, created: now, ends: None });
        Ok(())
    }

    async fn delete_token(&self, id: TokenId) -> Result<bool, StoreError> {
        let now = self.now();
        let access = &mut self.state().access;
        let all = access.all(now);
        let Some(leaving) = all.iter().find(|token| token.id == id) else { return Ok(false) };
        let mut staying = all.iter().filter(|token| token.id != id);
        if leaving.is_usable_admin(now) && !staying.any(|token| token.is_usable_admin(now)) {
            return Err(StoreError::LastAdminToken(leaving.name.clone()));
        }
        access.tokens.remove(&id.0);
        access.secrets.retain(|_, secret| secret.token != id);
        access.sessions.retain(|_, session| session.new.token != id);
        Ok(true)
    }

    async fn check_token(&self, hash: SecretHash) -> Result<TokenCheck, StoreError> {
        let now = self.now();
        let access = &self.state().access;
        let found = access.valid_secret(&hash, now);
        let found = found.and_then(|secret| access.tokens.get(&secret.token.0));
        Ok(match found {
            Some(token) if token.is_expired(now) => {
                TokenCheck::Expired { name: token.name.clone() }
            }
            Some(token) => TokenCheck::Known(known(token)),
            None if access.is_required => TokenCheck::Unknown,
            None => TokenCheck::NotNeeded,
        })
    }

    async fn note_token_used(&self, id: TokenId, at: TimestampMs) -> Result<(), StoreError> {
        if let Some(token) = self.state().access.tokens.get_mut(&id.0) {
            token.last_used = token.last_used.max(Some(at));
        }
        Ok(())
    }

    async fn tokens_required(&self) -> Result<bool, StoreError> {
        Ok(self.state().access.is_required)
    }

    async fn disable_tokens(&self) -> Result<(), StoreError> {
        let access = &mut self.state().access;
        access.tokens.clear();
        access.secrets.clear();
        access.sessions.clear();
        access.is_required = false;
        Ok(())
    }

    async fn begin_session(&self, new: NewSession) -> Result<(), StoreError> {
        let now = self.now();
        let access = &mut self.state().access;
        access.sessions.retain(|_, session| now < session.new.expires);
        let id = access.next_id();
        access.sessions.insert(id, Session { new, created: now, last_used: now });
        Ok(())
    }

    async fn check_session(&self, hash: SecretHash) -> Result<Option<KnownSession>, StoreError> {
        let now = self.now();
        let access = &self.state().access;
        let mut sessions = access.sessions.iter();
        let found = sessions.find(|(_, session)| session.new.hash == hash);
        let found = found.filter(|(_, session)| access.is_valid(session, now));
        Ok(found.and_then(|(id, session)| {
            let token = access.tokens.get(&session.new.token.0);
            let token = token.filter(|token| !token.is_expired(now))?;
            Some(KnownSession { id: SessionId(*id), token: known(token) })
        }))
    }

    async fn note_session_used(&self, id: SessionId, at: TimestampMs) -> Result<(), StoreError> {
        if let Some(session) = self.state().access.sessions.get_mut(&id.0) {
            session.last_used = session.last_used.max(at);
        }
        Ok(())
    }

    async fn end_session(&self, hash: SecretHash) -> Result<Option<TokenId>, StoreError> {
        let sessions = &mut self.state().access.sessions;
        let found = sessions.iter().find(|(_, session)| session.new.hash == hash);
        let Some((id, token)) = found.map(|(id, session)| (*id, session.new.token)) else {
            return Ok(None);
        };
        sessions.remove(&id);
        Ok(Some(token))
    }

    async fn sessions_of(&self, token: TokenId) -> Result<Vec<StoredSession>, StoreError> {
        let now = self.now();
        let access = &self.state().access;
        let newest_first = access.sessions.iter().rev();
        let own = newest_first.filter(|(_, session)| session.new.token == token);
        Ok(own
            .filter(|(_, session)| access.is_valid(session, now))
            .map(|(id, session)| StoredSession {
                id: SessionId(*id),
                created: session.created,
                last_used: session.last_used,
                expires: session.new.expires,
            })
            .collect())
    }

    async fn end_sessions(&self, token: TokenId) -> Result<u64, StoreError> {
        let sessions = &mut self.state().access.sessions;
        let before = sessions.len();
        sessions.retain(|_, session| session.new.token != token);
        Ok((before - sessions.len()) as u64)
    }

    async fn signing_keys(&self) -> Result<SigningKeys, StoreError> {
        let now = self.now();
        let access = &mut self.state().access;
        let current = *access.signing_key.get_or_insert_with(rand::random);
        let previous = access.previous_key.filter(|(_, until)| now < *until);
        Ok(SigningKeys { current, previous: previous.map(|(key, _)| key) })
    }

    async fn rotate_signing_key(&self, grace: DurationMs) -> Result<(), StoreError> {
        let until = TimestampMs(self.now().0.saturating_add(grace.0));
        let access = &mut self.state().access;
        access.previous_key = access.signing_key.map(|key| (key, until));
        access.signing_key = Some(rand::random());
        Ok(())
    }

    async fn cookie_suffix(&self) -> Result<String, StoreError> {
        let made = || format!("{:08x}", rand::random::<u32>());
        Ok(self.state().access.cookie_suffix.get_or_insert_with(made).clone())
    }
}

impl Access {
    fn next_id(&mut self) -> i64 {
        self.ids += 1;
        self.ids
    }

    fn valid_secret(&self, hash: &SecretHash, now: TimestampMs) -> Option<&Secret> {
        self.secrets.get(hash).filter(|secret| secret.ends.is_none_or(|ends| now < ends))
    }

    fn is_valid(&self, session: &Session, now: TimestampMs) -> bool {
        now < session.new.expires && self.valid_secret(&session.new.secret, now).is_some()
    }

    /// All tokens by name, each with its valid secrets, newest last.
    fn all(&self, now: TimestampMs) -> Vec<StoredToken> {
        let mut all: Vec<StoredToken> = self.tokens.values().cloned().collect();
        for token in &mut all {
            let own = self.secrets.values().filter(|secret| secret.token == token.id);
            let valid = own.filter(|secret| secret.ends.is_none_or(|ends| now < ends));
            let stored = |it: &Secret| StoredSecret { created: it.created, ends: it.ends };
            token.secrets = valid.map(stored).collect();
            token.secrets.sort_by_key(|secret| (secret.ends.is_none(), secret.created));
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }
}

fn known(token: &StoredToken) -> KnownToken {
    KnownToken {
        id: token.id,
        name: token.name.clone(),
        scopes: token.scopes,
        experiments: token.experiments.clone(),
    }
}
