//! VoltAgent: names without a prefix, with the types of the entity and of the span.
use super::Conventions;
use super::span_attributes::SemanticField as F;
use super::table::AttributeMapping::{Field, Marker, Type};

const TYPES: &[(&str, &str)] =
    &[("agent", "AGENT"), ("llm", "LLM"), ("tool", "TOOL"), ("memory", "MEMORY")];

pub(super) static CONVENTIONS: Conventions = Conventions {
    mappings: &[
        // A child span has the entity of its parent, so the span's own type comes first.
        ("span.type", Type(TYPES)),
        ("entity.type", Type(TYPES)),
        ("agent.messages", Field(F::Inputs)),
        ("llm.messages", Field(F::Inputs)),
        ("input", Field(F::Inputs)),
        ("output", Field(F::Outputs)),
        ("usage.prompt_tokens", Field(F::InputTokens)),
        ("llm.usage.prompt_tokens", Field(F::InputTokens)),
        ("usage.completion_tokens", Field(F::OutputTokens)),
        ("llm.usage.completion_tokens", Field(F::OutputTokens)),
        ("usage.total_tokens", Field(F::TotalTokens)),
        ("llm.usage.total_tokens", Field(F::TotalTokens)),
    ],
    extra_mappings: &[
        ("usage.cached_tokens", Field(F::CacheReadTokens)),
        ("llm.usage.cached_tokens", Field(F::CacheReadTokens)),
        ("usage.reasoning_tokens", Field(F::ReasoningTokens)),
        ("llm.model", Field(F::Model)),
        ("ai.model.name", Field(F::Model)),
        ("agent.model", Field(F::Model)),
        ("voltagent.conversation_id", Field(F::Session)),
        ("conversation.id", Field(F::Session)),
        ("voltagent.operation_id", Marker),
        ("agent.tools", Field(F::Tools)),
        ("llm.tools", Field(F::Tools)),
    ],
    message_format: Some(|attributes| {
        let marks = ["voltagent.operation_id", "voltagent.conversation_id"];
        marks.iter().any(|key| attributes.attribute(key).is_some()).then_some("voltagent")
    }),
    ..Conventions::PLAIN
};
