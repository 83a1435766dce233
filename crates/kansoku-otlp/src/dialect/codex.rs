//! OpenAI's Codex CLI: hundreds of spans about its own insides, few of which say something
//! of models and tools, and events with what was said.
use std::borrow::Cow;

use opentelemetry_proto::tonic::trace::v1::span::Event;
use serde_json::Value;

use super::facts::{Fact as F, Facts, attribute};
use super::meaning::Side;
use super::table::Says::{Fact, Is, Type};
use super::{Dialect, tree};
use crate::value::plain_text;

pub(super) static DIALECT: Dialect = Dialect {
    also: &[
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
        // A turn repeats the sum of what its calls used, and names the model, which they do not.
        ("codex.turn.token_usage.input_tokens", Is("AGENT")),
        ("codex.turn.token_usage.input_tokens", Fact(F::InputTokens)),
        ("codex.turn.token_usage.output_tokens", Fact(F::OutputTokens)),
        ("codex.turn.token_usage.total_tokens", Fact(F::TotalTokens)),
        ("codex.turn.token_usage.cached_input_tokens", Fact(F::CacheReadTokens)),
        ("codex.turn.token_usage.cache_write_input_tokens", Fact(F::CacheWriteTokens)),
        ("codex.turn.token_usage.reasoning_output_tokens", Fact(F::ReasoningTokens)),
        ("codex.usage.total_tokens", Is("LLM")),
        ("codex.usage.total_tokens", Fact(F::TotalTokens)),
        ("codex.usage.reasoning_output_tokens", Fact(F::ReasoningTokens)),
        ("codex.tool.phase", Type(&[("dispatch", "TOOL")])),
        ("input_token_count", Fact(F::InputTokens)),
        ("output_token_count", Fact(F::OutputTokens)),
        ("cached_token_count", Fact(F::CacheReadTokens)),
        ("reasoning_token_count", Fact(F::ReasoningTokens)),
        ("prompt", Fact(F::Inputs)),
        ("arguments", Fact(F::Inputs)),
        ("model", Fact(F::Model)),
        ("slug", Fact(F::Model)),
        ("user.account_id", Fact(F::User)),
        ("conversation.id", Fact(F::Session)),
    ],
    spare: Some(of_events),
    ..Dialect::PLAIN
};

fn of_events(facts: &Facts<'_>, side: Side) -> Option<Value> {
    let said: &[(&str, &str)] = match side {
        Side::Input => &[("codex.user_prompt", "prompt"), ("codex.tool_result", "arguments")],
        Side::Output => &[("codex.tool_result", "output")],
    };
    said.iter().find_map(|(name, key)| {
        let event = facts.span.events.iter().find(|event| self::name(event) == *name)?;
        Some(tree::json(attribute(&event.attributes, key)?))
    })
}

/// An event of a span is called by the line of code that writes it and says its name
/// inside; one that came as a log record is called by its name.
fn name(event: &Event) -> Cow<'_, str> {
    let inside = attribute(&event.attributes, "event.name");
    inside.map_or(Cow::Borrowed(event.name.as_str()), |name| plain_text(Some(name)))
}
