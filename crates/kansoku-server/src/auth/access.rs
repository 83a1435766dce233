//! Access control: the store of tokens, its settings, and the caller of a request.
use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, PoisonError},
};

use kansoku_model::{Clock, ExperimentRights, Scope, TimestampMs};
use kansoku_store::{AccessStore, SessionId, TokenCheck, TokenId};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::{
    AuthError,
    audit::Audit,
    caller::Caller,
    rights::BoundRights,
    route_access::RouteAccess,
    scoped::{
        ledger::ScopedLedger, maintenance::ScopedMaintenance, meta::ScopedMeta,
        traces::ScopedTraces,
    },
};
use crate::{ApiError, App, ClientAddress};

/// The accuracy of the stored times of last use, in ms.
const USE_NOTED_EVERY_MS: i64 = 60_000;
/// The most tokens and sessions whose last use is remembered; beyond that, all are stored again.
const REMEMBERED_MAX: usize = 10_000;

/// Whether requests need a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequireTokens {
    /// Only if the store requires it, which it does from its first token on.
    #[default]
    Auto,
    /// Even if the store has no tokens.
    Always,
    /// Never: a request without a valid token has all rights.
    Never,
}

/// The settings of access control.
#[derive(Clone, Copy, Debug)]
pub struct AccessRules {
    pub require_tokens: RequireTokens,
    /// Whether requests without a token may be accepted at all: the server listens only on this
    /// machine, or its settings allow it.
    pub may_be_open: bool,
}

impl Default for AccessRules {
    fn default() -> Self {
        Self { require_tokens: RequireTokens::Auto, may_be_open: true }
    }
}

impl AccessRules {
    fn is_open(self, store_needs_tokens: bool) -> bool {
        self.may_be_open
            && match self.require_tokens {
                RequireTokens::Auto => !store_needs_tokens,
                RequireTokens::Always => false,
                RequireTokens::Never => true,
            }
    }
}

/// Access control. The instance that a handler gets also knows the caller.
#[derive(Clone)]
pub struct Access {
    pub(crate) store: Arc<dyn AccessStore>,
    rules: AccessRules,
    clock: Arc<dyn Clock>,
    shared: Arc<Shared>,
    caller: Arc<Caller>,
    address: IpAddr,
    rights: Option<Arc<BoundRights>>,
}

/// State that all requests share.
#[derive(Default)]
struct Shared {
    token_uses: Mutex<HashMap<TokenId, TimestampMs>>,
    session_uses: Mutex<HashMap<SessionId, TimestampMs>>,
    cookie_suffix: OnceCell<String>,
    audit: Audit,
}

impl Access {
    pub fn new(store: Arc<dyn AccessStore>, rules: AccessRules, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            rules,
            clock,
            shared: Arc::default(),
            caller: Arc::new(Caller::nobody()),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            rights: None,
        }
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    /// The caller's rights, if they are limited to some experiments.
    pub(crate) fn rights(&self) -> Option<&Arc<BoundRights>> {
        self.rights.as_ref()
    }

    pub(crate) fn audit(&self) -> &Audit {
        &self.shared.audit
    }

    /// Checks a scope that depends on more than the route.
    pub(crate) fn require(&self, scope: Scope) -> Result<(), AuthError> {
        RouteAccess::from(scope).check(&self.caller)
    }

    /// Whether the token that this caller creates must be the first one, because the caller has
    /// none.
    pub(crate) fn makes_first_token(&self) -> bool {
        self.caller.token.is_none() && self.rules.require_tokens != RequireTokens::Never
    }

    /// Checks a token; an empty text means that the request has none.
    pub(crate) async fn check_token(&self, token: &str) -> Result<Checked, ApiError> {
        let hash = Sha256::digest(token).into();
        let checked = self.store.check_token(hash).await?;
        Ok(match checked {
            TokenCheck::Known(token) => {
                self.note_token_use(token.id);
                Checked::Caller(token.into())
            }
            TokenCheck::NotNeeded if self.rules.is_open(false) => {
                Checked::Caller(Caller::anonymous())
            }
            TokenCheck::Unknown | TokenCheck::Expired { .. } if self.rules.is_open(true) => {
                Checked::Caller(Caller::anonymous())
            }
            TokenCheck::NotNeeded | TokenCheck::Unknown => Checked::Unknown,
            TokenCheck::Expired { name } => Checked::Expired(name),
        })
    }

    /// The caller of a browser session; `None` if the session is not valid.
    pub(crate) async fn check_session(&self, session: &str) -> Result<Option<Caller>, ApiError> {
        let hash = Sha256::digest(session).into();
        let Some(found) = self.store.check_session(hash).await? else { return Ok(None) };
        self.note_token_use(found.token.id);
        let (id, store) = (found.id, self.store.clone());
        if let Some(at) = due(&self.shared.session_uses, id, self.now()) {
            tokio::spawn(async move { store.note_session_used(id, at).await });
        }
        Ok(Some(found.token.into()))
    }

    /// The caller who signed a URL; `None` if their token is no longer valid.
    pub(crate) async fn signer(&self, token: Option<TokenId>) -> Result<Option<Caller>, ApiError> {
        match token {
            Some(id) => Ok(self.store.token(id).await?.map(Caller::from)),
            None => Ok((!self.needs_token().await?).then(Caller::anonymous)),
        }
    }

    /// Whether requests without a token are rejected.
    pub(crate) async fn needs_token(&self) -> Result<bool, ApiError> {
        Ok(!self.rules.is_open(self.store.tokens_required().await?))
    }

    /// Whether the caller of a long-lived request would still be accepted.
    pub(crate) async fn is_still_valid(&self) -> Result<bool, ApiError> {
        let now = self.signer(self.caller.token).await?;
        Ok(now.is_some_and(|now| now == *self.caller))
    }

    pub(crate) async fn cookie_suffix(&self) -> Result<&str, ApiError> {
        let made = || async { self.store.cookie_suffix().await };
        Ok(self.shared.cookie_suffix.get_or_try_init(made).await?)
    }

    /// Stores the time of use in the background, since the request need not wait for it.
    fn note_token_use(&self, id: TokenId) {
        let store = self.store.clone();
        if let Some(at) = due(&self.shared.token_uses, id, self.now()) {
            tokio::spawn(async move { store.note_token_used(id, at).await });
        }
    }

    fn now(&self) -> TimestampMs {
        self.clock.now()
    }

    /// A copy for a caller whom the handler has authenticated itself.
    pub(crate) fn as_caller(&self, caller: &Caller) -> Self {
        Self { caller: Arc::new(caller.clone()), ..self.clone() }
    }
}

/// The result of checking a token.
pub(crate) enum Checked {
    Caller(Caller),
    Expired(String),
    Unknown,
}

/// `now`, if the use must be stored again.
fn due<K: Eq + Hash>(
    noted: &Mutex<HashMap<K, TimestampMs>>,
    key: K,
    now: TimestampMs,
) -> Option<TimestampMs> {
    let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
    let last = noted.get(&key).copied();
    if last.is_some_and(|last| (0..USE_NOTED_EVERY_MS).contains(&(now.0 - last.0))) {
        return None;
    }
    if REMEMBERED_MAX <= noted.len() {
        noted.clear();
    }
    noted.insert(key, now);
    Some(now)
}

impl App {
    /// The app with the rights of a caller. A caller with access to all experiments gets the stores
    /// themselves; others get stores that check every call.
    pub(crate) fn for_caller(&self, caller: &Caller, address: ClientAddress) -> Self {
        let mut app = self.clone();
        app.access = Access { address: address.0, ..self.access.as_caller(caller) };
        if let ExperimentRights::Bound(binding) = &caller.experiments {
            let token = caller.token_name.clone();
            let stores = (self.traces.clone(), self.meta.clone());
            let rights = Arc::new(BoundRights::new(token, binding.clone(), stores));
            app.traces = Arc::new(ScopedTraces::new(self.traces.clone(), rights.clone()));
            app.meta = Arc::new(ScopedMeta::new(self.meta.clone(), rights.clone()));
            app.ledger = Arc::new(ScopedLedger::new(self.ledger.clone(), rights.clone()));
            app.maintenance =
                Arc::new(ScopedMaintenance::new(self.maintenance.clone(), rights.clone()));
            app.artifacts = Arc::new(self.artifacts.bound_to(rights.clone()));
            app.backups = None;
            app.access.rights = Some(rights);
        }
        app
    }
}
