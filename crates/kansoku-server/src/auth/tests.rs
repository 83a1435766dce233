use axum::http::HeaderValue;

use super::*;

fn token(value: &str) -> Option<String> {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
    token_in(&headers)
}

fn basic(text: &str) -> Option<String> {
    token(&format!("Basic {}", BASE64_STANDARD.encode(text)))
}

#[test]
fn a_token_comes_as_bearer_or_as_password() {
    assert_eq!(token("Bearer kan_1").unwrap(), "kan_1");
    assert_eq!(token("bearer  kan_1 ").unwrap(), "kan_1");
    assert_eq!(basic("token:kan_1").unwrap(), "kan_1");
    assert_eq!(basic("alice:kan:1").unwrap(), "kan:1");
    assert_eq!(basic("kan_1:").unwrap(), "kan_1");
    assert_eq!(basic("kan_1").unwrap(), "kan_1");
}

#[test]
fn anything_else_is_no_token() {
    for value in ["", "Bearer", "Bearer ", "Digest a", "Basic %%%", "kan_1"] {
        assert_eq!(token(value), None, "{value}");
    }
    assert_eq!(basic(":"), None);
    assert_eq!(token_in(&HeaderMap::new()), None);
}
