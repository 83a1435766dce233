//! Claude Code and the Claude Agent SDK: attributes without a prefix, recognized by `span.type`.
//!
//! Their `input_tokens` exclude tokens that were read from or written to the cache. Here, as
//! everywhere in Kansoku, cached tokens are part of the input. Content that the user did not allow
//! to be sent is `<REDACTED>` and counts as absent.
use opentelemetry_proto::tonic::common::v1::AnyValue;
use serde_json::{Map, Value};

use super::normalized_span::Side;
use super::span_attributes::{SemanticField as F, SpanAttributes, attribute};
use super::table::AttributeMapping::{Field, Is, Marker, Type};
use super::usage::{self, Counts};
use super::{Conventions, tree};
use crate::value::{is_empty, plain_text};

pub(super) static CONVENTIONS: Conventions = Conventions {
    mappings: &[
        (
            "span.type",
            Type(&[
                ("claude_code.interaction", "AGENT"),
                ("claude_code.llm_request", "LLM"),
                ("claude_code.tool", "TOOL"),
                ("interaction", "AGENT"),
                ("llm_request", "LLM"),
                ("tool", "TOOL"),
            ]),
        ),
        ("input_tokens", Field(F::BareInputTokens)),
        ("output_tokens", Field(F::BareOutputTokens)),
        ("cache_read_tokens", Field(F::BareCacheReadTokens)),
        ("cache_creation_tokens", Field(F::BareCacheWriteTokens)),
    ],
    extra_mappings: &[
        (
            "span.type",
            Type(&[
                ("claude_code.tool.execution", "TASK"),
                ("claude_code.tool.blocked_on_user", "TASK"),
                ("claude_code.hook", "TASK"),
                ("tool.execution", "TASK"),
                ("tool.blocked_on_user", "TASK"),
                ("hook", "TASK"),
            ]),
        ),
        ("ttft_ms", Field(F::FirstTokenAfterMs)),
        ("cost_usd", Field(F::TotalCost)),
        ("user.account_uuid", Field(F::User)),
        ("claude_code.session.id", Field(F::Session)),
        ("llm_request.context", Marker),
        ("agent_id", Marker),
        ("subagent_type", Is("TOOL")),
    ],
    compose: Some(content),
    fallback: Some(of_events),
    ..Conventions::PLAIN
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Interaction,
    LlmRequest,
    Tool,
}

fn kind(attributes: &SpanAttributes<'_>) -> Option<Kind> {
    let kind = plain_text(Some(attributes.attribute("span.type")?));
    match kind.strip_prefix("claude_code.").unwrap_or(&kind) {
        "interaction" => Some(Kind::Interaction),
        "llm_request" => Some(Kind::LlmRequest),
        "tool" => Some(Kind::Tool),
        _ => None,
    }
}

/// Token counts from names without a prefix, which are read only on spans of Claude Code.
pub(super) fn counts(attributes: &SpanAttributes<'_>) -> Counts {
    let count = |field| attributes.get(field).and_then(usage::count);
    let input = count(F::BareInputTokens);
    let output = count(F::BareOutputTokens);
    if input.or(output).is_none() || kind(attributes) != Some(Kind::LlmRequest) {
        return Counts::default();
    }
    let (cache_read, cache_write) = (count(F::BareCacheReadTokens), count(F::BareCacheWriteTokens));
    let cached = cache_read.unwrap_or(0).saturating_add(cache_write.unwrap_or(0));
    let input = input.map(|input| input.saturating_add(cached));
    Counts { input, output, cache_read, cache_write, ..Counts::default() }
}

fn content(attributes: &SpanAttributes<'_>, side: Side) -> Option<Value> {
    let said = |key| allowed(attributes.attribute(key)?);
    match (kind(attributes)?, side) {
        (Kind::Interaction, Side::Input) => said("user_prompt").or_else(|| said("new_context")),
        (Kind::LlmRequest, Side::Input) => said("new_context"),
        (Kind::Tool, Side::Input) => said("tool_input").or_else(|| {
            let keys = ["full_command", "file_path", "skill_name", "subagent_type"];
            let details = keys.into_iter().filter_map(|key| Some((key.to_owned(), said(key)?)));
            let details: Map<String, Value> = details.collect();
            (!details.is_empty()).then_some(Value::Object(details))
        }),
        (Kind::Interaction, Side::Output) => None,
        (Kind::LlmRequest, Side::Output) => said("response.model_output"),
        (Kind::Tool, Side::Output) => said("new_context"),
    }
}

/// Inputs or outputs from events of the span: the output of a tool, or the log records of a prompt.
fn of_events(attributes: &SpanAttributes<'_>, side: Side) -> Option<Value> {
    let (name, keys): (_, &[&str]) = match (kind(attributes)?, side) {
        (Kind::Interaction, Side::Input) => ("claude_code.user_prompt", &["prompt"]),
        (Kind::Interaction, Side::Output) => ("claude_code.assistant_response", &["response"]),
        (Kind::Tool, Side::Output) => ("tool.output", &["output", "content", "diff"]),
        _ => return None,
    };
    let told = attributes.span.events.iter().filter(|event| event.name == name);
    let mut said = told.filter_map(|event| {
        keys.iter().find_map(|key| allowed(attribute(&event.attributes, key)?))
    });
    // There may be several answers, of which the last one is final.
    if side == Side::Input { said.next() } else { said.next_back() }
}

fn allowed(value: &AnyValue) -> Option<Value> {
    let redacted = plain_text(Some(value)) == "<REDACTED>";
    (!redacted && !is_empty(value)).then(|| tree::json(value))
}
