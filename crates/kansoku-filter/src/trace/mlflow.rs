//! Which of our filters are MLflow's own, so that they can be copied into its clients.
use super::field::{self, Condition, MLFLOWS};
use crate::{
    clause::{Clause, Literal, Op},
    error::Refusal,
};

/// Refuses what MLflow refuses, or understands in another way.
pub(super) fn resolve(clause: Clause) -> Result<Condition, Refusal> {
    if !takes(&clause) {
        return Err(clause.bad_name("MLflow does not take this"));
    }
    field::resolve(clause)
}

fn takes(clause: &Clause) -> bool {
    if clause.op == Op::Contains || matches!(clause.value, Literal::Quantity(..)) {
        return false;
    }
    let key = clause.key.as_str();
    match clause.prefix.as_deref() {
        // Without a prefix the word is one of SQL's.
        None if key == "text" => false,
        None | Some("trace" | "attribute" | "attributes") => {
            MLFLOWS.contains(&key) && (key != "run_id" || clause.op == Op::Eq)
        }
        // These it looks up as attributes, whatever the prefix.
        Some("tag" | "tags" | "metadata" | "request_metadata" | "feedback" | "expectation") => {
            !MLFLOWS.contains(&key)
        }
        Some("span") if key.starts_with("attributes.") => {
            matches!(clause.op, Op::Like | Op::ILike | Op::RLike)
        }
        Some("span") => !matches!(key, "model" | "provider"),
        Some(_) => true,
    }
}
