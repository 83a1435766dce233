//! Google's Agent Development Kit: GenAI's conventions, with requests and tools of its own.
use super::Dialect;
use super::facts::Fact as F;
use super::table::Says::{Fact, Is};

pub(super) static DIALECT: Dialect = Dialect {
    says: &[
        ("gcp.vertex.agent.llm_request", Fact(F::Inputs)),
        ("gcp.vertex.agent.tool_call_args", Fact(F::Inputs)),
        ("gcp.vertex.agent.llm_response", Fact(F::Outputs)),
        ("gcp.vertex.agent.tool_response", Fact(F::Outputs)),
    ],
    also: &[
        ("gcp.vertex.agent.tool_call_args", Is("TOOL")),
        ("gcp.vertex.agent.llm_request", Is("LLM")),
        ("gcp.vertex.agent.session_id", Fact(F::Session)),
        ("gcp.vertex.agent.user_id", Fact(F::User)),
        ("gen_ai.usage.experimental.reasoning_tokens", Fact(F::ReasoningTokens)),
    ],
    ..Dialect::PLAIN
};
