//! Strands Agents: GenAI's conventions with cache counts and steps of its own.
use super::Dialect;
use super::facts::Fact as F;
use super::table::Says::{Fact, Is, Type};

pub(super) static DIALECT: Dialect = Dialect {
    also: &[
        (
            "gen_ai.operation.name",
            Type(&[
                ("execute_event_loop_cycle", "CHAIN"),
                ("invoke_swarm", "AGENT"),
                ("invoke_graph", "AGENT"),
            ]),
        ),
        ("event_loop.cycle_id", Is("CHAIN")),
        ("gen_ai.usage.cache_read_input_tokens", Fact(F::CacheReadTokens)),
        ("gen_ai.usage.cache_write_input_tokens", Fact(F::CacheWriteTokens)),
        ("gen_ai.agent.tools", Fact(F::Tools)),
    ],
    ..Dialect::PLAIN
};
