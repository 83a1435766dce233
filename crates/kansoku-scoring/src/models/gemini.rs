//! Gemini's `generateContent`.
use serde_json::{Map, Value, json};

use super::chat::{
    ChatMessage, ChatRequest, ChatResponse, FinishReason, ToolCall, ToolChoice, count,
    object_or_empty, set_present, system_texts, text, turns, usage,
};
use super::error::ModelError;

pub(super) fn body(request: &ChatRequest) -> Value {
    let system = system_texts(&request.messages);
    let system: Vec<Value> = system.into_iter().map(|text| json!({"text": text})).collect();
    let mut body = json!({"contents": turns(&request.messages, "model", "parts", parts)});
    let members = body.as_object_mut().expect("the value is an object");
    let has_tools = !request.tools.is_empty();
    let declarations = request.tools.iter().map(|tool| {
        json!({"name": tool.name, "description": tool.description, "parameters": tool.parameters})
    });
    let declarations: Vec<Value> = declarations.collect();
    let mode = match request.tool_choice {
        ToolChoice::Auto => "AUTO",
        ToolChoice::None => "NONE",
    };
    set_present(
        members,
        [
            ("systemInstruction", (!system.is_empty()).then(|| json!({"parts": system}))),
            ("tools", has_tools.then(|| json!([{"functionDeclarations": declarations}]))),
            ("toolConfig", has_tools.then(|| json!({"functionCallingConfig": {"mode": mode}}))),
            ("generationConfig", generation_config(request)),
        ],
    );
    body
}

/// The schema is left out if there are tools: most models reject both together.
fn generation_config(request: &ChatRequest) -> Option<Value> {
    let schema = request.schema.as_ref().filter(|_| request.tools.is_empty());
    let mut config = Map::new();
    set_present(
        &mut config,
        [
            ("responseMimeType", schema.map(|_| json!("application/json"))),
            ("responseJsonSchema", schema.map(|it| it.schema.clone())),
            ("temperature", request.params.temperature.map(Value::from)),
            ("topP", request.params.top_p.map(Value::from)),
            ("maxOutputTokens", request.params.max_tokens.map(Value::from)),
            ("seed", request.params.seed.map(Value::from)),
        ],
    );
    (!config.is_empty()).then_some(Value::Object(config))
}

fn parts(message: &ChatMessage) -> Vec<Value> {
    match message {
        ChatMessage::System { content } | ChatMessage::User { content } => {
            vec![json!({"text": content})]
        }
        ChatMessage::Assistant { content, tool_calls } => {
            let said = (!content.is_empty()).then(|| json!({"text": content}));
            said.into_iter().chain(tool_calls.iter().map(call_part)).collect()
        }
        ChatMessage::Tool { name, content, .. } => {
            let response = json!({"name": name, "response": {"result": content}});
            vec![json!({"functionResponse": response})]
        }
    }
}

fn call_part(call: &ToolCall) -> Value {
    let args = object_or_empty(&call.arguments);
    let mut part = json!({"functionCall": {"name": call.name, "args": args}});
    if let Some(signature) = &call.thought_signature {
        part["thoughtSignature"] = Value::String(signature.clone());
    }
    part
}

pub(super) fn read(response: &Value) -> Result<ChatResponse, ModelError> {
    let blocked = text(response, "/promptFeedback/blockReason");
    if !blocked.is_empty() {
        return Err(ModelError::Filtered(format!("the prompt is blocked ({blocked:.40})")));
    }
    let Some(candidate) = response.pointer("/candidates/0") else {
        return Err(ModelError::Malformed("it has no candidates".to_owned()));
    };
    let reason = text(candidate, "/finishReason");
    if matches!(reason, "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII") {
        return Err(ModelError::Filtered(format!("the answer is blocked ({reason})")));
    }
    let parts = candidate.pointer("/content/parts").and_then(Value::as_array);
    let parts = parts.map(Vec::as_slice).unwrap_or_default();
    let spoken = parts.iter().filter(|part| part["thought"] != true);
    let said: String = spoken.map(|part| text(part, "/text")).collect();
    let calls = parts.iter().filter(|part| part["functionCall"].is_object()).enumerate();
    let tool_calls: Vec<ToolCall> = calls.map(|(index, part)| tool_call(index, part)).collect();
    let finish_reason = FinishReason::new(reason == "MAX_TOKENS", &tool_calls);
    let thoughts = count(response, "/usageMetadata/thoughtsTokenCount");
    let output = count(response, "/usageMetadata/candidatesTokenCount").saturating_add(thoughts);
    let mut usage = usage(count(response, "/usageMetadata/promptTokenCount"), output);
    usage.reasoning_output_tokens = (0 < thoughts).then_some(thoughts);
    Ok(ChatResponse { text: said, tool_calls, usage, finish_reason })
}

/// Calls have no id here; results are assigned by name and order.
fn tool_call(index: usize, part: &Value) -> ToolCall {
    let signature = part["thoughtSignature"].as_str();
    ToolCall {
        id: format!("call-{index}"),
        name: text(part, "/functionCall/name").to_owned(),
        arguments: part["functionCall"]["args"].clone(),
        thought_signature: signature.map(str::to_owned),
    }
}
