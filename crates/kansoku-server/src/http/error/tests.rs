use axum::body::to_bytes;
use kansoku_store::StoreError;

use super::*;

async fn shown(response: Response) -> String {
    let status = response.status();
    let body = to_bytes(response.into_body(), 10_000).await.unwrap();
    format!("{status} {}", String::from_utf8_lossy(&body))
}

#[tokio::test]
async fn an_internal_error_keeps_its_cause_to_itself() {
    let error = StoreError::backend("read the plans", "secret detail");
    insta::assert_snapshot!(
        shown(ApiError::from(error).into_response()).await,
        @r#"500 Internal Server Error {"error_code":"INTERNAL_ERROR","message":"internal error; the server's log says more"}"#
    );
}

#[tokio::test]
async fn a_panic_looks_like_any_internal_error() {
    for panic in [Box::new("a &str") as Box<dyn Any + Send>, Box::new("text".to_owned())] {
        let shown = shown(panicked(panic)).await;
        assert!(shown.starts_with("500 Internal Server Error {\"error_code\":"), "{shown}");
        assert!(!shown.contains("text") && !shown.contains("&str"), "{shown}");
    }
}

#[test]
fn a_busy_or_stopping_server_says_when_to_come_back() {
    for error in [StoreError::Overloaded, StoreError::Stopping] {
        let response = ApiError::from(error).into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    }
}
