//! LangSmith's export of LangChain and LangGraph runs to OpenTelemetry.
//!
//! `langsmith.trace.session_id` is the project, not a conversation; conversations are
//! in the metadata of runs.
use super::Dialect;
use super::facts::Fact as F;
use super::table::Says::{Fact, Type};

pub(super) static DIALECT: Dialect = Dialect {
    // The operation's name that it writes says `embeddings` of retrievers.
    says: &[("langsmith.span.kind", Type(&[("retriever", "RETRIEVER")]))],
    also: &[
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
        ("gen_ai.prompt", Fact(F::Inputs)),
        ("gen_ai.completion", Fact(F::Outputs)),
        ("langsmith.metadata.ls_model_name", Fact(F::Model)),
        ("langsmith.metadata.ls_provider", Fact(F::Provider)),
        ("langsmith.metadata.session_id", Fact(F::Session)),
        ("langsmith.metadata.thread_id", Fact(F::Session)),
        ("langsmith.metadata.conversation_id", Fact(F::Session)),
        ("langsmith.metadata.user_id", Fact(F::User)),
        ("langsmith.metadata.usage_metadata", Fact(F::Usage)),
        ("gen_ai.usage.input_token_details", Fact(F::InputDetails)),
        ("gen_ai.usage.output_token_details", Fact(F::OutputDetails)),
    ],
    ..Dialect::PLAIN
};
