//! Detects filters that MLflow's own server accepts, so that they can be copied into its clients.
use super::field::{self, Condition};
use crate::{
    catalog::{self, FieldDef, FieldGroup, Mlflow},
    clause::{Clause, Literal, Op},
    error::ParseError,
};

/// Fails for clauses that MLflow rejects or interprets in another way.
pub(super) fn resolve(clause: Clause) -> Result<Condition, ParseError> {
    if !is_taken(&clause) {
        return Err(clause.bad_name("MLflow does not take this"));
    }
    field::resolve(clause)
}

fn is_taken(clause: &Clause) -> bool {
    if matches!(clause.op, Op::Contains | Op::IsGood | Op::IsBad)
        || matches!(clause.value, Literal::Quantity(..))
    {
        return false;
    }
    let key = clause.key.as_str();
    let known = || catalog::of_trace(key).filter(|def| def.mlflow_names().any(|it| it == key));
    let Some(group) =
        clause.prefix.as_deref().map_or(Some(FieldGroup::Trace), FieldGroup::of_prefix)
    else {
        return false;
    };
    match group {
        // Without a prefix, `text` is an SQL keyword to MLflow.
        FieldGroup::Trace if key == "text" && clause.prefix.is_none() => false,
        FieldGroup::Trace => known().is_some_and(|def| accepts_operator(def, clause.op)),
        // MLflow treats these keys as attributes, regardless of the prefix.
        FieldGroup::Tag | FieldGroup::Metadata | FieldGroup::Feedback | FieldGroup::Expectation => {
            known().is_none()
        }
        FieldGroup::Span => {
            catalog::of_span(key).is_none_or(|(def, _)| accepts_operator(def, clause.op))
        }
        FieldGroup::Issue => true,
        FieldGroup::Inputs | FieldGroup::Outputs => false,
    }
}

fn accepts_operator(def: &FieldDef, op: Op) -> bool {
    match def.mlflow {
        Mlflow::Unknown => false,
        Mlflow::Known | Mlflow::Aliases => true,
        Mlflow::Operators(operators) => operators.contains(&op),
    }
}
