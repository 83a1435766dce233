//! VoltAgent: plain names, with the type of the entity and of the span.
use super::Dialect;
use super::facts::Fact as F;
use super::table::Says::{Fact, Mark, Type};

const TYPES: &[(&str, &str)] =
    &[("agent", "AGENT"), ("llm", "LLM"), ("tool", "TOOL"), ("memory", "MEMORY")];

pub(super) static DIALECT: Dialect = Dialect {
    says: &[
        // A child has the entity of its parent, so its own type is asked first.
        ("span.type", Type(TYPES)),
        ("entity.type", Type(TYPES)),
        ("agent.messages", Fact(F::Inputs)),
        ("llm.messages", Fact(F::Inputs)),
        ("input", Fact(F::Inputs)),
        ("output", Fact(F::Outputs)),
        ("usage.prompt_tokens", Fact(F::InputTokens)),
        ("llm.usage.prompt_tokens", Fact(F::InputTokens)),
        ("usage.completion_tokens", Fact(F::OutputTokens)),
        ("llm.usage.completion_tokens", Fact(F::OutputTokens)),
        ("usage.total_tokens", Fact(F::TotalTokens)),
        ("llm.usage.total_tokens", Fact(F::TotalTokens)),
    ],
    also: &[
        ("usage.cached_tokens", Fact(F::CacheReadTokens)),
        ("llm.usage.cached_tokens", Fact(F::CacheReadTokens)),
        ("usage.reasoning_tokens", Fact(F::ReasoningTokens)),
        ("llm.model", Fact(F::Model)),
        ("ai.model.name", Fact(F::Model)),
        ("agent.model", Fact(F::Model)),
        ("voltagent.conversation_id", Fact(F::Session)),
        ("conversation.id", Fact(F::Session)),
        ("voltagent.operation_id", Mark),
        ("agent.tools", Fact(F::Tools)),
        ("llm.tools", Fact(F::Tools)),
    ],
    message_format: Some(|facts| {
        let marks = ["voltagent.operation_id", "voltagent.conversation_id"];
        marks.iter().any(|key| facts.attribute(key).is_some()).then_some("voltagent")
    }),
    ..Dialect::PLAIN
};
