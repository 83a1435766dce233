//! Protection against cross-site requests: writes must come from Kansoku's own pages, or from no
//! page.
//!
//! A browser sends forms and simple `fetch` requests from any page to any address without
//! permission. It identifies the page by `Sec-Fetch-Site` and `Origin`; other programs send
//! neither.
use axum::http::{HeaderMap, HeaderValue, Method, header};
use kansoku_model::ErrorCode;

use super::connection_info::Scheme;
use crate::ApiError;

/// Rejects unsafe methods that a browser sends for a page of another origin: another site, another
/// port of this machine, or a page without an origin (`null`).
///
/// The order is that of Go's `net/http.CrossOriginProtection`: the browser's own judgement
/// (`Sec-Fetch-Site`, <https://www.w3.org/TR/fetch-metadata/>) comes first. Browsers omit that
/// header if the server is reached by plain HTTP beyond loopback; then `Origin` decides.
/// `X-Forwarded-Host` must come from a trusted proxy.
pub(crate) fn refuse_foreign_page(
    method: &Method,
    headers: &HeaderMap,
    scheme: Scheme,
    authority: Option<&str>,
) -> Result<(), ApiError> {
    if method.is_safe() || is_from_own_page(headers, scheme, authority) {
        return Ok(());
    }
    let message = "a page of another address may not write here; behind a proxy, let it pass the \
                   header `Host` on and name it in the setting `trusted_proxies`";
    Err(ApiError::new(ErrorCode::PermissionDenied, message))
}

fn is_from_own_page(headers: &HeaderMap, scheme: Scheme, authority: Option<&str>) -> bool {
    let text = |value: &HeaderValue| value.to_str().unwrap_or("?").to_owned();
    let mut sites = headers.get_all("sec-fetch-site").iter().peekable();
    if sites.peek().is_some() {
        return sites.all(|site| site == "same-origin" || site == "none");
    }
    let own = |origin: &str| {
        let own_hosts = [header::HOST.as_str(), "x-forwarded-host"];
        let mut own_hosts = own_hosts.into_iter().filter_map(|name| headers.get(name)).map(text);
        let is_own = |host: &str| is_same_origin(origin, scheme, host.trim());
        own_hosts.any(|host| is_own(&host)) || authority.is_some_and(is_own)
    };
    headers.get_all(header::ORIGIN).iter().map(text).all(|origin| own(&origin))
}

/// Whether `origin` is `scheme://host`, with or without the scheme's default port.
fn is_same_origin(origin: &str, scheme: Scheme, host: &str) -> bool {
    let Some((origin_scheme, origin_host)) = origin.split_once("://") else { return false };
    let own_port = format!(":{}", scheme.default_port());
    let bare = |host: &str| host.strip_suffix(&own_port).unwrap_or(host).to_ascii_lowercase();
    origin_scheme == scheme.as_str() && bare(origin_host) == bare(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_post(scheme: Scheme, pairs: &[(&'static str, &str)]) -> bool {
        let header = |(name, value): &(&'static str, &str)| {
            (name.parse().unwrap(), HeaderValue::from_str(value).unwrap())
        };
        let headers: HeaderMap = pairs.iter().map(header).collect();
        refuse_foreign_page(&Method::POST, &headers, scheme, None).is_ok()
    }

    #[test]
    fn programs_and_our_own_pages_write() {
        let host = ("host", "10.0.0.5:5000");
        assert!(may_post(Scheme::Http, &[]) && may_post(Scheme::Http, &[host]));
        assert!(may_post(Scheme::Http, &[host, ("sec-fetch-site", "same-origin")]));
        assert!(may_post(Scheme::Http, &[host, ("sec-fetch-site", "none")]));
        assert!(may_post(Scheme::Http, &[host, ("origin", "http://10.0.0.5:5000")]));
        let named = ("host", "traces.example.com");
        assert!(may_post(Scheme::Https, &[named, ("origin", "https://traces.example.com")]));
        assert!(may_post(Scheme::Https, &[named, ("origin", "https://traces.example.com:443")]));
        let proxied = [host, ("x-forwarded-host", "a.b"), ("origin", "https://a.b")];
        assert!(may_post(Scheme::Https, &proxied));
    }

    #[test]
    fn pages_of_other_origins_do_not() {
        let host = ("host", "10.0.0.5:5000");
        for site in ["cross-site", "same-site", "x", ""] {
            assert!(!may_post(Scheme::Http, &[host, ("sec-fetch-site", site)]), "{site}");
        }
        let both = [host, ("sec-fetch-site", "same-site"), ("origin", "http://10.0.0.5:5000")];
        assert!(!may_post(Scheme::Http, &both));
        for origin in [
            "null",
            "",
            "http://evil.test",
            "http://10.0.0.5",
            "http://10.0.0.5:8080",
            "https://10.0.0.5:5000",
            "http://10.0.0.5:5000.evil.test",
            "10.0.0.5:5000",
        ] {
            assert!(!may_post(Scheme::Http, &[host, ("origin", origin)]), "{origin}");
        }
        let named = ("host", "traces.example.com");
        assert!(!may_post(Scheme::Https, &[named, ("origin", "http://traces.example.com")]));
        assert!(!may_post(Scheme::Http, &[("origin", "http://evil.test")]));
    }

    #[test]
    fn reading_is_left_to_the_browsers_own_rules() {
        let headers = HeaderMap::from_iter([(
            "sec-fetch-site".parse().unwrap(),
            HeaderValue::from_static("cross-site"),
        )]);
        assert!(refuse_foreign_page(&Method::GET, &headers, Scheme::Http, None).is_ok());
    }
}
