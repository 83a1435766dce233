use serde_json::json;

use super::*;

fn page(fields: Value) -> Result<Page, String> {
    let Value::Object(values) = fields else { panic!("fields are an object") };
    Page::from_fields(&Fields::new(values), 0, 50_000).map_err(|error| error.to_string())
}

#[test]
fn a_token_leads_to_the_page_after_its_own() {
    let first = page(json!({ "max_results": 2 })).unwrap();
    let second = page(json!({ "max_results": 3, "page_token": first.next_token(2) })).unwrap();
    assert_eq!((second.offset, second.max_results), (2, 3));
}

#[test]
fn a_token_of_another_list_is_refused() {
    let asked = json!({ "max_results": 2, "filter": "a = 1", "order_by": ["x"], "view": null });
    let token = page(asked).unwrap().next_token(2);
    let again = |fields: Value| {
        let Value::Object(mut fields) = fields else { panic!("fields are an object") };
        fields.insert("max_results".into(), json!(2));
        fields.insert("page_token".into(), json!(token));
        page(Value::Object(fields))
    };
    assert_eq!(again(json!({ "order_by": ["x"], "filter": "a = 1" })).unwrap().offset, 2);
    for other in [
        json!({ "filter": "a = 2", "order_by": ["x"] }),
        json!({ "filter": "a = 1", "order_by": ["y"] }),
        json!({ "filter": "a = 1", "order_by": ["x"], "experiment_ids": ["1"] }),
        json!({}),
    ] {
        assert!(again(other).unwrap_err().starts_with("Invalid page token: it is of another list"));
    }
    // A token in the form of earlier versions, which did not contain a digest.
    let old = json!({ "max_results": 2, "page_token": "eyJvZmZzZXQiOiAyfQ==" });
    assert!(page(old).unwrap_err().starts_with("Invalid page token"));
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
