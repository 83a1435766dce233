use super::*;

struct At(i64);

impl Clock for At {
    fn now(&self) -> TimestampMs {
        TimestampMs(self.0)
    }
}

const BY: Option<TokenId> = Some(TokenId(5));

fn signer_with(current: [u8; 32], previous: Option<[u8; 32]>) -> Signer {
    Signer { keys: SigningKeys { current, previous }, by: BY }
}

fn signer() -> Signer {
    signer_with([7; 32], None)
}

fn grant() -> Grant {
    Grant { action: upload(), by: BY }
}

fn upload() -> SignedAction {
    let trace = TraceId::try_from("tr-1/ü".to_owned()).unwrap();
    SignedAction::Upload { trace, path: "traces.json".to_owned() }
}

fn signed_text(url: &str) -> &str {
    url.strip_prefix(SIGNED_URL_PREFIX).unwrap()
}

#[test]
fn a_signed_url_allows_what_it_says_until_it_expires() {
    let url = signer().sign(upload(), &At(1_000));
    assert!(url.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_/".contains(&b)), "{url}");
    assert_eq!(signer().check(signed_text(&url), TimestampMs(1_000)), Ok(grant()));
    let end = 1_000 + LIFETIME.0;
    assert_eq!(signer().check(signed_text(&url), TimestampMs(end - 1)), Ok(grant()));
    assert_eq!(signer().check(signed_text(&url), TimestampMs(end)), Err(SignedUrlError::Expired));
}

#[test]
fn a_changed_url_is_forged() {
    let url = signer().sign(upload(), &At(1_000));
    let mut bytes = URL_SAFE_NO_PAD.decode(signed_text(&url)).unwrap();
    for at in 0..bytes.len() {
        bytes[at] ^= 1;
        let changed = URL_SAFE_NO_PAD.encode(&bytes);
        assert_eq!(
            signer().check(&changed, TimestampMs(1_000)),
            Err(SignedUrlError::Forged),
            "byte {at}"
        );
        bytes[at] ^= 1;
    }
    for nonsense in ["", "a", "%%%", "AAAA"] {
        assert_eq!(signer().check(nonsense, TimestampMs(1_000)), Err(SignedUrlError::Forged));
    }
}

#[test]
fn a_url_of_another_server_is_forged() {
    let url = signer_with([8; 32], None).sign(upload(), &At(1_000));
    assert_eq!(signer().check(signed_text(&url), TimestampMs(1_000)), Err(SignedUrlError::Forged));
}

#[test]
fn a_url_of_the_key_before_is_valid_while_that_key_is_kept() {
    let url = signer().sign(upload(), &At(1_000));
    let check = |signer: Signer| signer.check(signed_text(&url), TimestampMs(1_000));
    assert_eq!(check(signer_with([8; 32], Some([7; 32]))), Ok(grant()));
    assert_eq!(check(signer_with([8; 32], Some([9; 32]))), Err(SignedUrlError::Forged));
    assert_eq!(check(signer_with([8; 32], None)), Err(SignedUrlError::Forged));
}

#[test]
fn signed_urls_are_on_the_host_that_the_client_used() {
    let headers = |pairs: &[(&'static str, &'static str)]| {
        pairs.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect::<HeaderMap>()
    };
    let origin = |pairs| origin(&headers(pairs), &Uri::from_static("/x"));
    assert_eq!(origin(&[("host", "127.0.0.1:5000")]), "http://127.0.0.1:5000");
    assert_eq!(origin(&[("host", "[::1]:5000")]), "http://[::1]:5000");
    assert_eq!(
        origin(&[
            ("host", "10.0.0.1:80"),
            ("x-forwarded-proto", "https, http"),
            ("x-forwarded-host", "traces.example.com"),
        ]),
        "https://traces.example.com"
    );
    assert_eq!(origin(&[("host", "a/b?c")]), "http://localhost");
}
