//! The table of all routes, which the router is built from, and the documentation is checked
//! against.
//!
//! Each area adds its rows by a `routes` function. Routes under `/api` and `/ajax-api` are declared
//! together, so that they are always the same.
use axum::{
    Router,
    extract::Request,
    handler::Handler,
    http::Method,
    middleware::{self, Next},
    routing::{MethodFilter, MethodRouter, on},
};

use crate::{App, RouteAccess, auth::route_access::check_route};

/// The degree to which a route is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    Full,
    /// Works, but not with every field or case; the documentation names the gaps.
    Partial,
    /// Returns 501 with an explanation.
    Refused,
}

/// A row of the table: a method and a path, in which `{name}` is a parameter.
#[derive(Clone, Debug)]
pub struct RouteRow {
    pub method: Method,
    pub path: String,
    pub support: Support,
    pub access: RouteAccess,
}

/// The prefixes of MLflow's API routes; the second one is for browsers.
const API_PREFIXES: [&str; 2] = ["/api", "/ajax-api"];

/// Collects rows and handlers; the argument of each area's `routes` function.
#[derive(Default)]
pub(crate) struct Routes {
    pub(crate) rows: Vec<RouteRow>,
    pub(crate) guarded: Router<App>,
    pub(crate) open: Router<App>,
}

impl Routes {
    /// A route under `/api` and `/ajax-api`, such as `2.0/mlflow/experiments/get`, for callers
    /// that `access` allows.
    pub(crate) fn api<T: 'static>(
        &mut self,
        access: impl Into<RouteAccess>,
        method: Method,
        path: &str,
        handler: impl Handler<T, App>,
    ) {
        self.api_as(access, Support::Full, method, path, handler);
    }

    /// Like [`Routes::api`], for a route that supports less than MLflow's.
    pub(crate) fn api_as<T: 'static>(
        &mut self,
        access: impl Into<RouteAccess>,
        support: Support,
        method: Method,
        path: &str,
        handler: impl Handler<T, App>,
    ) {
        let access = access.into();
        for prefix in API_PREFIXES {
            let path = format!("{prefix}/{path}");
            self.plain_as(access, support, method.clone(), &path, handler.clone());
        }
    }

    /// A route at exactly this path, for callers that `access` allows.
    pub(crate) fn plain<T: 'static>(
        &mut self,
        access: impl Into<RouteAccess>,
        method: Method,
        path: &str,
        handler: impl Handler<T, App>,
    ) {
        self.plain_as(access, Support::Full, method, path, handler);
    }

    /// Like [`Routes::plain`], for a route that supports less than MLflow's.
    pub(crate) fn plain_as<T: 'static>(
        &mut self,
        access: impl Into<RouteAccess>,
        support: Support,
        method: Method,
        path: &str,
        handler: impl Handler<T, App>,
    ) {
        let access = access.into();
        let check = move |request: Request, next: Next| check_route(access, request, next);
        let method_router = self.row(access, support, method, path, handler);
        let method_router = method_router.route_layer(middleware::from_fn(check));
        self.guarded = std::mem::take(&mut self.guarded).route(path, method_router);
    }

    /// A route that never needs a token: probes, pages, and signed URLs.
    pub(crate) fn open<T: 'static>(
        &mut self,
        method: Method,
        path: &str,
        handler: impl Handler<T, App>,
    ) {
        let method_router = self.row(RouteAccess::Open, Support::Full, method, path, handler);
        self.open = std::mem::take(&mut self.open).route(path, method_router);
    }

    /// Like [`Routes::open`], under `/api` and `/ajax-api`.
    pub(crate) fn open_api<T: 'static>(
        &mut self,
        method: Method,
        path: &str,
        handler: impl Handler<T, App>,
    ) {
        for prefix in API_PREFIXES {
            self.open(method.clone(), &format!("{prefix}/{path}"), handler.clone());
        }
    }

    fn row<T: 'static>(
        &mut self,
        access: RouteAccess,
        support: Support,
        method: Method,
        path: &str,
        handler: impl Handler<T, App>,
    ) -> MethodRouter<App> {
        let filter = MethodFilter::try_from(method.clone()).expect("a method that HTTP defines");
        self.rows.push(RouteRow { method, path: path.to_owned(), support, access });
        on(filter, handler)
    }
}
