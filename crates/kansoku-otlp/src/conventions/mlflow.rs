//! MLflow's own attributes, which take precedence over all others.
use super::table::AttributeMapping::{AnyType, Field, RootTag};
use super::{Conventions, span_attributes::SemanticField as F};

pub(super) static CONVENTIONS: Conventions = Conventions {
    mappings: &[
        ("mlflow.spanType", AnyType),
        ("mlflow.spanInputs", Field(F::Inputs)),
        ("mlflow.spanOutputs", Field(F::Outputs)),
        ("mlflow.llm.model", Field(F::Model)),
        ("mlflow.llm.provider", Field(F::Provider)),
        ("mlflow.chat.tokenUsage", Field(F::Usage)),
        ("mlflow.chat.tools", Field(F::Tools)),
        ("mlflow.message.format", Field(F::MessageFormat)),
        ("mlflow.llm.cost", Field(F::Cost)),
        ("session.id", Field(F::Session)),
        ("user.id", Field(F::User)),
    ],
    prefix_mappings: &[("mlflow.traceTag.", RootTag)],
    ..Conventions::PLAIN
};
