//! Normalized spans, as screens read them.
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::test_server::TestServer;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn number(key: &str, value: i64) -> Value {
    json!({ "key": key, "value": { "intValue": value.to_string() } })
}

/// Stores a span of one second with these attributes, and returns its normalized form.
async fn normalized(attributes: Vec<Value>) -> Value {
    let server = TestServer::start();
    let sent = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": TRACE, "spanId": SPAN, "name": "chat", "attributes": attributes,
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000",
    }] }] }] });
    server.post("/v1/traces", sent).await;
    let path = format!("/api/3.0/kansoku/traces/tr-{TRACE}/spans/{SPAN}");
    server.get(&path).await.json()["normalized"].clone()
}

#[tokio::test]
async fn a_chat_is_the_same_whoever_wrote_it() {
    let openinference = normalized(vec![
        text("openinference.span.kind", "LLM"),
        text("llm.model_name", "claude-sonnet-4-5"),
        number("llm.token_count.prompt", 12),
        number("llm.token_count.completion", 3),
        text("llm.input_messages.0.message.role", "user"),
        text("llm.input_messages.0.message.content", "Weather?"),
        text("llm.output_messages.0.message.role", "assistant"),
        text("llm.output_messages.0.message.tool_calls.0.tool_call.id", "call-1"),
        text("llm.output_messages.0.message.tool_calls.0.tool_call.function.name", "weather"),
        text(
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments",
            r#"{"city": "Kyoto"}"#,
        ),
    ]);
    let genai = normalized(vec![
        text("gen_ai.operation.name", "generate_content"),
        text("gen_ai.request.model", "claude-sonnet-4-5"),
        number("gen_ai.usage.input_tokens", 12),
        number("gen_ai.usage.output_tokens", 3),
        text(
            "gen_ai.input.messages",
            r#"[{"role": "user", "parts": [{"type": "text", "content": "Weather?"}]}]"#,
        ),
        text(
            "gen_ai.output.messages",
            r#"[{"role": "assistant", "parts": [{"type": "tool_call", "id": "call-1",
                "name": "weather", "arguments": {"city": "Kyoto"}}]}]"#,
        ),
    ]);
    let (openinference, genai) = (openinference.await, genai.await);
    for field in ["span_type", "model", "messages", "tool_calls", "usage"] {
        assert_eq!(openinference[field], genai[field], "{field}");
    }
    assert_json_snapshot!(genai["messages"]);
}

#[tokio::test]
async fn documents_come_with_their_scores() {
    let normalized = normalized(vec![
        text("openinference.span.kind", "RETRIEVER"),
        text("retrieval.documents.0.document.id", "note-1"),
        text("retrieval.documents.0.document.content", "Kyoto is dry in November."),
        json!({ "key": "retrieval.documents.0.document.score", "value": { "doubleValue": 0.5 } }),
    ]);
    assert_json_snapshot!(normalized.await["documents"], @r#"
    [
      {
        "id": "note-1",
        "text": "Kyoto is dry in November.",
        "score": 0.5,
        "metadata": null
      }
    ]
    "#);
}

#[tokio::test]
async fn a_span_without_attributes_has_an_empty_normalized_form() {
    let normalized = normalized(Vec::new()).await;
    assert_eq!(normalized["messages"], json!([]));
    assert_eq!(normalized["usage"], Value::Null);
}
