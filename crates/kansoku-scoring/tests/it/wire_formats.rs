//! One request and one response in each wire format.
use kansoku_scoring::models::{
    ChatMessage, ChatRequest, EndpointSettings, FinishReason, InferenceParams, ModelError,
    Provider, ResponseSchema, Tool, ToolCall, ToolChoice,
};
use serde_json::{Value, json};

use crate::model_server::{KEY, ModelServer, Reply, Request, client};

/// A conversation with a call of a tool that is answered.
fn request() -> ChatRequest {
    let call = ToolCall {
        id: "call-0".to_owned(),
        name: "list_spans".to_owned(),
        arguments: json!({"offset": 1}),
        thought_signature: Some("signed".to_owned()),
    };
    ChatRequest {
        messages: vec![
            ChatMessage::system("Judge."),
            ChatMessage::user("Material."),
            ChatMessage::Assistant { content: String::new(), tool_calls: vec![call] },
            ChatMessage::Tool {
                tool_call_id: "call-0".to_owned(),
                name: "list_spans".to_owned(),
                content: "[]".to_owned(),
            },
        ],
        tools: Vec::new(),
        tool_choice: ToolChoice::Auto,
        schema: Some(ResponseSchema { schema: json!({"type": "object"}), is_closed: true }),
        params: InferenceParams {
            temperature: Some(0.5),
            top_p: None,
            max_tokens: Some(100),
            seed: Some(7),
        },
    }
}

fn tool() -> Tool {
    Tool { name: "list_spans", description: "Lists.", parameters: json!({"type": "object"}) }
}

async fn exchange(
    request: &ChatRequest,
    provider: Provider,
    edit: impl Fn(EndpointSettings) -> EndpointSettings,
    response: Value,
) -> (Request, Result<kansoku_scoring::models::ChatResponse, ModelError>) {
    let server = ModelServer::start(move |_| Reply::Json(response.clone())).await;
    let response = client(edit(server.settings(provider))).complete(request).await;
    (server.only_request(), response)
}

fn openai_response() -> Value {
    json!({
        "choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 4,
                  "completion_tokens_details": {"reasoning_tokens": 3}},
    })
}

#[tokio::test]
async fn openai_gets_a_strict_schema_and_calls_with_ids() {
    let (sent, response) = exchange(&request(), Provider::OpenAi, |it| it, openai_response()).await;
    assert_eq!(sent.path, "/chat/completions");
    assert_eq!(sent.headers["authorization"], format!("Bearer {KEY}"));
    let expected = json!({
        "model": "judge-1",
        "messages": [
            {"role": "system", "content": "Judge."},
            {"role": "user", "content": "Material."},
            {"role": "assistant", "content": "", "tool_calls": [{
                "id": "call-0", "type": "function",
                "function": {"name": "list_spans", "arguments": "{\"offset\":1}"},
            }]},
            {"role": "tool", "tool_call_id": "call-0", "content": "[]"},
        ],
        "response_format": {"type": "json_schema", "json_schema": {
            "name": "judgement", "schema": {"type": "object"}, "strict": true,
        }},
        "temperature": 0.5, "max_completion_tokens": 100, "seed": 7,
    });
    assert_eq!(sent.body, expected);
    let response = response.unwrap();
    assert_eq!((response.text.as_str(), response.finish_reason), ("{}", FinishReason::Stop));
    let usage = response.usage;
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.total_tokens), (9, 4, 13));
    assert_eq!(usage.reasoning_output_tokens, Some(3));
}

#[tokio::test]
async fn compatible_servers_have_their_own_paths_and_headers() {
    for (provider, version, path, header) in [
        (Provider::OpenAiCompatible, None, "/chat/completions", "authorization"),
        (Provider::Ollama, None, "/chat/completions", "authorization"),
        (Provider::Databricks, None, "/serving-endpoints/chat/completions", "authorization"),
        (Provider::Azure, None, "/openai/v1/chat/completions", "api-key"),
        (
            Provider::Azure,
            Some("2024-10-21"),
            "/openai/deployments/judge-1/chat/completions?api-version=2024-10-21",
            "api-key",
        ),
    ] {
        let edit = |it| EndpointSettings { api_version: version.map(str::to_owned), ..it };
        let (sent, _) = exchange(&request(), provider, edit, openai_response()).await;
        assert_eq!(sent.path, path, "{provider:?}");
        assert!(sent.headers[header].ends_with(KEY), "{provider:?}");
        let max_tokens = match provider {
            Provider::Azure => "max_completion_tokens",
            _ => "max_tokens",
        };
        assert_eq!(sent.body[max_tokens], 100, "{provider:?}");
    }
}

#[tokio::test]
async fn openai_tools_are_called_unless_the_judge_must_answer() {
    let response = json!({"choices": [{"finish_reason": "tool_calls", "message": {
        "content": [{"type": "text", "text": "Let me "}, {"type": "text", "text": "see"}],
        "tool_calls": [
            {"id": "a", "function": {"name": "get_span", "arguments": "{\"span_id\":\"1\"}"}},
            {"id": "b", "function": {"name": "get_span", "arguments": "{broken"}},
        ],
    }}]});
    let request = ChatRequest { tools: vec![tool()], ..request() };
    let (sent, read) = exchange(&request, Provider::OpenAi, |it| it, response).await;
    assert_eq!(
        (&sent.body["tool_choice"], sent.body["tools"][0]["type"].as_str()),
        (&json!("auto"), Some("function"))
    );
    let read = read.unwrap();
    assert_eq!((read.text.as_str(), read.finish_reason), ("Let me see", FinishReason::ToolCalls));
    assert_eq!(read.tool_calls[0].arguments, json!({"span_id": "1"}));
    assert_eq!(read.tool_calls[1].arguments, json!("{broken"));
    let request = ChatRequest { tool_choice: ToolChoice::None, ..request };
    let (sent, _) = exchange(&request, Provider::OpenAi, |it| it, openai_response()).await;
    assert_eq!(sent.body["tool_choice"], "none");
}

#[tokio::test]
async fn anthropic_answers_by_a_tool() {
    let response = json!({
        "content": [{"type": "text", "text": "Well."},
                    {"type": "tool_use", "id": "x", "name": "give_answer", "input": {"result": "yes"}}],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 5, "cache_read_input_tokens": 2, "output_tokens": 3},
    });
    let (sent, read) = exchange(&request(), Provider::Anthropic, |it| it, response).await;
    assert_eq!((sent.path.as_str(), sent.headers["x-api-key"].as_str()), ("/messages", KEY));
    assert_eq!(sent.headers["anthropic-version"], "2023-06-01");
    let expected = json!({
        "model": "judge-1", "max_tokens": 100,
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Material."}]},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "call-0", "name": "list_spans", "input": {"offset": 1}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "call-0", "content": "[]"},
            ]},
        ],
        "system": "Judge.",
        "tools": [{"name": "give_answer", "description": "Gives the final answer.",
                   "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "tool", "name": "give_answer"},
        "temperature": 0.5,
    });
    assert_eq!(sent.body, expected);
    let read = read.unwrap();
    assert_eq!((read.text.as_str(), read.tool_calls.len()), (r#"{"result":"yes"}"#, 0));
    assert_eq!((read.usage.input_tokens, read.usage.cache_read_input_tokens), (7, Some(2)));
}

#[tokio::test]
async fn anthropic_may_call_tools_before_it_answers() {
    let response = json!({
        "content": [{"type": "tool_use", "id": "x", "name": "list_spans", "input": {}}],
        "stop_reason": "tool_use",
    });
    let request = ChatRequest { tools: vec![tool()], ..request() };
    let (sent, read) = exchange(&request, Provider::Anthropic, |it| it, response).await;
    assert_eq!(sent.body["tool_choice"], json!({"type": "any"}));
    assert_eq!(sent.body["tools"].as_array().unwrap().len(), 2);
    assert_eq!(read.unwrap().tool_calls[0].name, "list_spans");
}

#[tokio::test]
async fn gemini_gets_a_schema_and_its_signatures_back() {
    let response = json!({
        "candidates": [{"finishReason": "STOP", "content": {"parts": [
            {"text": "thinking", "thought": true}, {"text": "{}"},
            {"functionCall": {"name": "list_spans", "args": {}}, "thoughtSignature": "again"},
        ]}}],
        "usageMetadata": {"promptTokenCount": 8, "candidatesTokenCount": 2, "thoughtsTokenCount": 4},
    });
    let (sent, read) = exchange(&request(), Provider::Gemini, |it| it, response).await;
    assert_eq!(sent.path, "/models/judge-1:generateContent");
    assert_eq!(sent.headers["x-goog-api-key"], KEY);
    let expected = json!({
        "contents": [
            {"role": "user", "parts": [{"text": "Material."}]},
            {"role": "model", "parts": [
                {"functionCall": {"name": "list_spans", "args": {"offset": 1}}, "thoughtSignature": "signed"},
            ]},
            {"role": "user", "parts": [
                {"functionResponse": {"name": "list_spans", "response": {"result": "[]"}}},
            ]},
        ],
        "systemInstruction": {"parts": [{"text": "Judge."}]},
        "generationConfig": {
            "responseMimeType": "application/json", "responseJsonSchema": {"type": "object"},
            "temperature": 0.5, "maxOutputTokens": 100, "seed": 7,
        },
    });
    assert_eq!(sent.body, expected);
    let read = read.unwrap();
    assert_eq!(read.text, "{}");
    assert_eq!(read.tool_calls[0].thought_signature.as_deref(), Some("again"));
    assert_eq!((read.usage.input_tokens, read.usage.output_tokens), (8, 6));
    let request = ChatRequest { tools: vec![tool()], ..request() };
    let response = json!({"candidates": [{"content": {"parts": [{"text": "{}"}]}}]});
    let (sent, _) = exchange(&request, Provider::Gemini, |it| it, response).await;
    assert_eq!(sent.body["generationConfig"].get("responseMimeType"), None);
    assert_eq!(sent.body["toolConfig"]["functionCallingConfig"]["mode"], "AUTO");
}

#[tokio::test]
async fn bedrock_answers_by_a_tool() {
    let response = json!({
        "output": {"message": {"role": "assistant", "content": [
            {"toolUse": {"toolUseId": "x", "name": "give_answer", "input": {"result": "no"}}},
        ]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 6, "outputTokens": 1, "totalTokens": 7},
    });
    let edit = |it| EndpointSettings { model: "arn:aws:x/claude-v1:0".to_owned(), ..it };
    let (sent, read) = exchange(&request(), Provider::Bedrock, edit, response).await;
    assert_eq!(sent.path, "/model/arn:aws:x%2Fclaude-v1:0/converse");
    assert_eq!(sent.headers["authorization"], format!("Bearer {KEY}"));
    let expected = json!({
        "messages": [
            {"role": "user", "content": [{"text": "Material."}]},
            {"role": "assistant", "content": [
                {"toolUse": {"toolUseId": "call-0", "name": "list_spans", "input": {"offset": 1}}},
            ]},
            {"role": "user", "content": [
                {"toolResult": {"toolUseId": "call-0", "content": [{"text": "[]"}]}},
            ]},
        ],
        "system": [{"text": "Judge."}],
        "inferenceConfig": {"maxTokens": 100, "temperature": 0.5},
        "toolConfig": {
            "tools": [{"toolSpec": {"name": "give_answer", "description": "Gives the final answer.",
                                    "inputSchema": {"json": {"type": "object"}}}}],
            "toolChoice": {"tool": {"name": "give_answer"}},
        },
    });
    assert_eq!(sent.body, expected);
    let read = read.unwrap();
    assert_eq!((read.text.as_str(), read.usage.total_tokens), (r#"{"result":"no"}"#, 7));
}

#[tokio::test]
async fn what_the_content_filter_refuses_is_not_an_answer() {
    for (provider, response) in [
        (
            Provider::OpenAi,
            json!({"choices": [{"finish_reason": "content_filter", "message": {}}]}),
        ),
        (Provider::OpenAi, json!({"choices": [{"message": {"refusal": "I cannot"}}]})),
        (Provider::Anthropic, json!({"content": [], "stop_reason": "refusal"})),
        (Provider::Gemini, json!({"promptFeedback": {"blockReason": "SAFETY"}})),
        (Provider::Gemini, json!({"candidates": [{"finishReason": "PROHIBITED_CONTENT"}]})),
        (
            Provider::Bedrock,
            json!({"output": {"message": {"content": []}}, "stopReason": "guardrail_intervened"}),
        ),
    ] {
        let (_, read) = exchange(&request(), provider, |it| it, response).await;
        let error = read.unwrap_err();
        assert!(matches!(error, ModelError::Filtered(_)), "{provider:?}: {error}");
        assert!(!error.is_worth_retrying());
    }
}

#[tokio::test]
async fn responses_without_their_main_part_are_malformed() {
    let providers = [Provider::OpenAi, Provider::Anthropic, Provider::Gemini, Provider::Bedrock];
    let nothing = [json!(null), json!({}), json!([1]), json!({"choices": [], "candidates": []})];
    for (provider, response) in
        providers.iter().flat_map(|it| nothing.iter().map(move |no| (it, no)))
    {
        let (_, read) = exchange(&request(), *provider, |it| it, response.clone()).await;
        assert!(matches!(read, Err(ModelError::Malformed(_))), "{provider:?} {response}: {read:?}");
    }
}
