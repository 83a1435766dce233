//! OpenAI's Codex CLI: what its events are called as attributes of a span.
use super::Dialect;
use super::facts::Fact as F;
use super::table::Says::{Fact, Type};

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
    ..Dialect::PLAIN
};
