//! The normalized span: one form for all conventions, for clients that display a span.
use kansoku_model::TokenUsage;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde::Serialize;
use serde_json::{Map, Value};

use super::span_attributes::{SemanticField, SpanAttributes};
use super::{
    ALL_CONVENTIONS, Conventions, cost, documents, first_token, messages, parameters, tools, tree,
    usage, values,
};

/// A span in one form for all semantic conventions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NormalizedSpan {
    pub span_type: Option<String>,
    pub inputs: Option<Value>,
    pub outputs: Option<Value>,
    /// The chat: the input messages, then the output messages.
    pub messages: Vec<ChatMessage>,
    /// The tools that the model could call.
    pub tool_definitions: Vec<ToolDefinition>,
    /// The calls that the model requested; for the span of a tool, its own call.
    pub tool_calls: Vec<ToolCall>,
    /// The results of a retriever or reranker.
    pub documents: Vec<Document>,
    pub model: Option<String>,
    pub provider: Option<String>,
    pub usage: Option<TokenUsage>,
    /// The cost from the span's own attributes.
    pub cost: Option<CostInDollars>,
    pub service_tier: Option<String>,
    /// The parameters of a model call, by OpenTelemetry's names: `temperature`, `max_tokens`.
    pub parameters: Map<String, Value>,
    pub session: Option<String>,
    pub user: Option<String>,
    /// The time of the first token, in nanoseconds of the Unix epoch.
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
    /// `system`, `developer`, `user`, `assistant` or `tool`; any other role is unchanged.
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
    /// A part of an unknown kind, as sent.
    Other {
        value: Value,
    },
}

/// An image, sound, video or file: its URL, or its content as a `data:` URL.
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
    /// The JSON schema of the arguments.
    pub parameters: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolCall {
    pub id: Option<String>,
    pub name: String,
    pub arguments: Value,
    /// The result of the call; only on tool spans.
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

/// Normalizes a span. The result is never stored, so that improved mappings apply to old spans too.
pub fn normalize(span: &Span) -> NormalizedSpan {
    let attributes = SpanAttributes::new(span);
    let text = |field| attributes.text(field).map(|text| text.into_owned());
    let value =
        |side| values::input_or_output(&attributes, side).map(|(value, _)| tree::json(&value));
    let (start_ns, end_ns) = super::times(span);
    let mut normalized = NormalizedSpan {
        span_type: attributes.span_type().map(|(name, _)| name.to_owned()),
        inputs: value(Side::Input),
        outputs: value(Side::Output),
        model: super::model(&attributes),
        provider: text(SemanticField::Provider),
        usage: usage::token_counts(&attributes).map(|counts| counts.usage()),
        cost: cost::span_cost(&attributes).map(|cost| CostInDollars {
            input: cost.input.as_dollars(),
            output: cost.output.as_dollars(),
            total: cost.total.as_dollars(),
        }),
        service_tier: text(SemanticField::ServiceTier),
        session: text(SemanticField::Session),
        user: text(SemanticField::User),
        first_token_ns: first_token::first_token_ns(&attributes, start_ns, end_ns),
        ..NormalizedSpan::default()
    };
    if matches!(normalized.span_type.as_deref(), Some("LLM" | "CHAT_MODEL")) {
        normalized.parameters = parameters::parameters(&attributes, normalized.inputs.as_ref());
    }
    normalized.messages = chat(&attributes, &normalized);
    normalized.tool_definitions = tools::definitions(&attributes, normalized.inputs.as_ref());
    normalized.tool_calls = tools::calls(&attributes, &normalized);
    normalized.documents =
        first_answer(&attributes, |conventions| conventions.documents, |find| find(&attributes));
    if normalized.documents.is_empty() && normalized.span_type.as_deref() == Some("RETRIEVER") {
        normalized.documents = normalized.outputs.as_ref().map(documents::read).unwrap_or_default();
    }
    normalized
}

/// The first non-empty result of a function that conventions may have, in order of preference.
pub(super) fn first_answer<F, T>(
    attributes: &SpanAttributes<'_>,
    part: impl Fn(&Conventions) -> Option<F>,
    ask: impl Fn(F) -> Vec<T>,
) -> Vec<T> {
    let may_answer =
        |index: usize| attributes.has_any_of(index) || !attributes.span.events.is_empty();
    for (index, conventions) in ALL_CONVENTIONS.iter().enumerate() {
        if may_answer(index)
            && let Some(part) = part(conventions)
        {
            let found = ask(part);
            if !found.is_empty() {
                return found;
            }
        }
    }
    Vec::new()
}

fn chat(attributes: &SpanAttributes<'_>, normalized: &NormalizedSpan) -> Vec<ChatMessage> {
    let span_type = normalized.span_type.as_deref().unwrap_or_default();
    if matches!(span_type, "TOOL" | "RETRIEVER" | "EMBEDDING" | "RERANKER") {
        return Vec::new();
    }
    let plain = matches!(span_type, "LLM" | "CHAT_MODEL" | "AGENT");
    let side = |side, value: Option<&Value>| {
        let read = first_answer(
            attributes,
            |conventions| conventions.messages,
            |messages| messages(attributes, side),
        );
        match value {
            Some(value) if read.is_empty() => messages::read(value, side, plain),
            _ => read,
        }
    };
    let mut chat = side(Side::Input, normalized.inputs.as_ref());
    chat.extend(side(Side::Output, normalized.outputs.as_ref()));
    // Most conventions write the finish reason once per span, outside of the messages.
    if let Some(answer) = chat.last_mut().filter(|last| last.side == Side::Output)
        && answer.finish_reason.is_none()
    {
        answer.finish_reason = finish_reason(attributes);
    }
    chat
}

fn finish_reason(attributes: &SpanAttributes<'_>) -> Option<String> {
    let keys = ["gen_ai.response.finish_reasons", "llm.finish_reason", "ai.response.finish_reason"];
    let said = tree::json(keys.iter().find_map(|key| attributes.attribute(key))?);
    let reason = said.as_array().map_or(Some(&said), |reasons| reasons.last());
    reason?.as_str().filter(|reason| !reason.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests;
