//! Access control: the store of tokens, the settings about them, and the caller of a request.
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

/// How exact it is known when a token was used last.
const USE_NOTED_EVERY_MS: i64 = 60_000;
/// Tokens and sessions whose last use is remembered; with more, all are noted anew.
const REMEMBERED_MAX: usize = 10_000;

/// Whether requests need a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequireTokens {
    /// As the store says: from the first token on.
    #[default]
    Auto,
    /// Even if the store has no tokens.
    Always,
    /// Never: a request without a valid token may do everything.
    Never,
}

/// The settings about access.
#[derive(Clone, Copy, Debug)]
pub struct AccessRules {
    pub require_tokens: RequireTokens,
    /// Whether requests without a token may be let in at all: the server is reached from this
    /// machine alone, or its settings allow it.
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

/// Access control. The one that a handler gets knows its caller, too.
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

/// The part that all requests share.
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

    /// The caller's rights where they are for some experiments alone.
    pub(crate) fn rights(&self) -> Option<&Arc<BoundRights>> {
        self.rights.as_ref()
    }

    pub(crate) fn audit(&self) -> &Audit {
        &self.shared.audit
    }

    /// For what a route's own scope does not tell apart.
    pub(crate) fn require(&self, scope: Scope) -> Result<(), AuthError> {
        RouteAccess::from(scope).check(&self.caller)
    }

    /// Whether a first token is all that anonymous callers may make.
    pub(crate) fn makes_first_token(&self) -> bool {
        self.caller.token.is_none() && self.rules.require_tokens != RequireTokens::Never
    }

    /// The caller with this token; an empty text is no token.
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

    /// Whose browser shows this session.
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

    /// The caller who signed a URL, if they still may.
    pub(crate) async fn signer(&self, token: Option<TokenId>) -> Result<Option<Caller>, ApiError> {
        match token {
            Some(id) => Ok(self.store.token(id).await?.map(Caller::from)),
            None => Ok((!self.needs_token().await?).then(Caller::anonymous)),
        }
    }

    /// Whether requests without a token are refused.
    pub(crate) async fn needs_token(&self) -> Result<bool, ApiError> {
        Ok(!self.rules.is_open(self.store.tokens_required().await?))
    }

    /// Whether the caller of a request that goes on for long could still begin it.
    pub(crate) async fn is_still_valid(&self) -> Result<bool, ApiError> {
        let now = self.signer(self.caller.token).await?;
        Ok(now.is_some_and(|now| now == *self.caller))
    }

    pub(crate) async fn cookie_suffix(&self) -> Result<&str, ApiError> {
        let made = || async { self.store.cookie_suffix().await };
        Ok(self.shared.cookie_suffix.get_or_try_init(made).await?)
    }

    /// Beside the request, which need not wait for the disk.
    fn note_token_use(&self, id: TokenId) {
        let store = self.store.clone();
        if let Some(at) = due(&self.shared.token_uses, id, self.now()) {
            tokio::spawn(async move { store.note_token_used(id, at).await });
        }
    }

    fn now(&self) -> TimestampMs {
        self.clock.now()
    }

    /// For what a request does in the name of a caller that it has found by itself.
    pub(crate) fn as_caller(&self, caller: &Caller) -> Self {
        Self { caller: Arc::new(caller.clone()), ..self.clone() }
    }
}

/// Whom a token lets in.
pub(crate) enum Checked {
    Caller(Caller),
    Expired(String),
    Unknown,
}

/// `now`, where a use has to be noted again.
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
    /// The app as a caller may use it. One who may use all experiments gets the stores as they
    /// are; others get them with a check before every call.
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
