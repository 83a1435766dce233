//! Langfuse's SDKs, which export OpenTelemetry under `langfuse.`.
//!
//! Its kinds of tokens are disjoint (`input` excludes `input_cached_tokens`), so the input is the
//! sum of all kinds of input; the same holds for costs.
use super::Conventions;
use super::span_attributes::SemanticField as F;
use super::table::AttributeMapping::{Field, Tag, Type};

pub(super) static CONVENTIONS: Conventions = Conventions {
    mappings: &[
        (
            "langfuse.observation.type",
            Type(&[
                ("generation", "LLM"),
                ("embedding", "EMBEDDING"),
                ("tool", "TOOL"),
                ("retriever", "RETRIEVER"),
                ("agent", "AGENT"),
                ("chain", "CHAIN"),
                ("evaluator", "EVALUATOR"),
                ("guardrail", "GUARDRAIL"),
                ("span", "UNKNOWN"),
            ]),
        ),
        ("langfuse.observation.input", Field(F::Inputs)),
        ("langfuse.observation.output", Field(F::Outputs)),
    ],
    extra_mappings: &[
        ("langfuse.observation.model.name", Field(F::Model)),
        ("langfuse.observation.usage_details", Field(F::Usage)),
        ("langfuse.observation.cost_details", Field(F::Cost)),
        ("langfuse.observation.completion_start_time", Field(F::FirstTokenAt)),
        ("langfuse.session.id", Field(F::Session)),
        ("langfuse.user.id", Field(F::User)),
        ("langfuse.trace.name", Field(F::TraceName)),
        ("langfuse.trace.input", Field(F::Inputs)),
        ("langfuse.trace.output", Field(F::Outputs)),
    ],
    prefix_mappings: &[
        ("langfuse.trace.metadata.", Tag),
        ("langfuse.trace.tags", Tag),
        ("langfuse.environment", Tag),
        ("langfuse.release", Tag),
        ("langfuse.version", Tag),
    ],
    ..Conventions::PLAIN
};
