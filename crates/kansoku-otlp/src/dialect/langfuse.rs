//! Langfuse's SDKs, which export OpenTelemetry under `langfuse.`.
//!
//! Its kinds of tokens exclude one another (`input` leaves out `input_cached_tokens`),
//! so the input is the sum of all kinds of input; the same holds for costs.
use super::Dialect;
use super::facts::Fact as F;
use super::table::Says::{Fact, Tag, Type};

pub(super) static DIALECT: Dialect = Dialect {
    says: &[
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
        ("langfuse.observation.input", Fact(F::Inputs)),
        ("langfuse.observation.output", Fact(F::Outputs)),
    ],
    also: &[
        ("langfuse.observation.model.name", Fact(F::Model)),
        ("langfuse.observation.usage_details", Fact(F::Usage)),
        ("langfuse.observation.cost_details", Fact(F::Cost)),
        ("langfuse.observation.completion_start_time", Fact(F::FirstTokenAt)),
        ("langfuse.session.id", Fact(F::Session)),
        ("langfuse.user.id", Fact(F::User)),
        ("langfuse.trace.name", Fact(F::TraceName)),
        ("langfuse.trace.input", Fact(F::Inputs)),
        ("langfuse.trace.output", Fact(F::Outputs)),
    ],
    families: &[
        ("langfuse.trace.metadata.", Tag),
        ("langfuse.trace.tags", Tag),
        ("langfuse.environment", Tag),
        ("langfuse.release", Tag),
        ("langfuse.version", Tag),
    ],
    ..Dialect::PLAIN
};
