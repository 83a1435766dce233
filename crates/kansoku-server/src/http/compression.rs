//! The content codings that a client accepts.
use axum::http::{HeaderMap, header};

/// Whether `Accept-Encoding` contains this coding, without `q=0`.
pub(crate) fn accepts_encoding(headers: &HeaderMap, coding: &str) -> bool {
    let given = headers.get_all(header::ACCEPT_ENCODING).iter();
    let mut codings = given.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
    codings.any(|given| {
        let mut parts = given.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = |weight: &str| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0);
        named && !parts.filter_map(|part| part.strip_prefix("q=")).any(refused)
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_who_takes_gzip_gets_it() {
        let accepts_encoding = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            accepts_encoding(&headers, "gzip")
        };
        for value in ["gzip", "br, GZIP;q=0.5", "gzip, deflate, br"] {
            assert!(accepts_encoding(value), "{value}");
        }
        for value in ["", "br", "gzip;q=0", "identity, gzip; q=0.0", "xgzip"] {
            assert!(!accepts_encoding(value), "{value}");
        }
        assert!(!super::accepts_encoding(&HeaderMap::new(), "gzip"));
    }
}
