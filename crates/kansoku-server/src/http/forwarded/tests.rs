use std::net::SocketAddr;

use axum::body::Body;

use super::*;

/// The client's address, the scheme, and the remaining forwarding headers.
fn resolved(peer: &str, trusted: &str, headers: &[(&str, &str)]) -> (String, Scheme, String) {
    let peer: SocketAddr = peer.parse().unwrap();
    let mut request = Request::new(Body::empty());
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, value.parse().unwrap());
    }
    request.extensions_mut().insert(ConnectionInfo { peer, scheme: Scheme::Http });
    resolve_client(&mut request, &TrustedProxies::parse(trusted).unwrap());
    let left = request.headers().iter();
    let left = left.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
    let left = left.collect::<Vec<_>>().join(", ");
    let client = ClientAddress::from_extensions(request.extensions()).0.to_string();
    (client, Scheme::from_extensions(request.extensions()), left)
}

#[test]
fn what_an_untrusted_peer_forwards_is_removed() {
    let all = [
        ("x-forwarded-for", "1.1.1.1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "localhost"),
        ("forwarded", "for=1.1.1.1;proto=https;host=localhost"),
    ];
    let ours = ("127.0.0.1".to_owned(), Scheme::Http, String::new());
    assert_eq!(resolved("127.0.0.1:9", "", &all), ours);
    assert_eq!(resolved("127.0.0.1:9", "10.0.0.0/8,::1", &all), ours);
}

#[test]
fn a_client_is_the_right_most_address_that_is_no_trusted_proxy() {
    let client = |trusted: &str, chain: &[&str]| {
        let headers: Vec<_> = chain.iter().map(|value| ("x-forwarded-for", *value)).collect();
        resolved("10.0.0.1:9", trusted, &headers).0
    };
    assert_eq!(client("10.0.0.1", &["6.6.6.6, 1.2.3.4"]), "1.2.3.4");
    assert_eq!(client("10.0.0.0/8", &["6.6.6.6, 1.2.3.4, 10.0.0.9"]), "1.2.3.4");
    assert_eq!(client("10.0.0.0/8", &["6.6.6.6", "1.2.3.4:555, 10.0.0.9"]), "1.2.3.4");
    assert_eq!(client("10.0.0.0/8", &["10.0.0.3, 10.0.0.9"]), "10.0.0.3");
    assert_eq!(client("10.0.0.0/8", &["6.6.6.6, unknown, 10.0.0.9"]), "10.0.0.9");
    assert_eq!(client("10.0.0.0/8", &["[2001:db8::7]:80"]), "2001:db8::7");
    assert_eq!(client("10.0.0.0/8", &["::ffff:1.2.3.4"]), "1.2.3.4");
    assert_eq!(client("10.0.0.0/8", &[]), "10.0.0.1");
    assert_eq!(resolved("[::ffff:10.0.0.1]:9", "10.0.0.1", &[]).0, "10.0.0.1");
}

#[test]
fn a_trusted_proxy_says_by_which_scheme_and_host_the_client_came() {
    let (_, scheme, left) = resolved(
        "10.0.0.1:9",
        "10.0.0.1",
        &[("x-forwarded-proto", "HTTPS, http"), ("x-forwarded-host", "traces.example.com")],
    );
    let headers = "x-forwarded-host: traces.example.com, x-forwarded-proto: https";
    assert_eq!((scheme, left.as_str()), (Scheme::Https, headers));
    let (client, scheme, left) = resolved(
        "10.0.0.1:9",
        "10.0.0.1",
        &[("forwarded", "For=\"[2001:db8::7]:47\"; proto=https;host=\"traces.example.com\"")],
    );
    assert_eq!((client.as_str(), scheme, left.as_str()), ("2001:db8::7", Scheme::Https, headers));
    let (_, scheme, left) = resolved("10.0.0.1:9", "10.0.0.1", &[("x-forwarded-proto", "http")]);
    assert_eq!((scheme, left.as_str()), (Scheme::Http, ""));
}

#[test]
fn a_proxy_is_an_address_or_a_network() {
    for text in ["proxy.example.com", "10.0.0.0/33", "10.0.0.1-9"] {
        assert_eq!(TrustedProxies::parse(text), Err(InvalidProxy(text.to_owned())));
    }
}
