//! LangSmith's export of LangChain and LangGraph runs to OpenTelemetry.
//!
//! `langsmith.trace.session_id` is the project, not a conversation; the conversation's id is in the
//! metadata of runs.
use super::Conventions;
use super::span_attributes::SemanticField as F;
use super::table::AttributeMapping::{Field, Type};

pub(super) static CONVENTIONS: Conventions = Conventions {
    // Its `gen_ai.operation.name` is `embeddings` on retrievers, so their type is read from here.
    mappings: &[("langsmith.span.kind", Type(&[("retriever", "RETRIEVER")]))],
    extra_mappings: &[
        (
            "langsmith.span.kind",
            Type(&[
                ("llm", "LLM"),
                ("chain", "CHAIN"),
                ("tool", "TOOL"),
                ("embedding", "EMBEDDING"),
                ("prompt", "CHAIN"),
                ("parser", "PARSER"),
            ]),
        ),
        ("gen_ai.prompt", Field(F::Inputs)),
        ("gen_ai.completion", Field(F::Outputs)),
        ("langsmith.metadata.ls_model_name", Field(F::Model)),
        ("langsmith.metadata.ls_provider", Field(F::Provider)),
        ("langsmith.metadata.session_id", Field(F::Session)),
        ("langsmith.metadata.thread_id", Field(F::Session)),
        ("langsmith.metadata.conversation_id", Field(F::Session)),
        ("langsmith.metadata.user_id", Field(F::User)),
        ("langsmith.metadata.usage_metadata", Field(F::Usage)),
        ("gen_ai.usage.input_token_details", Field(F::InputDetails)),
        ("gen_ai.usage.output_token_details", Field(F::OutputDetails)),
    ],
    ..Conventions::PLAIN
};
