//! The first layer of every request, over HTTP and gRPC. It determines the client's address, and
//! checks the host name and, for pages in browsers, the origin.
use std::sync::Arc;

use axum::{
    body::HttpBody as _,
    extract::{Request, State},
    http::{Version, header, request::Parts},
    middleware::Next,
    response::Response,
};
use kansoku_model::ErrorCode;

use crate::{
    ApiError, App,
    http::{
        SIGNED_URL_PREFIX,
        connection_info::{ConnectionInfo, Scheme},
        forwarded::resolve_client,
        origin::refuse_foreign_page,
        rejection::{announce_close, reject},
    },
};

/// Paths that are served under any host name: probes, which reveal nothing, and what clients
/// request before they send a token.
const OPEN_BY_ANY_NAME: [&str; 4] =
    ["/health", "/version", "/.well-known/databricks-config", "/grpc.health.v1.Health/Check"];

pub(crate) async fn guard(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    resolve_client(&mut request, &app.network.trusted_proxies);
    let (parts, body) = request.into_parts();
    match check(&app, &parts).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => {
            let mut response = reject(&parts.headers, error);
            if !body.is_end_stream() {
                announce_close(&mut response);
            }
            response
        }
    }
}

async fn check(app: &App, request: &Parts) -> Result<(), ApiError> {
    refuse_malformed_host(request)?;
    if let Some(host) = app.network.allowed_hosts.unknown_host(&request.headers, &request.uri) {
        refuse_unknown_host(app, request, &host).await?;
    }
    let scheme = Scheme::from_extensions(&request.extensions);
    let authority = request.uri.authority().map(|authority| authority.as_str());
    refuse_foreign_page(&request.method, &request.headers, scheme, authority)
}

/// Fails unless a request over HTTP/1.1 has exactly one `Host` (RFC 9112, section 3.2).
fn refuse_malformed_host(request: &Parts) -> Result<(), ApiError> {
    let hosts = request.headers.get_all(header::HOST).iter().count();
    let came_by_socket = request.extensions.get::<ConnectionInfo>().is_some();
    let is_missing = hosts == 0 && request.version == Version::HTTP_11 && came_by_socket;
    if is_missing || 1 < hosts {
        let message = "a request over HTTP/1.1 needs the header `Host` exactly once";
        return Err(ApiError::new(ErrorCode::BadRequest, message));
    }
    Ok(())
}

/// Rejects a host name that is not the server's, unless the request cannot come from a page that
/// used DNS rebinding. Such a page has no token, and browsers do not send it the cookies of the
/// real host. So if tokens are required, a request with a token may use any name, as agents in a
/// cluster do; signed URLs are allowed, too.
async fn refuse_unknown_host(app: &App, request: &Parts, host: &str) -> Result<(), ApiError> {
    let path = request.uri.path();
    if OPEN_BY_ANY_NAME.contains(&path) || path.starts_with(SIGNED_URL_PREFIX) {
        return Ok(());
    }
    if request.headers.contains_key(header::AUTHORIZATION) && app.access.needs_token().await? {
        return Ok(());
    }
    let host: String = host.chars().filter(|c| !c.is_control()).take(200).collect();
    let message = format!(
        "`{host}` is not a name of this server: call it by `localhost` or an IP address, or add \
         the name to the setting `allowed_hosts`"
    );
    Err(ApiError::new(ErrorCode::PermissionDenied, message))
}
