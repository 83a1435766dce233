use proptest::prelude::*;

use super::*;

fn body_values(body: &[u8]) -> Result<Map<String, Value>, BodyError> {
    super::body_values(body, &Reservation::for_test())
}

#[test]
fn a_repeated_query_key_is_a_list() {
    let fields = Fields::new(query_values("id=a&id=b%20c&one=x&%ff=%ff"));
    assert_eq!(fields.list_str("id").unwrap(), ["a", "b c"]);
    assert_eq!(fields.list_str("one").unwrap(), ["x"]);
}

#[test]
fn a_body_that_is_json_in_a_json_text_is_read() {
    let values = body_values(br#""{\"a\": \"b\"}""#).unwrap();
    assert_eq!(Fields::new(values).str("a").unwrap().unwrap(), "b");
}

#[test]
fn bodies_that_are_no_object_are_refused() {
    for body in [&b"[]"[..], b"1", b"{", b"\xff", b"{\"a\":1e999}", b"\"\"", b"\"1\""] {
        assert!(body_values(body).is_err(), "{}", String::from_utf8_lossy(body));
    }
    assert!(body_values("[".repeat(10_000).as_bytes()).is_err());
    for body in [&b""[..], b" \n", b"null", b"{}"] {
        assert!(body_values(body).unwrap().is_empty());
    }
}

proptest! {
    /// Arbitrary queries and bodies must not cause a panic.
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,30}") {
        let _ = Fields::new(query_values(&text));
        let _ = body_values(text.as_bytes());
    }
}
