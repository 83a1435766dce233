//! The rights that a route requires of its caller. Each route declares them; one function checks
//! them.
use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use kansoku_model::{Coded, ErrorCode, Scope};

use super::{AuthError, caller::Caller};
use crate::ApiError;

/// The rights that a route requires. Access to experiments is checked where their data is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteAccess {
    /// Needs no token: probes, pages, and signed URLs.
    Open,
    /// Any valid token, with any scopes.
    AnyToken,
    /// A token with this scope, for the experiments of the token.
    Scoped(Scope),
    /// A token with this scope for all experiments.
    AllExperiments(Scope),
}

impl From<Scope> for RouteAccess {
    fn from(scope: Scope) -> Self {
        match scope {
            // A worker runs the code of all experiments in one place.
            Scope::Worker | Scope::Admin => Self::AllExperiments(scope),
            Scope::Ingest | Scope::Feedback | Scope::Read | Scope::Write => Self::Scoped(scope),
        }
    }
}

impl RouteAccess {
    /// Checks whether a caller may use the route.
    pub(crate) fn check(self, caller: &Caller) -> Result<(), AuthError> {
        let (needed, all_experiments) = match self {
            Self::Open | Self::AnyToken => return Ok(()),
            Self::Scoped(scope) => (scope, false),
            Self::AllExperiments(scope) => (scope, true),
        };
        let token = || caller.token_name.clone();
        if !caller.scopes.allow(needed) {
            return Err(AuthError::ScopeMissing { token: token(), needed, has: caller.scopes });
        }
        if all_experiments && !caller.experiments.is_all() {
            return Err(AuthError::BoundToken { token: token() });
        }
        Ok(())
    }
}

/// Marks the response to a request that the token does not permit, for the audit log.
#[derive(Clone, Copy)]
pub(crate) struct Denied;

/// Runs the check before a handler. A request without a [`Caller`] was not authenticated.
pub(crate) async fn check_route(access: RouteAccess, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>();
    let checked = match caller {
        Some(caller) => access.check(caller),
        None => access.check(&Caller::nobody()),
    };
    match checked {
        Ok(()) => next.run(request).await,
        Err(error) => {
            let denied = error.code() == ErrorCode::PermissionDenied;
            let mut response = ApiError::from(error).into_response();
            if denied {
                response.extensions_mut().insert(Denied);
            }
            response
        }
    }
}

#[cfg(test)]
mod tests {
    use kansoku_model::{ExperimentBinding, ExperimentRights};

    use super::*;

    #[test]
    fn a_caller_needs_the_scope_and_where_it_says_so_all_experiments() {
        let mut caller = Caller { scopes: "read".parse().unwrap(), ..Caller::anonymous() };
        let allowed = |caller: &Caller, access: RouteAccess| access.check(caller).is_ok();
        assert!(allowed(&caller, Scope::Read.into()) && allowed(&caller, RouteAccess::AnyToken));
        assert!(allowed(&caller, RouteAccess::AllExperiments(Scope::Read)));
        for more in [Scope::Ingest, Scope::Feedback, Scope::Write, Scope::Worker, Scope::Admin] {
            assert!(!allowed(&caller, more.into()), "{more}");
        }
        caller.experiments = ExperimentRights::Bound(ExperimentBinding::default());
        assert!(allowed(&caller, Scope::Read.into()));
        assert!(!allowed(&caller, RouteAccess::AllExperiments(Scope::Read)));
        let nobody = Caller::nobody();
        assert!(!Scope::ALL.into_iter().any(|scope| allowed(&nobody, scope.into())));
    }
}
