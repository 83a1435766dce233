//! OpenAI's chat completions, which most servers understand.
use serde_json::{Value, json};

use super::chat::{
    ChatMessage, ChatRequest, ChatResponse, FinishReason, ToolCall, ToolChoice, count, set_present,
    text, usage,
};
use super::error::ModelError;
use super::provider::Provider;
use super::response_error::bound_text;

pub(super) fn body(provider: Provider, model: &str, request: &ChatRequest) -> Value {
    let messages: Vec<Value> = request.messages.iter().map(message).collect();
    let mut body = json!({"model": model, "messages": messages});
    let members = body.as_object_mut().expect("the value is an object");
    // OpenAI's newer models reject the older name, and other servers do not know the newer one.
    let max_tokens = match provider {
        Provider::OpenAi | Provider::Azure => "max_completion_tokens",
        _ => "max_tokens",
    };
    let params = request.params;
    let schema = request.schema.as_ref().map(|it| {
        let schema = json!({"name": "judgement", "schema": it.schema, "strict": it.is_closed});
        json!({"type": "json_schema", "json_schema": schema})
    });
    let tools: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            let function = json!({
                "name": tool.name, "description": tool.description, "parameters": tool.parameters,
            });
            json!({"type": "function", "function": function})
        })
        .collect();
    let tool_choice = match request.tool_choice {
        ToolChoice::Auto => "auto",
        ToolChoice::None => "none",
    };
    let with_tools = |value: Value| (!tools.is_empty()).then_some(value);
    set_present(
        members,
        [
            ("tool_choice", with_tools(json!(tool_choice))),
            ("tools", with_tools(json!(tools))),
            ("response_format", schema),
            ("temperature", params.temperature.map(Value::from)),
            ("top_p", params.top_p.map(Value::from)),
            (max_tokens, params.max_tokens.map(Value::from)),
            ("seed", params.seed.map(Value::from)),
        ],
    );
    body
}

fn message(message: &ChatMessage) -> Value {
    match message {
        ChatMessage::System { content } => json!({"role": "system", "content": content}),
        ChatMessage::User { content } => json!({"role": "user", "content": content}),
        ChatMessage::Assistant { content, tool_calls } if tool_calls.is_empty() => {
            json!({"role": "assistant", "content": content})
        }
        ChatMessage::Assistant { content, tool_calls } => {
            let calls = tool_calls.iter().map(|call| {
                let arguments = call.arguments.to_string();
                let function = json!({"name": call.name, "arguments": arguments});
                json!({"id": call.id, "type": "function", "function": function})
            });
            let calls: Vec<Value> = calls.collect();
            json!({"role": "assistant", "content": content, "tool_calls": calls})
        }
        ChatMessage::Tool { tool_call_id, content, .. } => {
            json!({"role": "tool", "tool_call_id": tool_call_id, "content": content})
        }
    }
}

pub(super) fn read(response: &Value) -> Result<ChatResponse, ModelError> {
    let Some(choice) = response.pointer("/choices/0") else {
        // Some routers answer 200 with an error in it.
        let said = bound_text(text(response, "/error/message"), None);
        return Err(ModelError::Malformed(format!("it has no choices. {said}")));
    };
    let reason = text(choice, "/finish_reason");
    let refusal = text(choice, "/message/refusal");
    if reason == "content_filter" || !refusal.is_empty() {
        return Err(ModelError::Filtered(bound_text(refusal, None)));
    }
    let calls = choice.pointer("/message/tool_calls").and_then(Value::as_array);
    let tool_calls: Vec<ToolCall> = calls.into_iter().flatten().map(tool_call).collect();
    let finish_reason = FinishReason::new(reason == "length", &tool_calls);
    let mut usage =
        usage(count(response, "/usage/prompt_tokens"), count(response, "/usage/completion_tokens"));
    let reasoning = response.pointer("/usage/completion_tokens_details/reasoning_tokens");
    usage.reasoning_output_tokens = reasoning.and_then(Value::as_u64);
    let cached = response.pointer("/usage/prompt_tokens_details/cached_tokens");
    usage.cache_read_input_tokens = cached.and_then(Value::as_u64);
    Ok(ChatResponse {
        text: content(&choice["message"]["content"]),
        tool_calls,
        usage,
        finish_reason,
    })
}

/// The text, which some servers divide into parts.
fn content(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(|part| text(part, "/text")).collect(),
        _ => String::new(),
    }
}

fn tool_call(call: &Value) -> ToolCall {
    let arguments = match &call["function"]["arguments"] {
        Value::String(text) => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()))
        }
        other => other.clone(),
    };
    let (id, name) = (text(call, "/id").to_owned(), text(call, "/function/name").to_owned());
    ToolCall { id, name, arguments, thought_signature: None }
}
