//! Headers of every response that keep browsers from running what traces say.
use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// An uploaded file that a browser takes for a page must not do anything.
const DATA_POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'self'";

/// Trace contents are other people's text: browsers must not guess types, frame us, or load an
/// answer into a page of another site.
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
    // Pages of ours bring their own policy, which says who may frame them.
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DATA_POLICY));
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
        let own = || HeaderValue::from_static("same-origin");
        headers.entry(RESOURCE_POLICY).or_insert_with(own);
    }
}
