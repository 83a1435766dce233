//! The errors of a client whose server fails.
use std::time::Duration;

use kansoku_scoring::models::{
    ChatMessage, ChatRequest, EndpointSettings, ModelError, Provider, ResponseSchema,
};
use serde_json::json;

use crate::model_server::{KEY, ModelServer, Reply, client, text_reply};

fn request() -> ChatRequest {
    ChatRequest { messages: vec![ChatMessage::user("Material.")], ..ChatRequest::default() }
}

async fn failure(reply: Reply) -> ModelError {
    let server = ModelServer::start(move |_| reply.clone()).await;
    let error = server.client().complete(&request()).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains(KEY), "{error:?}");
    assert!(error.to_string().chars().count() < 700, "{error}");
    error
}

fn status(status: u16, headers: &str, body: &str) -> Reply {
    Reply::Status(status, headers.to_owned(), body.to_owned())
}

#[tokio::test]
async fn a_rate_limit_says_how_long_to_wait() {
    let body = r#"{"error": {"message": "slow down"}}"#;
    let error = failure(status(429, "retry-after: 7\r\n", body)).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(error.to_string(), "the rate limit of the model is reached: slow down");
    let error = failure(status(529, "", "")).await;
    assert!(matches!(error, ModelError::Overloaded { status: 529, retry_after: None, .. }));
}

#[tokio::test]
async fn the_key_is_in_no_error_even_if_the_server_repeats_it() {
    for code in [302, 400, 401, 403, 404, 429, 500, 503] {
        let long =
            format!("{{\"error\": {{\"message\": \"{KEY} is wrong {}\"}}}}", "x".repeat(10_000));
        failure(status(code, "", &long)).await;
        failure(status(code, "", &format!("<html>{KEY}"))).await;
    }
    let error = failure(status(200, "", &format!("not JSON but {KEY}"))).await;
    assert!(error.to_string().contains("[key]"), "{error}");
    let client = client(EndpointSettings::for_model(Provider::OpenAi, "m"));
    assert!(!format!("{client:?}").contains(KEY));
}

#[tokio::test]
async fn wrong_keys_and_requests_are_not_worth_retrying() {
    let error = failure(status(401, "", "{}")).await;
    assert!(matches!(error, ModelError::Unauthorized { status: 401, .. }), "{error}");
    let error = failure(status(404, "", r#"{"error": {"message": "no such model"}}"#)).await;
    assert_eq!(
        error.to_string(),
        "the provider rejects the request with status 404: no such model"
    );
    let filtered = r#"{"error": {"code": "content_filter", "message": "policy"}}"#;
    assert!(matches!(failure(status(400, "", filtered)).await, ModelError::Filtered(_)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let error = failure(status(307, "location: http://127.0.0.1:1/x\r\n", "")).await;
    assert!(matches!(error, ModelError::BadRequest { status: 307, .. }), "{error}");
}

#[tokio::test]
async fn garbage_and_half_responses_are_malformed() {
    for reply in [
        status(200, "", ""),
        status(200, "", "<html>ok</html>"),
        status(200, "", "\u{0}\u{1}"),
        Reply::Half(r#"{"choices": [{"message": {"content": "{"#.to_owned()),
    ] {
        let error = failure(reply).await;
        assert!(matches!(error, ModelError::Malformed(_)), "{error:?}");
        assert!(error.is_worth_retrying());
    }
}

#[tokio::test]
async fn a_response_has_a_maximum() {
    let text = |bytes: usize| {
        let body = |filling: usize| {
            let content = "x".repeat(filling);
            json!({"choices": [{"message": {"content": content}}]}).to_string()
        };
        status(200, "", &body(bytes - body(0).len()))
    };
    let reply = text(4 << 20);
    let server = ModelServer::start(move |_| reply.clone()).await;
    assert!(server.client().complete(&request()).await.is_ok());
    let error = failure(text((4 << 20) + 1)).await;
    assert_eq!(
        error.to_string(),
        "the response of the model cannot be used: it is longer than 4 MiB"
    );
}

#[tokio::test]
async fn a_model_that_hangs_is_given_up() {
    let server = ModelServer::start(|_| Reply::Hang).await;
    let settings = EndpointSettings { timeout_s: 1, ..server.settings(Provider::OpenAiCompatible) };
    let error = client(settings).complete(&request()).await.unwrap_err();
    assert_eq!(error, ModelError::Timeout(Duration::from_secs(1)));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    // The port is free again when the listener is dropped.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = Some(format!("http://{}", listener.local_addr().unwrap()));
    drop(listener);
    let settings =
        EndpointSettings { base_url, ..EndpointSettings::for_model(Provider::Ollama, "m") };
    let error = client(settings).complete(&request()).await.unwrap_err();
    assert!(matches!(error, ModelError::Unreachable(_)), "{error:?}");
    assert!(error.is_worth_retrying());
}

#[tokio::test]
async fn a_server_without_structured_output_is_asked_once_for_it() {
    let server = ModelServer::start(|request| match request.body.get("response_format") {
        Some(_) => status(400, "", r#"{"error": "unknown parameter response_format"}"#),
        None => text_reply("{}"),
    })
    .await;
    let client = server.client();
    let schema = Some(ResponseSchema { schema: json!({"type": "object"}), is_closed: true });
    let request = ChatRequest { schema, ..request() };
    for _ in 0..2 {
        assert_eq!(client.complete(&request).await.unwrap().text, "{}");
    }
    let asked = server.requests().into_iter().map(|it| it.body.get("response_format").is_some());
    assert_eq!(asked.collect::<Vec<_>>(), [true, false, false]);
}
