//! The caller of a request, and their rights.
use kansoku_model::{ExperimentBinding, ExperimentRights, Scopes};
use kansoku_store::{KnownToken, TokenId};

/// The caller of a request. The auth middleware inserts it into the extensions of each request that
/// it lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// `None` where requests need no token, and for nobody.
    pub(crate) token: Option<TokenId>,
    /// The name of that token; empty without one.
    pub(crate) token_name: String,
    pub(crate) scopes: Scopes,
    pub(crate) experiments: ExperimentRights,
}

impl Caller {
    /// Whoever reaches a server that needs no tokens.
    pub(crate) fn anonymous() -> Self {
        let (scopes, experiments) = (Scopes::ADMIN, ExperimentRights::All);
        Self { token: None, token_name: String::new(), scopes, experiments }
    }

    /// A request that nobody has vouched for: it may do nothing.
    pub(crate) fn nobody() -> Self {
        let experiments = ExperimentRights::Bound(ExperimentBinding::default());
        Self { token: None, token_name: String::new(), scopes: Scopes::NONE, experiments }
    }
}

impl From<KnownToken> for Caller {
    fn from(KnownToken { id, name, scopes, experiments }: KnownToken) -> Self {
        Self { token: Some(id), token_name: name, scopes, experiments }
    }
}
