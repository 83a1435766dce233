//! Security headers of every response, which prevent browsers from executing the contents of
//! traces.
use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// The policy for responses that are not pages: nothing in them may be executed or loaded.
const DATA_POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'self'";

/// Adds the headers. Contents of traces are untrusted: browsers must not guess content types, show
/// responses in frames, or load them into pages of other sites.
pub(crate) async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    add_security_headers(&mut response);
    response
}

pub(crate) fn add_security_headers(response: &mut Response) {
    const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // Kansoku's pages set their own policy, including who may frame them.
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DATA_POLICY));
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
        let own = || HeaderValue::from_static("same-origin");
        headers.entry(RESOURCE_POLICY).or_insert_with(own);
    }
}
