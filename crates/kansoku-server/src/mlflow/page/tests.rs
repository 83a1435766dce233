use serde_json::json;

use super::*;

fn page(fields: Value) -> Result<Page, String> {
    let Value::Object(values) = fields else { panic!("fields are an object") };
    Page::from_fields(&Fields::new(values), 0, 50_000).map_err(|error| error.public_message())
}

#[test]
fn a_token_leads_to_the_page_after_its_own() {
    let first = page(json!({ "max_results": 2 })).unwrap();
    assert_eq!(first.next_token(), "eyJvZmZzZXQiOiAyfQ==");
    let second = page(json!({ "max_results": 2, "page_token": first.next_token() })).unwrap();
    assert_eq!(second, Page { offset: 2, max_results: 2 });
}

#[test]
fn an_empty_token_is_no_token() {
    assert_eq!(page(json!({ "max_results": 1, "page_token": "" })).unwrap().offset, 0);
}

#[test]
fn a_token_of_another_shape_is_refused() {
    let refusal = |text: &str| {
        let token = BASE64_STANDARD.encode(text);
        page(json!({ "max_results": 1, "page_token": token })).unwrap_err()
    };
    assert_eq!(refusal(r#"{"x": 1}"#), r#"Invalid page token, parsed value={"x": 1}"#);
    assert_eq!(refusal(r#"{"offset": 0}"#), r#"Invalid page token, parsed value={"offset": 0}"#);
    assert!(refusal(r#"{"offset": 18446744073709551615}"#).starts_with("Invalid page token"));
    let text = page(json!({ "max_results": 1, "page_token": "%%" })).unwrap_err();
    assert_eq!(text, "Invalid page token, could not base64-decode");
}

#[test]
fn max_results_has_two_ends() {
    assert!(page(json!({ "max_results": 50_000 })).is_ok());
    assert!(page(json!({ "max_results": 50_001 })).unwrap_err().ends_with("at most 50000"));
    assert!(page(json!({ "max_results": 0 })).unwrap_err().ends_with("a positive integer"));
    assert!(page(json!({})).unwrap_err().contains("Invalid value 0"));
}
