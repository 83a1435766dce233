//! Laminar's SDK.
use super::Dialect;
use super::facts::Fact as F;
use super::table::Says::{Fact, Tag, Type};

pub(super) static DIALECT: Dialect = Dialect {
    says: &[
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
        ("lmnr.span.input", Fact(F::Inputs)),
        ("lmnr.span.output", Fact(F::Outputs)),
    ],
    also: &[
        ("lmnr.association.properties.session_id", Fact(F::Session)),
        ("lmnr.association.properties.user_id", Fact(F::User)),
    ],
    families: &[
        ("lmnr.association.properties.metadata.", Tag),
        ("lmnr.association.properties.tags", Tag),
    ],
    message_format: Some(|facts| facts.attribute("lmnr.span.type").map(|_| "openai")),
    ..Dialect::PLAIN
};
