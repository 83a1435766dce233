//! OpenAI's Codex CLI: hundreds of spans about its internals, few of which describe models and
//! tools, and events with prompts, arguments and outputs.
use std::borrow::Cow;

use opentelemetry_proto::tonic::trace::v1::span::Event;
use serde_json::Value;

use super::normalized_span::Side;
use super::span_attributes::{SemanticField as F, SpanAttributes, attribute};
use super::table::AttributeMapping::{Field, Is, Type};
use super::{Conventions, tree};
use crate::value::plain_text;

pub(super) static CONVENTIONS: Conventions = Conventions {
    extra_mappings: &[
        (
            "event.name",
            Type(&[
                ("codex.conversation_starts", "AGENT"),
                ("codex.user_prompt", "AGENT"),
                ("codex.api_request", "LLM"),
                ("codex.sse_event", "LLM"),
                ("codex.tool_decision", "TASK"),
                ("codex.tool_result", "TOOL"),
            ]),
        ),
        // A turn repeats the sum of its calls' token counts, and has the model's name, which the
        // calls lack.
        ("codex.turn.token_usage.input_tokens", Is("AGENT")),
        ("codex.turn.token_usage.input_tokens", Field(F::InputTokens)),
        ("codex.turn.token_usage.output_tokens", Field(F::OutputTokens)),
        ("codex.turn.token_usage.total_tokens", Field(F::TotalTokens)),
        ("codex.turn.token_usage.cached_input_tokens", Field(F::CacheReadTokens)),
        ("codex.turn.token_usage.cache_write_input_tokens", Field(F::CacheWriteTokens)),
        ("codex.turn.token_usage.reasoning_output_tokens", Field(F::ReasoningTokens)),
        ("codex.usage.total_tokens", Is("LLM")),
        ("codex.usage.total_tokens", Field(F::TotalTokens)),
        ("codex.usage.reasoning_output_tokens", Field(F::ReasoningTokens)),
        ("codex.tool.phase", Type(&[("dispatch", "TOOL")])),
        ("input_token_count", Field(F::InputTokens)),
        ("output_token_count", Field(F::OutputTokens)),
        ("cached_token_count", Field(F::CacheReadTokens)),
        ("reasoning_token_count", Field(F::ReasoningTokens)),
        ("prompt", Field(F::Inputs)),
        ("arguments", Field(F::Inputs)),
        ("model", Field(F::Model)),
        ("slug", Field(F::Model)),
        ("user.account_id", Field(F::User)),
        ("conversation.id", Field(F::Session)),
    ],
    fallback: Some(of_events),
    ..Conventions::PLAIN
};

fn of_events(attributes: &SpanAttributes<'_>, side: Side) -> Option<Value> {
    let said: &[(&str, &str)] = match side {
        Side::Input => &[("codex.user_prompt", "prompt"), ("codex.tool_result", "arguments")],
        Side::Output => &[("codex.tool_result", "output")],
    };
    said.iter().find_map(|(name, key)| {
        let event = attributes.span.events.iter().find(|event| self::name(event) == *name)?;
        Some(tree::json(attribute(&event.attributes, key)?))
    })
}

/// The name of an event. Codex names a span's event by the source line that writes it and puts the
/// name into the attribute `event.name`; an event that was a log record has its name as usual.
fn name(event: &Event) -> Cow<'_, str> {
    let inside = attribute(&event.attributes, "event.name");
    inside.map_or(Cow::Borrowed(event.name.as_str()), |name| plain_text(Some(name)))
}
