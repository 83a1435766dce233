//! The cookie with a browser's session, which scripts cannot read.
//!
//! It contains 256 random bits that only this server can resolve, under a name that depends on the
//! store: cookies do not distinguish ports, and are sent to other servers on the same host, too.
//! Pages of other origins cannot write with it, because the first layer of the server rejects them.
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use cookie::Cookie;

/// The prefix of the cookie's name. Cookies of older versions had only this name, and contained a
/// token.
const BASE: &str = "kansoku_session";
/// The prefix of the name if the browser uses https: other hosts and plain-http pages cannot set
/// such a cookie.
const HOST_PREFIX: &str = "__Host-";
/// The lifetime of a browser session, in seconds.
pub(crate) const SESSION_LASTS_S: i64 = 30 * 24 * 3600;

/// The session in the cookie for the store with this suffix.
pub(crate) fn session_in_cookie(headers: &HeaderMap, suffix: &str) -> Option<String> {
    let name = format!("{BASE}_{suffix}");
    let mut values = cookies(headers).filter(|cookie| {
        let bare = cookie.name().strip_prefix(HOST_PREFIX).unwrap_or(cookie.name());
        bare == name && !cookie.value().is_empty()
    });
    values.next().map(|cookie| cookie.value().to_owned())
}

pub(crate) fn has_old_cookie(headers: &HeaderMap) -> bool {
    cookies(headers).any(|cookie| cookie.name() == BASE)
}

/// Makes the browser delete the cookie of an older version, which contains a token.
pub(crate) fn forget_old_cookie(response: &mut Response) {
    let forget =
        HeaderValue::from_static("kansoku_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    response.headers_mut().append(header::SET_COOKIE, forget);
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = Cookie<'_>> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(Cookie::split_parse).filter_map(Result::ok)
}

/// The `Set-Cookie` header that stores a session in the browser.
pub(crate) fn keep(session: &str, suffix: &str, asked_with: &HeaderMap) -> HeaderValue {
    set(session, suffix, SESSION_LASTS_S, asked_with)
}

/// The `Set-Cookie` header that deletes the session from the browser.
pub(crate) fn forget(suffix: &str, asked_with: &HeaderMap) -> HeaderValue {
    set("", suffix, 0, asked_with)
}

fn set(value: &str, suffix: &str, kept_s: i64, asked_with: &HeaderMap) -> HeaderValue {
    let (prefix, secure) = match came_by_https(asked_with) {
        true => (HOST_PREFIX, "; Secure"),
        false => ("", ""),
    };
    let text = format!(
        "{prefix}{BASE}_{suffix}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={kept_s}{secure}"
    );
    HeaderValue::from_str(&text).expect("base64 and our own words")
}

/// Whether the client used https. The header is reliable, because the first layer of the server
/// sets it.
fn came_by_https(headers: &HeaderMap) -> bool {
    let proto = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    let first = proto.and_then(|proto| proto.split(',').next());
    first.is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(given: &[(&'static str, &str)]) -> HeaderMap {
        let value = |text: &str| HeaderValue::from_str(text).unwrap();
        let given = given.iter().map(|(name, text)| (name.parse().unwrap(), value(text)));
        given.collect()
    }

    #[test]
    fn what_is_kept_is_read_again_by_the_same_store_alone() {
        for https in [false, true] {
            let proto = if https { "https" } else { "http" };
            let kept = keep("kan-_9", "0a1b", &headers(&[("x-forwarded-proto", proto)]));
            let pair = kept.to_str().unwrap().split(';').next().unwrap().to_owned();
            let sent = headers(&[("cookie", &format!("theme=dark; {pair}; other=1"))]);
            assert_eq!(session_in_cookie(&sent, "0a1b").unwrap(), "kan-_9");
            assert_eq!(session_in_cookie(&sent, "ffff"), None);
            assert!(!has_old_cookie(&sent));
        }
        for cookie in ["", "kansoku_session_x", "kansoku_session_x=", "kansoku_session=dA", "a=b"] {
            assert_eq!(session_in_cookie(&headers(&[("cookie", cookie)]), "x"), None, "{cookie}");
        }
        assert!(has_old_cookie(&headers(&[("cookie", "a=b; kansoku_session=dA")])));
    }

    #[test]
    fn only_over_https_the_cookie_stays_there() {
        let kept = |given: &[(&'static str, &str)]| keep("t", "x", &headers(given));
        assert_eq!(
            kept(&[]),
            "kansoku_session_x=t; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000"
        );
        let secure = |proto| {
            let cookie = kept(&[("x-forwarded-proto", proto)]);
            let cookie = cookie.to_str().unwrap();
            cookie.starts_with("__Host-kansoku_session_x=t;") && cookie.ends_with("; Secure")
        };
        assert!(secure("https") && secure("HTTPS, http"));
        assert!(!secure("http") && !secure("http, https"));
        assert!(forget("x", &HeaderMap::new()).to_str().unwrap().contains("=; HttpOnly"));
    }
}
