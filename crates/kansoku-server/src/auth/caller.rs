//! The caller of a request, and their rights.
use kansoku_model::{ExperimentBinding, ExperimentRights, Scopes};
use kansoku_store::{KnownToken, TokenId};

/// The caller of a request. The auth middleware inserts it into the extensions of each request that
/// it accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// `None` if requests need no token, and for [`Caller::nobody`].
    pub(crate) token: Option<TokenId>,
    /// The name of the token; empty without one.
    pub(crate) token_name: String,
    pub(crate) scopes: Scopes,
    pub(crate) experiments: ExperimentRights,
}

impl Caller {
    /// The caller of a request to a server that needs no tokens; has all rights.
    pub(crate) fn anonymous() -> Self {
        let (scopes, experiments) = (Scopes::ADMIN, ExperimentRights::All);
        Self { token: None, token_name: String::new(), scopes, experiments }
    }

    /// The caller of a request that was not authenticated; has no rights.
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
