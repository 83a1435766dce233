use axum::http::HeaderValue;

use super::*;

fn unknown(allowed: &str, host: &str) -> bool {
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
    let allowed = AllowedHosts::parse(allowed).unwrap();
    allowed.unknown_host(&headers, &Uri::from_static("/")).is_some()
}

#[test]
fn loopback_names_and_ip_addresses_are_known_and_no_other_name_is() {
    for host in [
        "localhost",
        "LocalHost:5000",
        "localhost.:5000",
        "a.b.localhost:1",
        "127.0.0.1",
        "127.9.9.9:5000",
        "[::1]",
        "[::1]:5000",
        "10.0.0.5:5000",
        "[2001:db8::7]:80",
    ] {
        assert!(!unknown("", host), "{host}");
    }
    for host in [
        "",
        "evil.test",
        "evil.test:5000",
        "localhost.evil.test",
        "notlocalhost",
        "127.0.0.1.evil.test",
        "127.0.0.1.nip.io:5000",
        "127.1",
        "0x7f000001",
        "2130706433",
        "::1",
        "[::1",
        "[evil.test]",
        "localhost:x",
        "localhost, evil.test",
        "localhost@evil.test",
        "kansoku",
    ] {
        assert!(unknown("", host), "{host}");
    }
}

#[test]
fn a_pattern_allows_the_names_below_it_and_not_the_name_itself() {
    let allowed = "traces.example.com, *.corp.example,kansoku";
    for host in ["traces.example.com:443", "TRACES.example.com", "a.b.corp.example", "kansoku:5000"]
    {
        assert!(!unknown(allowed, host), "{host}");
    }
    for host in ["example.com", "x.traces.example.com", "corp.example", "evilcorp.example"] {
        assert!(unknown(allowed, host), "{host}");
    }
    assert!(!unknown("*", "evil.test"));
    for text in ["a b", "http://a", "a:5000", "*a", "*.", "a..b", "**"] {
        assert!(AllowedHosts::parse(text).is_err(), "{text}");
    }
}

#[test]
fn each_host_that_a_request_names_must_be_known() {
    let rules = AllowedHosts::default();
    let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
        pairs.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect()
    };
    let none = Uri::from_static("/");
    assert_eq!(rules.unknown_host(&headers(&[]), &none), None);
    let evil = Uri::from_static("http://evil.test/");
    let local = headers(&[("host", "localhost")]);
    assert_eq!(rules.unknown_host(&local, &evil).as_deref(), Some("evil.test"));
    for pairs in [
        &[("host", "evil.test"), ("x-forwarded-host", "localhost")][..],
        &[("host", "localhost"), ("x-forwarded-host", "evil.test")],
        &[("host", "localhost"), ("x-forwarded-host", "localhost, evil.test")],
        &[("host", "evil.test")],
    ] {
        assert!(rules.unknown_host(&headers(pairs), &none).is_some(), "{pairs:?}");
    }
}
