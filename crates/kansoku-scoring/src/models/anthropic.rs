//! Anthropic's Messages. Structured output is the call of a tool that the model must make, which
//! every version of the models supports.
use serde_json::{Value, json};

use super::chat::{
    ANSWER_TOOL, ANSWER_TOOL_DESCRIPTION, ChatMessage, ChatRequest, ChatResponse, FinishReason,
    ToolCall, ToolChoice, count, object_or_empty, set_present, system_texts, take_tool_answer,
    text, turns, usage,
};
use super::error::ModelError;

pub(super) const VERSION: &str = "2023-06-01";
/// The interface requires a maximum; answers of judges are shorter.
const MAX_TOKENS_DEFAULT: u32 = 4_096;

pub(super) fn body(model: &str, request: &ChatRequest) -> Value {
    let max_tokens = request.params.max_tokens.unwrap_or(MAX_TOKENS_DEFAULT);
    let messages = turns(&request.messages, "assistant", "content", blocks);
    let system = system_texts(&request.messages).join("\n\n");
    let mut body = json!({
        "model": model, "max_tokens": max_tokens, "messages": messages,
    });
    let members = body.as_object_mut().expect("the value is an object");
    let tools = tools(request);
    let has_tools = !tools.is_empty();
    set_present(
        members,
        [
            ("system", (!system.is_empty()).then(|| Value::from(system))),
            ("tools", has_tools.then(|| Value::from(tools))),
            ("tool_choice", has_tools.then(|| tool_choice(request))),
            ("temperature", request.params.temperature.map(Value::from)),
            ("top_p", request.params.top_p.map(Value::from)),
        ],
    );
    body
}

fn blocks(message: &ChatMessage) -> Vec<Value> {
    match message {
        ChatMessage::System { content } | ChatMessage::User { content } => {
            vec![json!({"type": "text", "text": content})]
        }
        ChatMessage::Assistant { content, tool_calls } => {
            let said = (!content.is_empty()).then(|| json!({"type": "text", "text": content}));
            let calls = tool_calls.iter().map(|call| {
                let input = object_or_empty(&call.arguments);
                json!({"type": "tool_use", "id": call.id, "name": call.name, "input": input})
            });
            said.into_iter().chain(calls).collect()
        }
        ChatMessage::Tool { tool_call_id, content, .. } => {
            vec![json!({"type": "tool_result", "tool_use_id": tool_call_id, "content": content})]
        }
    }
}

fn tools(request: &ChatRequest) -> Vec<Value> {
    let tools = request.tools.iter().map(|tool| {
        json!({"name": tool.name, "description": tool.description, "input_schema": tool.parameters})
    });
    let answer = request.schema.as_ref().map(|it| {
        let description = ANSWER_TOOL_DESCRIPTION;
        json!({"name": ANSWER_TOOL, "description": description, "input_schema": it.schema})
    });
    tools.chain(answer).collect()
}

fn tool_choice(request: &ChatRequest) -> Value {
    let must_answer = request.tools.is_empty() || request.tool_choice == ToolChoice::None;
    match (&request.schema, must_answer) {
        (Some(_), true) => json!({"type": "tool", "name": ANSWER_TOOL}),
        (Some(_), false) => json!({"type": "any"}),
        (None, true) => json!({"type": "none"}),
        (None, false) => json!({"type": "auto"}),
    }
}

pub(super) fn read(response: &Value) -> Result<ChatResponse, ModelError> {
    let Some(blocks) = response.pointer("/content").and_then(Value::as_array) else {
        return Err(ModelError::Malformed("it has no content".to_owned()));
    };
    let reason = text(response, "/stop_reason");
    if reason == "refusal" {
        return Err(ModelError::Filtered("the model refused to answer".to_owned()));
    }
    let texts = blocks.iter().filter(|block| text(block, "/type") == "text");
    let said: String = texts.map(|block| text(block, "/text")).collect();
    let calls = blocks.iter().filter(|block| text(block, "/type") == "tool_use");
    let mut tool_calls: Vec<ToolCall> = calls
        .map(|block| ToolCall {
            id: text(block, "/id").to_owned(),
            name: text(block, "/name").to_owned(),
            arguments: block["input"].clone(),
            thought_signature: None,
        })
        .collect();
    let answer = take_tool_answer(&mut tool_calls);
    let finish_reason = FinishReason::new(reason == "max_tokens", &tool_calls);
    // Tokens of the cache are not part of the input tokens here, but they are with other providers.
    let (read, created) = (
        count(response, "/usage/cache_read_input_tokens"),
        count(response, "/usage/cache_creation_input_tokens"),
    );
    let input = count(response, "/usage/input_tokens").saturating_add(read).saturating_add(created);
    let mut usage = usage(input, count(response, "/usage/output_tokens"));
    usage.cache_read_input_tokens = (0 < read).then_some(read);
    usage.cache_creation_input_tokens = (0 < created).then_some(created);
    Ok(ChatResponse { text: answer.unwrap_or(said), tool_calls, usage, finish_reason })
}
