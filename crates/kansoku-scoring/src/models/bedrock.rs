//! Bedrock's Converse, with a key of the API as bearer token. Structured output is the call of a
//! tool that the model must make.
use serde_json::{Map, Value, json};

use super::chat::{
    ANSWER_TOOL, ANSWER_TOOL_DESCRIPTION, ChatMessage, ChatRequest, ChatResponse, FinishReason,
    ToolCall, ToolChoice, count, object_or_empty, set_present, system_texts, take_tool_answer,
    text, turns, usage,
};
use super::error::ModelError;

pub(super) fn body(request: &ChatRequest) -> Value {
    let system = system_texts(&request.messages);
    let system: Vec<Value> = system.into_iter().map(|text| json!({"text": text})).collect();
    let mut config = Map::new();
    set_present(
        &mut config,
        [
            ("maxTokens", request.params.max_tokens.map(Value::from)),
            ("temperature", request.params.temperature.map(Value::from)),
            ("topP", request.params.top_p.map(Value::from)),
        ],
    );
    let mut body = json!({"messages": turns(&request.messages, "assistant", "content", blocks)});
    let members = body.as_object_mut().expect("the value is an object");
    set_present(
        members,
        [
            ("system", (!system.is_empty()).then(|| json!(system))),
            ("inferenceConfig", (!config.is_empty()).then(|| json!(config))),
            ("toolConfig", tool_config(request)),
        ],
    );
    body
}

fn blocks(message: &ChatMessage) -> Vec<Value> {
    match message {
        ChatMessage::System { content } | ChatMessage::User { content } => {
            vec![json!({"text": content})]
        }
        ChatMessage::Assistant { content, tool_calls } => {
            let said = (!content.is_empty()).then(|| json!({"text": content}));
            let calls = tool_calls.iter().map(|call| {
                let input = object_or_empty(&call.arguments);
                let call = json!({"toolUseId": call.id, "name": call.name, "input": input});
                json!({"toolUse": call})
            });
            said.into_iter().chain(calls).collect()
        }
        ChatMessage::Tool { tool_call_id, content, .. } => {
            let result = json!({"toolUseId": tool_call_id, "content": [{"text": content}]});
            vec![json!({"toolResult": result})]
        }
    }
}

fn tool_config(request: &ChatRequest) -> Option<Value> {
    let spec = |name: &str, description: &str, schema: &Value| {
        let input = json!({"json": schema});
        json!({"toolSpec": {"name": name, "description": description, "inputSchema": input}})
    };
    let tools = request.tools.iter().map(|it| spec(it.name, it.description, &it.parameters));
    let answer = request.schema.as_ref();
    let answer = answer.map(|it| spec(ANSWER_TOOL, ANSWER_TOOL_DESCRIPTION, &it.schema));
    let tools: Vec<Value> = tools.chain(answer).collect();
    if tools.is_empty() {
        return None;
    }
    let must_answer = request.tools.is_empty() || request.tool_choice == ToolChoice::None;
    // There is no choice by which a model must not call tools.
    let choice = match (&request.schema, must_answer) {
        (Some(_), true) => json!({"tool": {"name": ANSWER_TOOL}}),
        (Some(_), false) => json!({"any": {}}),
        (None, _) => json!({"auto": {}}),
    };
    Some(json!({"tools": tools, "toolChoice": choice}))
}

pub(super) fn read(response: &Value) -> Result<ChatResponse, ModelError> {
    let blocks = response.pointer("/output/message/content").and_then(Value::as_array);
    let Some(blocks) = blocks else {
        return Err(ModelError::Malformed("it has no message".to_owned()));
    };
    let reason = text(response, "/stopReason");
    if matches!(reason, "guardrail_intervened" | "content_filtered") {
        return Err(ModelError::Filtered(format!("the answer is blocked ({reason})")));
    }
    let said: String = blocks.iter().map(|block| text(block, "/text")).collect();
    let calls = blocks.iter().filter_map(|block| block.get("toolUse"));
    let mut tool_calls: Vec<ToolCall> = calls
        .map(|call| ToolCall {
            id: text(call, "/toolUseId").to_owned(),
            name: text(call, "/name").to_owned(),
            arguments: call["input"].clone(),
            thought_signature: None,
        })
        .collect();
    let answer = take_tool_answer(&mut tool_calls);
    let finish_reason = FinishReason::new(reason == "max_tokens", &tool_calls);
    let usage =
        usage(count(response, "/usage/inputTokens"), count(response, "/usage/outputTokens"));
    Ok(ChatResponse { text: answer.unwrap_or(said), tool_calls, usage, finish_reason })
}
