//! Strands Agents: GenAI's conventions, with its own cache counts and steps.
use super::Conventions;
use super::span_attributes::SemanticField as F;
use super::table::AttributeMapping::{Field, Is, Type};

pub(super) static CONVENTIONS: Conventions = Conventions {
    extra_mappings: &[
        (
            "gen_ai.operation.name",
            Type(&[
                ("execute_event_loop_cycle", "CHAIN"),
                ("invoke_swarm", "AGENT"),
                ("invoke_graph", "AGENT"),
            ]),
        ),
        ("event_loop.cycle_id", Is("CHAIN")),
        ("gen_ai.usage.cache_read_input_tokens", Field(F::CacheReadTokens)),
        ("gen_ai.usage.cache_write_input_tokens", Field(F::CacheWriteTokens)),
        ("gen_ai.agent.tools", Field(F::Tools)),
    ],
    ..Conventions::PLAIN
};
