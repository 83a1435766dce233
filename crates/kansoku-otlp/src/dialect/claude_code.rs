//! Claude Code and the Claude Agent SDK: attributes without a prefix, told by `span.type`.
//!
//! Its `input_tokens` leave out what was read from or written to the cache; here, as
//! everywhere in Kansoku, they are part of the input. Content that the user did not
//! allow to be sent is `<REDACTED>` and counts as absent.
use opentelemetry_proto::tonic::common::v1::AnyValue;
use serde_json::{Map, Value};

use super::facts::{Fact as F, Facts, attribute};
use super::meaning::Side;
use super::table::Says::{Fact, Is, Mark, Type};
use super::usage::{self, Counts};
use super::{Dialect, tree};
use crate::value::{is_empty, plain_text};

pub(super) static DIALECT: Dialect = Dialect {
    says: &[
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
        ("input_tokens", Fact(F::BareInputTokens)),
        ("output_tokens", Fact(F::BareOutputTokens)),
        ("cache_read_tokens", Fact(F::BareCacheReadTokens)),
        ("cache_creation_tokens", Fact(F::BareCacheWriteTokens)),
    ],
    also: &[
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
        ("ttft_ms", Fact(F::FirstTokenAfterMs)),
        ("cost_usd", Fact(F::TotalCost)),
        ("user.account_uuid", Fact(F::User)),
        ("claude_code.session.id", Fact(F::Session)),
        ("llm_request.context", Mark),
        ("agent_id", Mark),
        ("subagent_type", Is("TOOL")),
    ],
    built: Some(content),
    spare: Some(of_events),
    ..Dialect::PLAIN
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Interaction,
    LlmRequest,
    Tool,
}

fn kind(facts: &Facts<'_>) -> Option<Kind> {
    let kind = plain_text(Some(facts.attribute("span.type")?));
    match kind.strip_prefix("claude_code.").unwrap_or(&kind) {
        "interaction" => Some(Kind::Interaction),
        "llm_request" => Some(Kind::LlmRequest),
        "tool" => Some(Kind::Tool),
        _ => None,
    }
}

/// Counts by names without a prefix, on spans known to be Claude Code's.
pub(super) fn counts(facts: &Facts<'_>) -> Counts {
    let count = |fact| facts.get(fact).and_then(usage::count);
    let input = count(F::BareInputTokens);
    let output = count(F::BareOutputTokens);
    if input.or(output).is_none() || kind(facts) != Some(Kind::LlmRequest) {
        return Counts::default();
    }
    let (cache_read, cache_write) = (count(F::BareCacheReadTokens), count(F::BareCacheWriteTokens));
    let cached = cache_read.unwrap_or(0).saturating_add(cache_write.unwrap_or(0));
    let input = input.map(|input| input.saturating_add(cached));
    Counts { input, output, cache_read, cache_write, ..Counts::default() }
}

fn content(facts: &Facts<'_>, side: Side) -> Option<Value> {
    let said = |key| allowed(facts.attribute(key)?);
    match (kind(facts)?, side) {
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

/// What events of the span tell: a tool's answer, or the log records of a prompt.
fn of_events(facts: &Facts<'_>, side: Side) -> Option<Value> {
    let (name, keys): (_, &[&str]) = match (kind(facts)?, side) {
        (Kind::Interaction, Side::Input) => ("claude_code.user_prompt", &["prompt"]),
        (Kind::Interaction, Side::Output) => ("claude_code.assistant_response", &["response"]),
        (Kind::Tool, Side::Output) => ("tool.output", &["output", "content", "diff"]),
        _ => return None,
    };
    let told = facts.span.events.iter().filter(|event| event.name == name);
    let mut said = told.filter_map(|event| {
        keys.iter().find_map(|key| allowed(attribute(&event.attributes, key)?))
    });
    // Of several answers the last is the one that was waited for.
    if side == Side::Input { said.next() } else { said.next_back() }
}

fn allowed(value: &AnyValue) -> Option<Value> {
    let redacted = plain_text(Some(value)) == "<REDACTED>";
    (!redacted && !is_empty(value)).then(|| tree::json(value))
}
