//! Tools: their definitions in the forms of all providers, and their calls.
use serde_json::Value;

use super::normalized_span::{NormalizedSpan, Part, Side, ToolCall, ToolDefinition, first_answer};
use super::span_attributes::{SemanticField, SpanAttributes};
use super::{messages, parts, tree};
use crate::value::plain_text;

/// The tools that the model could call.
pub(super) fn definitions(
    attributes: &SpanAttributes<'_>,
    inputs: Option<&Value>,
) -> Vec<ToolDefinition> {
    let said = first_answer(
        attributes,
        |conventions| conventions.tools,
        |find| find(attributes).as_ref().map(definitions_in).unwrap_or_default(),
    );
    if !said.is_empty() {
        return said;
    }
    if let Some(tools) = attributes.get(SemanticField::Tools) {
        return definitions_in(&tree::json(tools));
    }
    let config = || inputs?.get("config")?.get("tools");
    let tools = inputs.and_then(|inputs| inputs.get("tools")).or_else(config);
    tools.map(definitions_in).unwrap_or_default()
}

/// Reads definitions in the forms of OpenAI, Anthropic, Gemini, Bedrock, OpenInference or Pydantic
/// AI.
pub(super) fn definitions_in(tools: &Value) -> Vec<ToolDefinition> {
    let tools = parts::decoded(tools);
    let list: Vec<&Value> = match &*tools {
        Value::Array(tools) => tools.iter().collect(),
        Value::Object(object) => {
            let lists = ["function_tools", "output_tools", "function_declarations", "tools"];
            let lists = lists.iter().filter_map(|key| object.get(*key)?.as_array());
            lists.flatten().collect()
        }
        Value::String(names) => return names.split(',').filter_map(named).collect(),
        _ => return Vec::new(),
    };
    list.into_iter().flat_map(definitions_of).collect()
}

/// A tool of which only the name is known.
fn named(name: &str) -> Option<ToolDefinition> {
    let name = name.trim();
    let tool = ToolDefinition { name: name.to_owned(), description: None, parameters: None };
    (!name.is_empty()).then_some(tool)
}

fn definitions_of(tool: &Value) -> Vec<ToolDefinition> {
    let tool = parts::decoded(tool);
    if let Value::String(name) = &*tool {
        return named(name).into_iter().collect();
    }
    for key in ["function_declarations", "functionDeclarations"] {
        if let Some(inner @ Value::Array(_)) = tool.get(key) {
            return definitions_in(inner);
        }
    }
    for path in ["/tool/json_schema", "/json_schema", "/toolSpec", "/function"] {
        if let Some(inner) = tool.pointer(path)
            && parts::decoded(inner).is_object()
        {
            return definitions_of(inner);
        }
    }
    let Some(object) = tool.as_object() else { return Vec::new() };
    let Some(name) = messages::text(object, &["name", "title"]) else { return Vec::new() };
    let keys = [
        "parameters",
        "input_schema",
        "inputSchema",
        "parameters_json_schema",
        "parametersJsonSchema",
    ];
    let parameters = keys.iter().find_map(|key| object.get(*key)).map(|schema| {
        let schema = parts::decoded(schema);
        schema.get("json").cloned().unwrap_or_else(|| schema.into_owned())
    });
    vec![ToolDefinition {
        name: name.to_owned(),
        description: messages::text(object, &["description"]).map(str::to_owned),
        parameters,
    }]
}

/// The result of a tool span: its outputs or, if these are a single tool message as in LangChain,
/// the content of that.
fn result(outputs: &Value) -> Value {
    let messages = messages::read(outputs, Side::Output, false);
    if let [message] = messages.as_slice()
        && message.role == "tool"
        && let [Part::ToolResult { result, .. }] = message.parts.as_slice()
    {
        return result.clone();
    }
    outputs.clone()
}

/// The calls that the model requested; for a tool span, its own call.
pub(super) fn calls(attributes: &SpanAttributes<'_>, normalized: &NormalizedSpan) -> Vec<ToolCall> {
    if normalized.span_type.as_deref() == Some("TOOL") {
        let names = ["gen_ai.tool.name", "tool.name", "ai.toolCall.name", "lk.function_tool.name"];
        let named = ["tool_name", "traceloop.entity.name", "gcp.vertex.agent.tool_name"];
        let text = |keys: &[&str]| {
            let said = keys.iter().find_map(|key| attributes.attribute(key))?;
            Some(plain_text(Some(said)).into_owned()).filter(|text| !text.is_empty())
        };
        let ids = ["gen_ai.tool.call.id", "ai.toolCall.id", "lk.function_tool.id", "tool_call.id"];
        let other_ids = ["tool.call.id", "gen_ai.tool.call_id", "tool_use_id", "call_id"];
        let arguments = match normalized.inputs.as_ref() {
            // The inputs of Gemini CLI are the whole request.
            Some(Value::Object(request)) if request.contains_key("callId") => request.get("args"),
            inputs => inputs,
        };
        return vec![ToolCall {
            id: text(&ids).or_else(|| text(&other_ids)),
            name: text(&names)
                .or_else(|| text(&named))
                .unwrap_or_else(|| attributes.span.name.clone()),
            arguments: arguments.cloned().unwrap_or(Value::Null),
            result: normalized.outputs.as_ref().map(result),
        }];
    }
    let said = normalized.messages.iter().filter(|message| message.side == Side::Output);
    let calls = said.flat_map(|message| &message.parts).filter_map(|part| match part {
        Part::ToolCall { id, name, arguments } => Some(ToolCall {
            id: id.clone(),
            name: name.clone(),
            arguments: arguments.clone(),
            result: None,
        }),
        _ => None,
    });
    calls.collect()
}
