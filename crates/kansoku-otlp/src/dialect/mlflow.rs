//! MLflow's own attributes, which always win.
use super::table::Says::{AnyType, Fact, RootTag};
use super::{Dialect, facts::Fact as F};

pub(super) static DIALECT: Dialect = Dialect {
    says: &[
        ("mlflow.spanType", AnyType),
        ("mlflow.spanInputs", Fact(F::Inputs)),
        ("mlflow.spanOutputs", Fact(F::Outputs)),
        ("mlflow.llm.model", Fact(F::Model)),
        ("mlflow.llm.provider", Fact(F::Provider)),
        ("mlflow.chat.tokenUsage", Fact(F::Usage)),
        ("mlflow.chat.tools", Fact(F::Tools)),
        ("mlflow.message.format", Fact(F::MessageFormat)),
        ("mlflow.llm.cost", Fact(F::Cost)),
        ("session.id", Fact(F::Session)),
        ("user.id", Fact(F::User)),
    ],
    families: &[("mlflow.traceTag.", RootTag)],
    ..Dialect::PLAIN
};
