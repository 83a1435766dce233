//! Laminar's SDK.
use super::Conventions;
use super::span_attributes::SemanticField as F;
use super::table::AttributeMapping::{Field, Tag, Type};

pub(super) static CONVENTIONS: Conventions = Conventions {
    mappings: &[
        (
            "lmnr.span.type",
            Type(&[
                ("LLM", "LLM"),
                ("TOOL", "TOOL"),
                ("DEFAULT", "CHAIN"),
                ("PIPELINE", "CHAIN"),
                ("EXECUTOR", "AGENT"),
                ("EVALUATOR", "EVALUATOR"),
                ("HUMAN_EVALUATOR", "EVALUATOR"),
                ("EVALUATION", "EVALUATOR"),
                ("CACHED", "LLM"),
            ]),
        ),
        ("lmnr.span.input", Field(F::Inputs)),
        ("lmnr.span.output", Field(F::Outputs)),
    ],
    extra_mappings: &[
        ("lmnr.association.properties.session_id", Field(F::Session)),
        ("lmnr.association.properties.user_id", Field(F::User)),
    ],
    prefix_mappings: &[
        ("lmnr.association.properties.metadata.", Tag),
        ("lmnr.association.properties.tags", Tag),
    ],
    message_format: Some(|attributes| attributes.attribute("lmnr.span.type").map(|_| "openai")),
    ..Conventions::PLAIN
};
