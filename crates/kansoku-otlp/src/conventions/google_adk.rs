//! Google's Agent Development Kit: GenAI's conventions, with its own attributes for requests and
//! tools.
use super::Conventions;
use super::span_attributes::SemanticField as F;
use super::table::AttributeMapping::{Field, Is};

pub(super) static CONVENTIONS: Conventions = Conventions {
    mappings: &[
        ("gcp.vertex.agent.llm_request", Field(F::Inputs)),
        ("gcp.vertex.agent.tool_call_args", Field(F::Inputs)),
        ("gcp.vertex.agent.llm_response", Field(F::Outputs)),
        ("gcp.vertex.agent.tool_response", Field(F::Outputs)),
    ],
    extra_mappings: &[
        ("gcp.vertex.agent.tool_call_args", Is("TOOL")),
        ("gcp.vertex.agent.llm_request", Is("LLM")),
        ("gcp.vertex.agent.session_id", Field(F::Session)),
        ("gcp.vertex.agent.user_id", Field(F::User)),
        ("gen_ai.usage.experimental.reasoning_tokens", Field(F::ReasoningTokens)),
    ],
    ..Conventions::PLAIN
};
