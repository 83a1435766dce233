//! The first layer of every request, over HTTP and gRPC: where it came from, by which name it
//! called the server, and whether a page of another site sent it.
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

/// Probes, which tell nothing, and what clients look for before they send a token.
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

/// RFC 9112, section 3.2: HTTP/1.1 over a connection has one `Host`.
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

/// A rebound page holds no token: it may know the name of none, and cookies of our own host are
/// not sent to its name. So a request with a token may come by any name, as agents in a cluster
/// do, where a token is needed; signed addresses are a permission of their own.
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
