//! Filters of issues: by status and by the run that found them.
use crate::{
    FilterError,
    clause::{Clause, Op, TextTest},
    error::{ParseError, short},
    parse::{self, Expr},
};

/// A filter of issues.
#[derive(Clone, Debug, PartialEq)]
pub struct IssueFilter {
    pub(crate) expr: Expr<Condition>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    Status(TextTest),
    SourceRun(TextTest),
}

impl IssueFilter {
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::parse(text, resolve).map(|expr| Self { expr })
    }
}

fn resolve(clause: Clause) -> Result<Condition, ParseError> {
    let test = || clause.text_test("attributes", &[Op::Eq, Op::Ne]);
    match (clause.prefix.as_deref(), clause.key.as_str()) {
        (None, "status") => Ok(Condition::Status(test()?)),
        (None, "source_run_id") => Ok(Condition::SourceRun(test()?)),
        (prefix, key) => {
            let name = prefix.map_or(key.to_owned(), |prefix| format!("{prefix}.{key}"));
            Err(clause.bad_name(format!(
                "Invalid filter field '{}'. Issues are filtered by 'status' and 'source_run_id'",
                short(&name)
            )))
        }
    }
}
