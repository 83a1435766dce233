//! The cookie by which a browser keeps a token, where no script can read it.
//!
//! A browser sends it with whatever any page asks of us, so a write that comes with nothing else
//! must come from a page of ours.
use axum::http::{HeaderMap, HeaderValue, Method, header};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::{
    ApiError,
    http::{Scheme, refuse_foreign_page},
};

const NAME: &str = "kansoku_session";
const KEPT_S: u32 = 30 * 24 * 3600;

pub(crate) fn token_in_cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';'));
    let value = pairs.find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))?;
    let token = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(value).ok()?).ok()?;
    Some(token).filter(|token| !token.is_empty())
}

/// What makes a browser keep the token.
pub(super) fn keep(token: &str, asked_with: &HeaderMap) -> HeaderValue {
    set(&BASE64_URL_SAFE_NO_PAD.encode(token), KEPT_S, asked_with)
}

/// What makes it forget.
pub(super) fn forget(asked_with: &HeaderMap) -> HeaderValue {
    set("", 0, asked_with)
}

fn set(value: &str, kept_s: u32, asked_with: &HeaderMap) -> HeaderValue {
    let secure = if came_by_https(asked_with) { "; Secure" } else { "" };
    let text =
        format!("{NAME}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={kept_s}{secure}");
    HeaderValue::from_str(&text).expect("base64 and our own words")
}

/// The header says `https` exactly if the client came by it: the first layer of the server makes
/// it true.
fn came_by_https(headers: &HeaderMap) -> bool {
    let proto = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    let first = proto.and_then(|proto| proto.split(',').next());
    first.is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"))
}

/// Refuses writes of pages that are not ours, such as of another port of this machine.
pub(crate) fn may_write(method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    let scheme = if came_by_https(headers) { Scheme::Https } else { Scheme::Http };
    refuse_foreign_page(method, headers, scheme, None)
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
    fn what_is_kept_is_read_again() {
        for token in ["kan_abc-_9", "s3cret; \"=,"] {
            let kept = keep(token, &HeaderMap::new());
            let pair = kept.to_str().unwrap().split(';').next().unwrap().to_owned();
            let sent = format!("theme=dark; {pair}; other=1");
            assert_eq!(token_in_cookie(&headers(&[("cookie", &sent)])).unwrap(), token);
        }
        for cookie in ["", "kansoku_session", "kansoku_session=", "kansoku_session=%%", "a=b"] {
            assert_eq!(token_in_cookie(&headers(&[("cookie", cookie)])), None, "{cookie}");
        }
    }

    #[test]
    fn only_over_https_the_cookie_stays_there() {
        let kept = |given: &[(&'static str, &str)]| keep("t", &headers(given));
        assert_eq!(
            kept(&[]),
            "kansoku_session=dA; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000"
        );
        let secure = |proto| {
            let cookie = kept(&[("x-forwarded-proto", proto)]);
            cookie.to_str().unwrap().ends_with("; Secure")
        };
        assert!(secure("https") && secure("HTTPS, http"));
        assert!(!secure("http") && !secure("http, https"));
        assert!(forget(&HeaderMap::new()).to_str().unwrap().contains("=; HttpOnly"));
    }

    #[test]
    fn only_our_own_pages_write() {
        let may =
            |given: &[(&'static str, &str)]| may_write(&Method::POST, &headers(given)).is_ok();
        assert!(may(&[("sec-fetch-site", "same-origin")]) && may(&[("sec-fetch-site", "none")]));
        assert!(!may(&[("sec-fetch-site", "same-site")]) && !may(&[("sec-fetch-site", "x")]));
        let ours = ("host", "10.0.0.5:5000");
        assert!(may(&[ours]));
        assert!(may(&[ours, ("origin", "http://10.0.0.5:5000")]));
        assert!(
            !may(&[ours, ("origin", "http://10.0.0.5:8080")]) && !may(&[ours, ("origin", "null")])
        );
        let forwarded = ("x-forwarded-host", "traces.example.com");
        assert!(may(&[ours, forwarded, ("origin", "http://traces.example.com")]));
        assert!(may_write(&Method::GET, &headers(&[("sec-fetch-site", "cross-site")])).is_ok());
    }
}
