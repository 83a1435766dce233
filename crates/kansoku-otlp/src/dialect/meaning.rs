//! All that a span means, in one form for every dialect: for people who look at it.
use kansoku_model::TokenUsage;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde::Serialize;
use serde_json::Value;

use super::facts::{Fact, Facts};
use super::{
    DIALECTS, Dialect, cost, documents, first_token, messages, parts, tree, usage, values,
};

/// What a span says of the work it stands for.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SpanMeaning {
    pub span_type: Option<String>,
    pub inputs: Option<Value>,
    pub outputs: Option<Value>,
    /// The chat, in the order it was said: what went in, then what came out.
    pub messages: Vec<ChatMessage>,
    /// The tools that the model could call.
    pub tool_definitions: Vec<ToolDefinition>,
    /// What the model asked to be called, or, of a tool's own span, the call it is.
    pub tool_calls: Vec<ToolCall>,
    /// What a retriever found or a reranker ordered.
    pub documents: Vec<Document>,
    pub model: Option<String>,
    pub provider: Option<String>,
    pub usage: Option<TokenUsage>,
    /// What the span itself says it cost.
    pub cost: Option<CostInDollars>,
    pub service_tier: Option<String>,
    pub session: Option<String>,
    pub user: Option<String>,
    /// Nanoseconds of the Unix epoch.
    pub first_token_ns: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Input,
    Output,
}

impl Side {
    pub(super) fn default_role(self) -> &'static str {
        match self {
            Self::Input => "user",
            Self::Output => "assistant",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChatMessage {
    pub side: Side,
    /// `system`, `developer`, `user`, `assistant`, `tool`; another if a client has another.
    pub role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub parts: Vec<Part>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    Text {
        text: String,
    },
    Reasoning {
        text: String,
    },
    ToolCall {
        id: Option<String>,
        name: String,
        arguments: Value,
    },
    ToolResult {
        id: Option<String>,
        name: Option<String>,
        result: Value,
    },
    Image(Media),
    Audio(Media),
    Video(Media),
    File(Media),
    /// A part of a kind that is not known here, as it came.
    Other {
        value: Value,
    },
}

/// A picture, sound or file: its address, or its bytes as a `data:` address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Media {
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolDefinition {
    pub name: String,
    pub description: Option<String>,
    /// The JSON schema of its arguments.
    pub parameters: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolCall {
    pub id: Option<String>,
    pub name: String,
    pub arguments: Value,
    /// What the tool answered, where the span is that of the tool.
    pub result: Option<Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Document {
    pub id: Option<String>,
    pub text: String,
    pub score: Option<f64>,
    pub metadata: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CostInDollars {
    pub input: f64,
    pub output: f64,
    pub total: f64,
}

/// What `span` means. Nothing of it is stored: a translator that learns applies to old spans too.
pub fn meaning(span: &Span) -> SpanMeaning {
    let facts = Facts::of(span);
    let text = |fact| facts.text(fact).map(|text| text.into_owned());
    let value = |side| values::of(&facts, side).map(|(value, _)| tree::json(&value));
    let (start_ns, end_ns) = super::times(span);
    let mut meaning = SpanMeaning {
        span_type: facts.span_type().map(|(name, _)| name.to_owned()),
        inputs: value(Side::Input),
        outputs: value(Side::Output),
        model: super::model(&facts),
        provider: text(Fact::Provider),
        usage: usage::of(&facts).map(|counts| counts.usage()),
        cost: cost::of(&facts).map(|cost| CostInDollars {
            input: cost.input.as_dollars(),
            output: cost.output.as_dollars(),
            total: cost.total.as_dollars(),
        }),
        service_tier: text(Fact::ServiceTier),
        session: text(Fact::Session),
        user: text(Fact::User),
        first_token_ns: first_token::of(&facts, start_ns, end_ns),
        ..SpanMeaning::default()
    };
    meaning.messages = chat(&facts, &meaning);
    meaning.tool_definitions = tool_definitions(&facts, meaning.inputs.as_ref());
    meaning.tool_calls = tool_calls(&facts, &meaning);
    meaning.documents = of_dialects(&facts, |dialect| dialect.documents, |find| find(&facts));
    if meaning.documents.is_empty() && meaning.span_type.as_deref() == Some("RETRIEVER") {
        meaning.documents = meaning.outputs.as_ref().map(documents::read).unwrap_or_default();
    }
    meaning
}

/// The first dialect's answer that is not empty.
fn of_dialects<F, T>(
    facts: &Facts<'_>,
    part: impl Fn(&Dialect) -> Option<F>,
    ask: impl Fn(F) -> Vec<T>,
) -> Vec<T> {
    let may_speak = |index: usize| facts.seen(index) || !facts.span.events.is_empty();
    for (index, dialect) in DIALECTS.iter().enumerate() {
        if may_speak(index)
            && let Some(part) = part(dialect)
        {
            let found = ask(part);
            if !found.is_empty() {
                return found;
            }
        }
    }
    Vec::new()
}

fn chat(facts: &Facts<'_>, meaning: &SpanMeaning) -> Vec<ChatMessage> {
    let span_type = meaning.span_type.as_deref().unwrap_or_default();
    if matches!(span_type, "TOOL" | "RETRIEVER" | "EMBEDDING" | "RERANKER") {
        return Vec::new();
    }
    let plain = matches!(span_type, "LLM" | "CHAT_MODEL" | "AGENT");
    let side = |side, value: Option<&Value>| {
        let said = of_dialects(facts, |dialect| dialect.messages, |read| read(facts, side));
        match value {
            Some(value) if said.is_empty() => messages::read(value, side, plain),
            _ => said,
        }
    };
    let mut chat = side(Side::Input, meaning.inputs.as_ref());
    chat.extend(side(Side::Output, meaning.outputs.as_ref()));
    // Many say once, beside the messages, why the answer ended.
    if let Some(answer) = chat.last_mut().filter(|last| last.side == Side::Output)
        && answer.finish_reason.is_none()
    {
        answer.finish_reason = finish_reason(facts);
    }
    chat
}

fn finish_reason(facts: &Facts<'_>) -> Option<String> {
    let keys = ["gen_ai.response.finish_reasons", "llm.finish_reason", "ai.response.finish_reason"];
    let said = tree::json(keys.iter().find_map(|key| facts.attribute(key))?);
    let reason = said.as_array().map_or(Some(&said), |reasons| reasons.last());
    reason?.as_str().filter(|reason| !reason.is_empty()).map(str::to_owned)
}

fn tool_definitions(facts: &Facts<'_>, inputs: Option<&Value>) -> Vec<ToolDefinition> {
    let said = of_dialects(
        facts,
        |dialect| dialect.tools,
        |find| find(facts).as_ref().map(definitions_in).unwrap_or_default(),
    );
    if !said.is_empty() {
        return said;
    }
    if let Some(tools) = facts.get(Fact::Tools) {
        return definitions_in(&tree::json(tools));
    }
    let config = || inputs?.get("config")?.get("tools");
    let tools = inputs.and_then(|inputs| inputs.get("tools")).or_else(config);
    tools.map(definitions_in).unwrap_or_default()
}

/// Definitions as OpenAI, Anthropic, Gemini, Bedrock, OpenInference or Pydantic AI write them.
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

/// A tool of which no more than the name is known.
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

fn tool_calls(facts: &Facts<'_>, meaning: &SpanMeaning) -> Vec<ToolCall> {
    if meaning.span_type.as_deref() == Some("TOOL") {
        let names = ["gen_ai.tool.name", "tool.name", "ai.toolCall.name", "lk.function_tool.name"];
        let named = ["tool_name", "traceloop.entity.name", "gcp.vertex.agent.tool_name"];
        let text = |keys: &[&str]| {
            let said = keys.iter().find_map(|key| facts.attribute(key))?;
            Some(crate::value::plain_text(Some(said)).into_owned()).filter(|text| !text.is_empty())
        };
        let ids = ["gen_ai.tool.call.id", "ai.toolCall.id", "lk.function_tool.id", "tool_call.id"];
        let other_ids = ["tool.call.id", "gen_ai.tool.call_id", "tool_use_id", "call_id"];
        let arguments = match meaning.inputs.as_ref() {
            // Gemini CLI has the whole request for inputs.
            Some(Value::Object(request)) if request.contains_key("callId") => request.get("args"),
            inputs => inputs,
        };
        return vec![ToolCall {
            id: text(&ids).or_else(|| text(&other_ids)),
            name: text(&names).or_else(|| text(&named)).unwrap_or_else(|| facts.span.name.clone()),
            arguments: arguments.cloned().unwrap_or(Value::Null),
            result: meaning.outputs.clone(),
        }];
    }
    let said = meaning.messages.iter().filter(|message| message.side == Side::Output);
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

#[cfg(test)]
mod tests;
